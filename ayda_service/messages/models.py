"""The table of messages."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ayda_service.models_base import Base
from servicekit.data.columns import UtcDateTime

MessageState = Literal["new", "sent", "dead"]


class BotMessage(Base):
    """One message to a chat. Of one that was sent only what a later edit, or a repetition, needs is kept."""

    __tablename__ = "bot_message"
    __table_args__ = (
        Index("ix_bot_message_chat_id_state", "chat_id", "state"),
        Index("ix_bot_message_state_created_at", "state", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    telegram_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """Whom it is about; None in groups."""
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    """JSON of `ayda_service.messages.content.Content`."""
    key: Mapped[str | None] = mapped_column(String(100), unique=True)
    """Of two messages with the same key the second is never sent."""
    slot: Mapped[str | None] = mapped_column(String(64), index=True)
    """By which later messages of the chat find this one, to stand in its place."""
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    """Telegram's, once it was sent."""
    state: Mapped[MessageState] = mapped_column(String(4))
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
