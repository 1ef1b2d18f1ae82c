"""What archives take and the keys they are sealed under; when routes were last used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servicekit.data.columns import UtcDateTime

revision = '0010_bounded_and_sealed_files'
down_revision = '0009_runs_by_their_start'


def upgrade() -> None:
    op.add_column("history_import", sa.Column("size_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("history_import", sa.Column("key_sealed", sa.Text(), nullable=True))
    with op.batch_alter_table("route", schema=None) as batch_op:
        # those that are there count as used today, or a course that is asked about every day would be gone tomorrow
        batch_op.add_column(
            sa.Column("used_at", UtcDateTime(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False)
        )
    with op.batch_alter_table("route", schema=None) as batch_op:
        batch_op.alter_column("used_at", server_default=None)
    op.create_index(op.f("ix_route_used_at"), "route", ["used_at"], unique=False)
    op.create_index(op.f("ix_prediction_created_at"), "prediction", ["created_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_prediction_created_at"), "prediction")
    op.drop_index(op.f("ix_route_used_at"), "route")
    with op.batch_alter_table("route", schema=None) as batch_op:
        batch_op.drop_column("used_at")
    with op.batch_alter_table("history_import", schema=None) as batch_op:
        batch_op.drop_column("key_sealed")
        batch_op.drop_column("size_bytes")
