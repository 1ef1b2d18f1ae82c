"""How a member wants to be spoken to, in the chat and on the page alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from ayda_service.chats.store import ChatPlace, ChatStore
from ayda_service.members.service import Membership
from languages.catalog import Language
from languages.voice import Units
from servicekit.data.database import Database


class PreferencesChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is chosen by hand; what is left out stays as it is."""

    language: Language | None = None
    units: Units | None = None


class Preferences(msgspec.Struct, frozen=True):
    """The language that was chosen by hand, else null; the units, null while nothing is known of the member's chat."""

    language: Language | None
    units: Units | None


class PreferencesService:
    """The preferences of a member are those of their private chat, whose id is their own."""

    def __init__(
        self,
        database: Database,
        membership: Membership,
        *,
        follow: Callable[[Session, int], None],
        now: Callable[[], datetime],
    ) -> None:
        """`follow` has a chat's menu button speak the chat's language, with the commit of a session."""
        self._database = database
        self._follow = follow
        self._membership = membership
        self._now = now

    async def of(self, telegram_id: int) -> Preferences:
        """As they are kept."""
        return await self._database.read(lambda session: _kept(session, telegram_id))

    async def choose(self, telegram_id: int, vouched_at: datetime, choice: PreferencesChoice) -> Preferences:
        """Keeps a choice, also of who has not written to the bot yet. Raises ErasedSince."""
        return await self._database.write(lambda session: self._choose(session, telegram_id, vouched_at, choice))

    def _choose(
        self, session: Session, telegram_id: int, vouched_at: datetime, choice: PreferencesChoice
    ) -> Preferences:
        self._membership.join(session, telegram_id, vouched_at)
        store = ChatStore(session)
        if store.get(telegram_id) is None:
            place = ChatPlace(telegram_id, "private", telegram_id)
            store.meet(place, choice.language or "en", choice.units or "metric", self._now())
        if choice.language is not None or choice.units is not None:
            store.choose(telegram_id, language=choice.language, units=choice.units)
        if choice.language is not None:
            self._follow(session, telegram_id)
        return _kept(session, telegram_id)


def _kept(session: Session, telegram_id: int) -> Preferences:
    chat = ChatStore(session).get(telegram_id)
    if chat is None:
        return Preferences(None, None)
    session.refresh(chat)
    return Preferences(chat.language if chat.language_chosen else None, chat.units)
