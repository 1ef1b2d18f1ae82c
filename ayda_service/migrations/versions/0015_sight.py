"""Alarms, what operators did, and the traces of jobs."""

from __future__ import annotations

from servicekit.sight.migrations import first_tables

revision = "0015_sight"
down_revision = "0014_what_is_spoken_of"


def upgrade() -> None:
    first_tables.upgrade()


def downgrade() -> None:
    first_tables.downgrade()
