"""What the bot hears, says, and knows of each chat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from servicekit.data.columns import UtcDateTime

revision = "0013_the_bot"
down_revision = "0012_matching"


def upgrade() -> None:
    op.create_table(
        "chat",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("language_chosen", sa.Boolean(), nullable=False),
        sa.Column("units", sa.String(length=8), nullable=False),
        sa.Column("unreachable_at", UtcDateTime(), nullable=True),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_chat")),
    )
    op.create_index(op.f("ix_chat_telegram_id"), "chat", ["telegram_id"])
    op.create_index(op.f("ix_chat_updated_at"), "chat", ["updated_at"])
    op.create_table(
        "bot_update",
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("telegram_id", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=4), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("update_id", name=op.f("pk_bot_update")),
    )
    op.create_index("ix_bot_update_chat_id_state", "bot_update", ["chat_id", "state"])
    op.create_index("ix_bot_update_state_received_at", "bot_update", ["state", "received_at"])
    op.create_index(op.f("ix_bot_update_telegram_id"), "bot_update", ["telegram_id"])
    op.create_table(
        "bot_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("key", sa.String(length=100), nullable=True),
        sa.Column("slot", sa.String(length=64), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=4), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bot_message")),
        sa.UniqueConstraint("key", name=op.f("uq_bot_message_key")),
    )
    op.create_index("ix_bot_message_chat_id_state", "bot_message", ["chat_id", "state"])
    op.create_index("ix_bot_message_state_created_at", "bot_message", ["state", "created_at"])
    op.create_index(op.f("ix_bot_message_slot"), "bot_message", ["slot"])
    op.create_index(op.f("ix_bot_message_telegram_id"), "bot_message", ["telegram_id"])


def downgrade() -> None:
    for table in ("bot_message", "bot_update", "chat"):
        op.drop_table(table)
