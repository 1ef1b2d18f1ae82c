"""Following imports until they are over: seldom more often than every few seconds, and not for ever."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy.orm import Session

from ayda_service.chats.store import ChatStore
from ayda_service.errors import RefusedByPredictor
from ayda_service.imports.words import Stage, import_text
from ayda_service.members.jobs import tell_member
from ayda_service.members.notices import ImportOver
from ayda_service.messages.content import Content, Utterance
from ayda_service.predictor.client import PredictorClient, asking
from kernel.contracts.activity import ImportState
from kernel.retry import NOTICE_LADDER_S
from servicekit.data.database import Database
from servicekit.http.errors import UpstreamUnavailable
from servicekit.jobs import Job, JobQueue, Snooze
from servicekit.jobs.outages import Outages

FOLLOW: Final = "follow_import"
SOONEST_S: Final = 3.0
LATEST_S: Final = 120.0
SHARE: Final = 0.1
"""Of the time that it has been followed already: whoever waits for a long one is told less often."""
TRIED_AGAIN: Final = timedelta(minutes=20)
"""The predictor tries an import that failed again by itself; after so long it has ended that."""
LONGEST: Final = timedelta(hours=12)
_SOON: Final = 7


class Says(Protocol):
    """Has something said in a chat, once by its key, with the commit of a session."""

    def __call__(
        self, session: Session, chat_id: int, contents: list[Content], *, about: int | None, key: str | None
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Followed:
    """Whose import is followed, since when, and in which message of their chat; None: a word at its end."""

    telegram_id: int
    import_id: str
    slot: str | None
    since: datetime


def follow_import(queue: JobQueue, session: Session, followed: Followed) -> None:
    """Has an import followed, with the commit of `session`."""
    args = {"telegram_id": followed.telegram_id, "import_id": followed.import_id}
    more = {"slot": followed.slot, "since": followed.since.isoformat()}
    queue.add(session, FOLLOW, args | more, priority=_SOON, unique=f"{FOLLOW}:{followed.slot or followed.import_id}")


class Following:
    """Looks how far an import is, and says so."""

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        predictor: PredictorClient,
        say: Says,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._queue = queue
        self._predictor = predictor
        self._say = say
        self._now = now
        self._outages = Outages(UpstreamUnavailable, "predictor_unavailable")

    def job(self) -> Job:
        """One look; it is put off until the next one."""
        return Job(FOLLOW, self.run, retry_delays_s=NOTICE_LADDER_S, timeout_s=60)

    async def run(self, args: Mapping[str, Any]) -> None:
        """Looks and says what is new; raises Snooze until the import is over. One that is gone is followed no more."""
        followed = Followed(args["telegram_id"], args["import_id"], args["slot"], datetime.fromisoformat(args["since"]))
        try:
            with self._outages.waited_out():
                async with asking(self._predictor) as predictor:
                    state = await predictor.import_status(str(followed.telegram_id), followed.import_id)
        except RefusedByPredictor:
            return
        stage = self._stage(followed, state)
        await self._database.write(lambda session: self._tell(session, followed, state, stage))
        if stage == "under_way":
            followed_s = (self._now() - followed.since).total_seconds()
            raise Snooze(min(LATEST_S, max(SOONEST_S, SHARE * followed_s)), "import_under_way")

    def _stage(self, followed: Followed, state: ImportState) -> Stage:
        now = self._now()
        if state.status == "done":
            return "read"
        failed_at = state.finished_at if state.status == "failed" else None
        if failed_at is not None and now - failed_at > TRIED_AGAIN:
            return "given_up"
        return "lost_sight" if now - followed.since > LONGEST else "under_way"

    def _tell(self, session: Session, followed: Followed, state: ImportState, stage: Stage) -> None:
        if followed.slot is None:
            if stage in {"read", "given_up"}:
                notice = ImportOver(state)
                key = f"import_over-{state.id}-{state.finished_at}"
                tell_member(self._queue, session, followed.telegram_id, notice, key=key)
            return
        text = import_text(ChatStore(session).voice(followed.telegram_id), state, stage)
        key = f"{followed.slot}-{stage}-{state.status}-{state.files_read}-{state.added}"
        self._say(
            session,
            followed.telegram_id,
            [Utterance(text=text, slot=followed.slot)],
            about=followed.telegram_id,
            key=key,
        )
