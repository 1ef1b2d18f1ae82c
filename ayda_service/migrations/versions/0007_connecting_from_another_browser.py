"""Connections that begin in Telegram, go on in another browser and end in Telegram."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servicekit.data.columns import UtcDateTime

revision = '0007_handover'
down_revision = '0006_revocations'


def upgrade() -> None:
    with op.batch_alter_table("oauth_state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("in_telegram", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "oauth_handover",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), nullable=False),
        sa.Column("content_sealed", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_oauth_handover")),
    )
    op.create_index(op.f("ix_oauth_handover_expires_at"), "oauth_handover", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_table("oauth_handover")
    with op.batch_alter_table("oauth_state", schema=None) as batch_op:
        batch_op.drop_column("in_telegram")
