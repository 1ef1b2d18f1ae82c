"""The table of chats."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ayda_service.models_base import Base
from languages.catalog import Language
from languages.voice import Units
from servicekit.data.columns import UtcDateTime

ChatKind = Literal["private", "group"]


class Chat(Base):
    """A chat the bot has been written to from; a private one is its member's."""

    __tablename__ = "chat"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    telegram_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """Whose it is; None for a group."""
    kind: Mapped[ChatKind] = mapped_column(String(8))
    language: Mapped[Language] = mapped_column(String(2))
    language_chosen: Mapped[bool]
    """By hand: else it follows the language of their Telegram."""
    units: Mapped[Units] = mapped_column(String(8))
    unreachable_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when the bot is blocked there."""
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Before this no further message goes there."""
    remembered: Mapped[str | None] = mapped_column(Text)
    """JSON of `ayda_service.chats.memory.Memory`."""
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
