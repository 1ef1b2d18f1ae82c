"""Finding the runs that are older than runs are kept."""

from __future__ import annotations

from alembic import op

revision = '0009_runs_by_their_start'
down_revision = '0008_finding_jobs'


def upgrade() -> None:
    op.create_index(op.f("ix_sync_run_started_at"), "sync_run", ["started_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_sync_run_started_at"), "sync_run")
