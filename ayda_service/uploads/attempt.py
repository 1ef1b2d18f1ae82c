"""One try of one upload, from the file to Strava's decision.

Sending is not idempotent at Strava, so three things make it so: the `external_id` is the file's content, every sending
is counted before it happens, and Strava's own id of the upload is durable before anyone asks what became of it. A try
that is repeated after a crash sends the same again, and Strava's word "duplicate" names the activity that is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, NoReturn
from uuid import UUID

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.orm import Session

from ayda_service.uploads.client import StravaUploads, UploadAnswer
from ayda_service.uploads.door import Door
from ayda_service.uploads.errors import (
    NoAnswer,
    ServerTrouble,
    StillProcessing,
    TokenRefused,
    UploadHopeless,
    UploadUnknown,
)
from ayda_service.uploads.jobs import UPLOAD, abandon_upload
from ayda_service.uploads.progress import Progress, Superseded
from ayda_service.uploads.store import Connection, Try, UploadStore
from ayda_service.uploads.work import Calls
from kernel.retry import UPLOAD_LADDER_S, next_delay_s
from kernel.strava.scopes import has_scope, parse_scope
from kernel.strava.uploads import (
    AT_ONCE,
    POLL_WAITS_S,
    Verdict,
    Working,
    accepted,
    failed_once,
    forgotten,
    given_up,
    judge,
    judged,
    waiting,
)
from servicekit.data.database import Database
from servicekit.jobs import Fatal, Job, Snooze
from servicekit.strava.tokens.keeper import TokenKeeper

RESEND_WAITS_S: Final = (2.0, 5.0)
"""Before a file whose answer was lost is sent again in the same try."""
RUN_S: Final = 600.0
SLOT_S: Final = RUN_S + 60.0
SLOT_WAIT_S: Final = 1.0
SLOT_TRIES: Final = 20
DATABASE_WAIT_S: Final = 10.0
OVERTAKEN_WAIT_S: Final = 60.0
SPORT_TYPES: Final = {"run": "Run", "trail_run": "TrailRun", "hike": "Hike", "walk": "Walk"}

_DATABASE_AWAY: Final = (OperationalError, InterfaceError, NoFreeConnection)


@dataclass(frozen=True, slots=True)
class Patience:
    """How a try waits: a clock that sleeps, and numbers from 0 to 1."""

    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    jitter: Callable[[], float]


class NoSlot(Exception):
    """As many uploads as are allowed are under way."""


class UploadAttempts:
    """The job; what one upload learns about Strava holds for all others of the process."""

    def __init__(self, database: Database, strava: StravaUploads, keeper: TokenKeeper, patience: Patience) -> None:
        self._database = database
        self._strava = strava
        self._keeper = keeper
        self._patience = patience
        self._door = Door(now=patience.now, jitter=patience.jitter)

    def job(self) -> Job:
        """One upload; a process runs no more at once than all processes together may."""
        return Job(
            UPLOAD,
            self.run,
            retry_delays_s=UPLOAD_LADDER_S,
            concurrency=AT_ONCE,
            timeout_s=RUN_S + 60,
            on_dead=abandon_upload,
        )

    async def run(self, args: Mapping[str, Any]) -> None:
        """One try of `upload_id`. Raises Snooze, Fatal after the last failure, and what counts as a failure."""
        upload_id = UUID(args["upload_id"])
        self._door.check()
        try:
            one = await self._begin(upload_id)
            if one is None:
                return
            progress = Progress(self._database, one)
            try:
                await self._attempt(progress)
            finally:
                await progress.leave()
        except Superseded:
            await self._leave_to_later_try(upload_id)
        except _DATABASE_AWAY as error:
            raise Snooze(DATABASE_WAIT_S, "database_unavailable") from error

    async def _leave_to_later_try(self, upload_id: UUID) -> None:
        """Raises Snooze while the upload is not over.

        A worker that was frozen may begin the later try although this one has the job, and may then give up on it.
        """
        if await self._database.read(lambda session: UploadStore(session).is_unfinished(upload_id)):
            raise Snooze(OVERTAKEN_WAIT_S, "another_try_has_begun")

    async def _begin(self, upload_id: UUID) -> Try | None:
        """A try with a slot; waits for one here for a while, so that only a few ask the database for it."""
        for _ in range(SLOT_TRIES):
            try:
                return await self._database.write(lambda session: self._begin_if_free(session, upload_id))
            except NoSlot:
                await self._patience.sleep(SLOT_WAIT_S)
        raise Snooze(SLOT_WAIT_S + self._patience.jitter(), "as_many_uploads_as_allowed_are_running")

    def _begin_if_free(self, session: Session, upload_id: UUID) -> Try | None:
        store, now = UploadStore(session), self._patience.now()
        one = store.begin(upload_id)
        if one is not None and not store.take_slot(
            upload_id, one.fence, now=now, until=now + timedelta(seconds=SLOT_S)
        ):
            raise NoSlot  # and nothing has begun
        return one

    async def _attempt(self, progress: Progress) -> None:
        try:
            async with asyncio.timeout(RUN_S):
                verdict = await self._see_through(progress)
        except Snooze as snooze:
            retry_at = self._patience.now() + timedelta(seconds=snooze.delay_s)
            await progress.end(waiting(progress.state), retry_at=retry_at)
            raise
        except UploadHopeless as reason:
            await progress.end(given_up(progress.state, str(reason)))
        except (*_DATABASE_AWAY, Superseded):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the member sees a failed try and the ladder decides
            await self._failed(progress, error)
        else:
            done = judged(progress.state, verdict, ours=progress.sent_before)
            completed_at = self._patience.now() if done.status == "completed" else None
            await progress.end(done, completed_at=completed_at)

    async def _failed(self, progress: Progress, error: Exception) -> NoReturn:
        sentence = str(error) if isinstance(error, _SPOKEN) else f"The upload failed ({type(error).__name__})."
        state = failed_once(progress.state, sentence)
        if state.status == "failed":
            await progress.end(state)
            raise Fatal(sentence) from error
        wait_s = next_delay_s(UPLOAD_LADDER_S, state.retry_count) or 0.0
        await progress.end(state, retry_at=self._patience.now() + timedelta(seconds=wait_s))
        raise error

    async def _see_through(self, progress: Progress) -> Verdict:
        call = Calls(self._keeper, _athlete_id(progress.one.connection), self._door)
        await self._door.enter(lambda: call(self._strava.answers))
        if progress.state.strava_upload_id is None:
            first = await self._send(progress, call)
            verdict = judge(first.activity_id, first.error, first.status)
            if not isinstance(verdict, Working):
                return verdict
        return await self._poll(progress, call)

    async def _send(self, progress: Progress, call: Calls) -> UploadAnswer:
        form = _form(progress.one)
        for wait_s in (*RESEND_WAITS_S, None):
            self._door.check()
            packed = await progress.count_sending()
            try:
                answer = await call(partial(self._strava.send, packed=packed, form=form))
            except Snooze:  # refused for the limit's sake: Strava has not taken it
                await progress.take_sending_back()
                raise
            except (NoAnswer, ServerTrouble) as trouble:
                await self._blame(call)
                if wait_s is None or isinstance(trouble, ServerTrouble):
                    raise
                await self._patience.sleep(wait_s)
                continue
            await progress.write(accepted(progress.state, answer.id))
            return answer
        raise NoAnswer

    async def _poll(self, progress: Progress, call: Calls) -> Verdict:
        strava_upload_id = progress.state.strava_upload_id
        if strava_upload_id is None:
            raise UploadUnknown
        for wait_s in POLL_WAITS_S:
            await self._patience.sleep(wait_s)
            self._door.check()
            try:
                answer = await call(lambda token: self._strava.poll(token, strava_upload_id))
            except (NoAnswer, ServerTrouble):
                await self._blame(call)
                continue
            except UploadUnknown:
                await progress.write(forgotten(progress.state))
                raise
            verdict = judge(answer.activity_id, answer.error, answer.status)
            if not isinstance(verdict, Working):
                return verdict
        raise StillProcessing

    async def _blame(self, call: Calls) -> None:
        """Returns when Strava works and the trouble is this upload's own; shuts the door when it does not."""
        if not await call(self._strava.answers):
            self._door.shut()


_SPOKEN: Final = (NoAnswer, ServerTrouble, StillProcessing, TokenRefused, UploadUnknown)


def _athlete_id(connection: Connection | None) -> int:
    if connection is None:
        raise UploadHopeless("Strava is not connected; connect it and upload again.")
    if not has_scope(parse_scope(connection.scope), "activity:write"):
        raise UploadHopeless("Strava was connected without the permission to receive activities.")
    return connection.athlete_id


def _form(one: Try) -> dict[str, str]:
    data_type = f"{one.format}.gz"
    sport_type = SPORT_TYPES.get(one.sport, "Run")
    return {"data_type": data_type, "sport_type": sport_type, "external_id": f"ayda-{one.content_hash}.{data_type}"}
