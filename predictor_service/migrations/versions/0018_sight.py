"""Alarms, what operators did, and the traces of jobs."""

from __future__ import annotations

from servicekit.sight.migrations import first_tables

revision = "0018_sight"
down_revision = "0017_the_ledger_compares_l"


def upgrade() -> None:
    first_tables.upgrade()


def downgrade() -> None:
    first_tables.downgrade()
