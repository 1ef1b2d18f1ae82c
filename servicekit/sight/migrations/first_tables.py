"""Alarms, what operators did, and the trace that a job belongs to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servicekit.data.columns import UtcDateTime


def upgrade() -> None:
    """Of the jobs that wait no trace is known; procrastinate keeps that of its own beside their arguments."""
    op.add_column("job", sa.Column("traceparent", sa.String(length=55), nullable=True))
    op.create_table(
        "alarm",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("figure", sa.Float(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("over_at", UtcDateTime(), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_alarm")),
    )
    op.create_table(
        "operator_action",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_action")),
    )
    op.create_index(op.f("ix_operator_action_done_at"), "operator_action", ["done_at"])
    op.create_index(op.f("ix_operator_action_session_id"), "operator_action", ["session_id"])


def downgrade() -> None:
    """Everything goes."""
    for table in ("operator_action", "alarm"):
        op.drop_table(table)
    with op.batch_alter_table("job") as batch_op:
        batch_op.drop_column("traceparent")
