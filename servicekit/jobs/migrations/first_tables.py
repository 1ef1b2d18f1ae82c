"""The queues as they were first: a table of our own and, on PostgreSQL, procrastinate's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servicekit.data.columns import UtcDateTime
from servicekit.jobs.procrastinate.store import apply_procrastinate_schema, drop_procrastinate_schema


def upgrade() -> None:
    """Both tables come."""
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("due", UtcDateTime(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Uuid(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("unique_key", sa.String(length=255), nullable=True),
        sa.Column("request_id", sa.String(length=200), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("enqueued_at", UtcDateTime(), nullable=False),
        sa.Column("died_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index("ix_job_claim", "job", ["status", "rank", "due"])
    op.create_index("ix_job_lease", "job", ["status", "lease_until"])
    waits = sa.text("status = 'ready'")
    op.create_index("uq_job_waiting", "job", ["unique_key"], unique=True, sqlite_where=waits, postgresql_where=waits)
    apply_procrastinate_schema(op.get_bind())


def downgrade() -> None:
    """Both tables go."""
    op.drop_table("job")
    drop_procrastinate_schema(op.get_bind())
