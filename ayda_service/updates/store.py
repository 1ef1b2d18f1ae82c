"""SQL about updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ayda_service.updates.models import BotUpdate
from servicekit.data.upsert import insert_absent

_ERROR_LENGTH: Final = 500
_FORGOTTEN: Final[Mapping[str, Any]] = {"chat_id": None, "telegram_id": None, "body": None, "error": None}


class UpdateStore:
    """Updates inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, rows: Sequence[Mapping[str, Any]]) -> set[int]:
        """The numbers of those that were new."""
        return set(insert_absent(self._session, BotUpdate, rows))

    def waiting(self, chat_id: int, limit: int) -> list[BotUpdate]:
        """What is still to be worked on of a chat, in Telegram's order."""
        mine = select(BotUpdate).where(BotUpdate.chat_id == chat_id, BotUpdate.state == "new")
        return list(self._session.scalars(mine.order_by(BotUpdate.update_id).limit(limit)))

    def settle(self, update_id: int) -> bool:
        """Ends an update that still waits; False when it did not, or was erased."""
        waits = update(BotUpdate).where(BotUpdate.update_id == update_id, BotUpdate.state == "new")
        settled = waits.values(state="done", **_FORGOTTEN).returning(BotUpdate.update_id)
        return self._session.execute(settled).first() is not None

    def newest(self) -> int | None:
        """The highest number that is kept."""
        return self._session.execute(select(func.max(BotUpdate.update_id))).scalar_one_or_none()

    def outlives(self, update_id: int) -> None:
        """Keeps an update out of the erasure that it asks for itself, so that its answer cannot be lost with it."""
        mine = update(BotUpdate).where(BotUpdate.update_id == update_id, BotUpdate.state == "new")
        self._session.execute(mine.values(telegram_id=None))

    def count_try(self, update_id: int, error: str) -> int:
        """One more failure; how many there were."""
        mine = update(BotUpdate).where(BotUpdate.update_id == update_id, BotUpdate.state == "new")
        counted = mine.values(tries=BotUpdate.tries + 1, error=error[:_ERROR_LENGTH]).returning(BotUpdate.tries)
        return self._session.execute(counted).scalar_one_or_none() or 0

    def bury(self, update_id: int) -> None:
        """Gives one up: its error stays, what was said does not."""
        mine = update(BotUpdate).where(BotUpdate.update_id == update_id)
        self._session.execute(mine.values(state="dead", chat_id=None, telegram_id=None, body=None))

    def left_behind(self, before: datetime, limit: int) -> list[tuple[int, int | None]]:
        """Chats with updates that have waited since before `before`, and who caused them."""
        old = select(BotUpdate.chat_id, BotUpdate.telegram_id).where(
            BotUpdate.state == "new", BotUpdate.received_at < before, BotUpdate.chat_id.is_not(None)
        )
        return [(chat_id, person) for chat_id, person in self._session.execute(old.distinct().limit(limit)) if chat_id]
