"""The chat that is told of alarms, and what follows when the bot cannot write to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from ayda_service.chats.store import ChatPlace, ChatStore
from ayda_service.messages.content import Utterance
from ayda_service.messages.service import Outbox
from ayda_service.messages.store import MessageStore
from ayda_service.sight.models import AlarmRow
from languages.voice import Voice, mark
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.sight.alarms import UNREACHED, Alarm
from servicekit.sight.store import AlarmStore, Change, kind_of
from servicekit.sight.watchman import alarm_text

AGAIN_AFTER: Final = timedelta(hours=1)
"""A chat that was not reached is tried again, unless somebody writes in it before."""
_SIGNS: Final[Mapping[str, str]] = {"critical": "🔴", "warning": "🟡"}
_OVER: Final = "🟢"
_KEY: Final = "alarms:"
"""Of the keys of these messages: whatever else is said in the chat is no answer to whether they come."""
_WELL: Final = mark("This chat is told of alarms. None holds now.")
_HOLDING: Final = mark("This chat is told of alarms. Those that hold now:")


class Administrator:
    """Tells one chat what changes. One that is new, or was not reached, is told what holds, as a try."""

    def __init__(self, database: Database, outbox: Outbox, chat_id: int, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._outbox = outbox
        self._chat_id = chat_id
        self._now = now

    async def alarms(self) -> Sequence[Alarm]:
        """That the chat was not reached the last time."""
        found = await self._database.read(lambda session: MessageStore(session).last_word(self._chat_id, _KEY))
        return [Alarm(UNREACHED, 1.0)] if found is not None and found.state == "dead" else []

    def tell(self, session: Session, changes: Sequence[Change]) -> None:
        """As `servicekit.sight.watchman.Tell`: one message for all that has changed, in the language of the chat."""
        chats, last = ChatStore(session), MessageStore(session).last_word(self._chat_id, _KEY)
        chat, voice = chats.get(self._chat_id), chats.voice(self._chat_id)
        is_reached = chat is not None if last is None else last.state == "sent"
        if is_reached:
            if chat is None:
                chats.meet(_place(self._chat_id), voice.language, voice.units, self._now())
            self._say(session, list(_lines(voice, changes)))
            return
        failed_at = None if last is None else last.created_at
        writes = chat is not None and chat.unreachable_at is None
        rested = failed_at is None or self._now() - failed_at >= AGAIN_AFTER
        if (writes or rested) and not MessageStore(session).waiting(self._chat_id, 1):
            self._say(session, _holding(session, voice))

    def _say(self, session: Session, lines: Sequence[str]) -> None:
        if lines:
            said = Utterance(text="\n".join(lines))
            key = f"{_KEY}{uuid7()}"
            self._outbox.say(session, self._chat_id, [said], about=None, key=key)


def _lines(voice: Voice, changes: Iterable[Change]) -> Iterable[str]:
    for each in changes:
        if each.name != UNREACHED:
            sign = _OVER if each.over else _SIGNS[kind_of(each.name).severity]
            yield f"{sign} {alarm_text(voice, each.name, each.figure, over=each.over)}"


def _holding(session: Session, voice: Voice) -> list[str]:
    standing = [Change(each.name, each.figure, over=False) for each in AlarmStore(session, AlarmRow).standing()]
    lines = list(_lines(voice, standing))
    return [voice.say(_HOLDING), *lines] if lines else [voice.say(_WELL)]


def _place(chat_id: int) -> ChatPlace:
    """A chat that was reached and has written nothing; those of groups have numbers below zero."""
    return ChatPlace(chat_id, "private", chat_id) if chat_id > 0 else ChatPlace(chat_id, "group", None)
