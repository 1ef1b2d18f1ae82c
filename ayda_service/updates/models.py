"""The table of updates."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ayda_service.models_base import Base
from servicekit.data.columns import UtcDateTime

UpdateState = Literal["new", "done", "dead"]


class BotUpdate(Base):
    """One update, once however often Telegram sends it. Of one that was worked on only its number is kept."""

    __tablename__ = "bot_update"
    __table_args__ = (
        Index("ix_bot_update_chat_id_state", "chat_id", "state"),
        Index("ix_bot_update_state_received_at", "state", "received_at"),
    )

    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    telegram_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """Who caused it."""
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[UpdateState] = mapped_column(String(4))
    tries: Mapped[int] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
