"""The jobs that work on updates, one chat at a time; fetching them; and what was left behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import structlog
from sqlalchemy.orm import Session

from ayda_service.members.service import Membership
from ayda_service.messages.content import Content
from ayda_service.messages.service import Outbox
from ayda_service.telegram.errors import TelegramAway
from ayda_service.updates.models import BotUpdate
from ayda_service.updates.service import ANSWER, Updates
from ayda_service.updates.store import UpdateStore
from servicekit.data.database import Database
from servicekit.data.trouble import DATABASE_TROUBLE
from servicekit.jobs import Job, Snooze
from servicekit.jobs.outages import Outages

POLL: Final = "poll_updates"
LADDER_S: Final = (1.0, 3.0, 10.0, 60.0)
AT_ONCE: Final = 4
MOST_TRIES: Final = 3
LEFT_BEHIND: Final = timedelta(minutes=2)
TIDY_EVERY_S: Final = 60.0
_BATCH: Final = 20
_BREATH_S: Final = 0.01
_TIMEOUT_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class BotAnswer:
    """What is said to an update: `contents` to `chat_id`, about the member `about`.

    Of somebody who was erased after `vouched_at` nothing is said, but for the last word to them.
    """

    chat_id: int
    contents: Sequence[Content]
    about: int | None
    vouched_at: datetime
    last_word: bool = False


class Bot(Protocol):
    """What answers."""

    async def answer(self, update: BotUpdate) -> BotAnswer | None:
        """What to say to an update; asked again, it does nothing a second time. None: nothing."""
        ...

    def broke(self, update: BotUpdate) -> BotAnswer | None:
        """What to say where that failed again and again."""
        ...


class Answering:
    """Works on what people write and press: in each chat in its order, each once."""

    def __init__(
        self,
        database: Database,
        updates: Updates,
        outbox: Outbox,
        membership: Membership,
        bot: Bot,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._updates = updates
        self._outbox = outbox
        self._membership = membership
        self._bot = bot
        self._now = now
        self._outages = Outages(TelegramAway, "telegram_away")

    def jobs(self) -> tuple[Job, ...]:
        """The work on one chat's updates, and the search for what was left behind."""
        answer = Job(ANSWER, self.run, retry_delays_s=LADDER_S, timeout_s=_TIMEOUT_S, concurrency=AT_ONCE)
        return answer, Job("tidy_updates", self._tidy, every_s=TIDY_EVERY_S)

    async def run(self, args: Mapping[str, Any]) -> None:
        """Answers until nothing waits in this chat. Raises Snooze while a file cannot be fetched."""
        with self._outages.waited_out():
            await self._all(int(args["chat_id"]))

    async def _all(self, chat_id: int) -> None:
        while batch := await self._database.read(lambda session: UpdateStore(session).waiting(chat_id, _BATCH)):
            for update in batch:
                await self._one(update)

    async def _one(self, update: BotUpdate) -> None:
        try:
            answer = await self._bot.answer(update)
        except (*DATABASE_TROUBLE, Snooze, TelegramAway):
            raise
        except Exception as error:
            reason = type(error).__name__
            structlog.get_logger(__name__).error("update_failed", reason=reason, exc_info=error)
            if await self._database.write(lambda session: self._failed(session, update, reason)):
                return
            raise
        await self._database.write(lambda session: self._settle(session, update.update_id, answer))

    def _settle(self, session: Session, update_id: int, answer: BotAnswer | None) -> None:
        """The end of an update and what is said to it are one: it cannot be answered twice."""
        waited = UpdateStore(session).settle(update_id)
        if answer is None or not (waited or answer.last_word):
            return
        about = answer.about
        gone = about is not None and self._membership.erased_since(session, about, answer.vouched_at)
        if not gone or answer.last_word:
            self._outbox.say(session, answer.chat_id, answer.contents, about=about)

    def _failed(self, session: Session, update: BotUpdate, reason: str) -> bool:
        """Whether it is given up, with a word to whoever waits for it."""
        if UpdateStore(session).count_try(update.update_id, reason) < MOST_TRIES:
            return False
        answer = self._bot.broke(update)
        UpdateStore(session).bury(update.update_id)
        if answer is not None:
            self._outbox.say(session, answer.chat_id, answer.contents, about=answer.about)
        return True

    async def _tidy(self, _args: Mapping[str, Any]) -> None:
        await self._database.write(self._find_left_behind)

    def _find_left_behind(self, session: Session) -> None:
        for chat_id, person in UpdateStore(session).left_behind(self._now() - LEFT_BEHIND, 500):
            self._updates.answer(session, chat_id, person)


class Polling:
    """Fetches updates where Telegram cannot reach us: a job that comes back for ever, so one process has the turn."""

    def __init__(
        self,
        updates: Updates,
        fetch: Callable[[int], Awaitable[Sequence[bytes]]],
        newest: Callable[[], Awaitable[int | None]],
    ) -> None:
        """`newest`: the highest number that is kept, from which on Telegram is asked."""
        self._updates = updates
        self._fetch = fetch
        self._newest = newest
        self._outages = Outages(TelegramAway, "telegram_away")

    def job(self) -> Job:
        """The fetching."""
        return Job(POLL, self.run, every_s=_BREATH_S, timeout_s=_TIMEOUT_S)

    async def run(self, _args: Mapping[str, Any]) -> None:
        """One round; what was fetched is durable before the next round tells Telegram so."""
        newest = await self._newest()
        with self._outages.waited_out():
            got = await self._fetch(0 if newest is None else newest + 1)
        if got:
            await self._updates.take(*got)
