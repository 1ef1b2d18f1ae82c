"""What events name is read by its id, and whatever waits says until when and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0016_named_activities_q'
down_revision = '0015_left_out_i'


def upgrade() -> None:
    op.add_column("sync_state", sa.Column("code", sa.String(length=40), nullable=True))
    op.add_column("sync_state", sa.Column("looks_window", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("sync_state", sa.Column("looks_spent", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("sync_state", schema=None) as batch_op:
        batch_op.drop_column("looks_spent")
        batch_op.drop_column("looks_window")
        batch_op.drop_column("code")
