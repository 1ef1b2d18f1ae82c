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
from typing import Any, Final, NoReturn
from uuid import UUID

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

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
from ayda_service.uploads.store import Connection, Try, UploadStore
from ayda_service.uploads.work import Calls, Superseded, Work
from kernel.retry import UPLOAD_LADDER_S, next_delay_s
from kernel.strava.scopes import has_scope, parse_scope
from kernel.strava.uploads import (
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
from servicekit.jobs import Fatal, Snooze
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


class UploadRun:
    """The job; what one upload learns about Strava holds for all others of the process."""

    def __init__(self, database: Database, strava: StravaUploads, keeper: TokenKeeper, patience: Patience) -> None:
        self._database = database
        self._strava = strava
        self._keeper = keeper
        self._patience = patience
        self._door = Door(now=patience.now, jitter=patience.jitter)

    async def run(self, args: Mapping[str, Any]) -> None:
        """One try of `upload_id`. Raises Snooze, Fatal after the last failure, and what counts as a failure."""
        upload_id = UUID(args["upload_id"])
        self._door.check()
        try:
            one = await self._begin(upload_id)
            if one is None:
                return
            try:
                await self._attempt(one)
            finally:
                async with self._database.transaction() as session:
                    await UploadStore(session).free_slot(upload_id, one.fence)
        except Superseded:
            await self._leave_to_later_try(upload_id)
        except _DATABASE_AWAY as error:
            raise Snooze(DATABASE_WAIT_S, "database_unavailable") from error

    async def _leave_to_later_try(self, upload_id: UUID) -> None:
        """Raises Snooze while the upload is not over.

        A worker that was frozen may begin the later try although this one has the job, and may then give up on it.
        """
        async with self._database.reading() as session:
            if await UploadStore(session).is_unfinished(upload_id):
                raise Snooze(OVERTAKEN_WAIT_S, "another_try_has_begun")

    async def _begin(self, upload_id: UUID) -> Try | None:
        """A try with a slot; waits for one here for a while, so that only a few ask the database for it."""
        for _ in range(SLOT_TRIES):
            try:
                return await self._begin_if_free(upload_id)
            except NoSlot:
                await self._patience.sleep(SLOT_WAIT_S)
        raise Snooze(SLOT_WAIT_S + self._patience.jitter(), "as_many_uploads_as_allowed_are_running")

    async def _begin_if_free(self, upload_id: UUID) -> Try | None:
        now = self._patience.now()
        until = now + timedelta(seconds=SLOT_S)
        async with self._database.transaction() as session:
            store = UploadStore(session)
            one = await store.begin(upload_id)
            if one is not None and not await store.take_slot(upload_id, one.fence, now=now, until=until):
                raise NoSlot  # inside of the transaction: nothing has begun
        return one

    async def _attempt(self, one: Try) -> None:
        work = Work(self._database, one)
        try:
            async with asyncio.timeout(RUN_S):
                verdict = await self._see_through(work)
        except Snooze as snooze:
            retry_at = self._patience.now() + timedelta(seconds=snooze.delay_s)
            await work.write(waiting(work.state), retry_at=retry_at)
            raise
        except UploadHopeless as reason:
            await work.write(given_up(work.state, str(reason)))
        except (*_DATABASE_AWAY, Superseded):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the member sees a failed try and the ladder decides
            await self._failed(work, error)
        else:
            done = judged(work.state, verdict, ours=work.sent_before)
            completed_at = self._patience.now() if done.status == "completed" else None
            await work.write(done, completed_at=completed_at)

    async def _failed(self, work: Work, error: Exception) -> NoReturn:
        sentence = str(error) if isinstance(error, _SPOKEN) else f"The upload failed ({type(error).__name__})."
        state = failed_once(work.state, sentence)
        if state.status == "failed":
            await work.write(state)
            raise Fatal(sentence) from error
        wait_s = next_delay_s(UPLOAD_LADDER_S, state.retry_count) or 0.0
        await work.write(state, retry_at=self._patience.now() + timedelta(seconds=wait_s))
        raise error

    async def _see_through(self, work: Work) -> Verdict:
        connection = await self._connection(work.one.upload_id)
        call = Calls(self._keeper, connection.athlete_id, self._door)
        await self._door.enter(lambda: call(self._strava.answers))
        if work.state.strava_upload_id is None:
            first = await self._send(work, call)
            verdict = judge(first.activity_id, first.error, first.status)
            if not isinstance(verdict, Working):
                return verdict
        return await self._poll(work, call)

    async def _connection(self, upload_id: UUID) -> Connection:
        async with self._database.reading() as session:
            found = await UploadStore(session).connection_of(upload_id)
        if found is None:
            raise UploadHopeless("Strava is not connected; connect it and upload again.")
        if not has_scope(parse_scope(found.scope), "activity:write"):
            raise UploadHopeless("Strava was connected without the permission to receive activities.")
        return found

    async def _send(self, work: Work, call: Calls) -> UploadAnswer:
        async with self._database.reading() as session:
            packed = await UploadStore(session).file_of(work.one.upload_id)
        form = _form(work.one)
        for wait_s in (*RESEND_WAITS_S, None):
            self._door.check()
            await work.count_sending(+1)
            try:
                answer = await call(lambda token: self._strava.send(token, packed, form))
            except Snooze:  # refused for the limit's sake: Strava has not taken it
                await work.count_sending(-1)
                raise
            except (NoAnswer, ServerTrouble) as trouble:
                await self._blame(call)
                if wait_s is None or isinstance(trouble, ServerTrouble):
                    raise
                await self._patience.sleep(wait_s)
                continue
            await work.write(accepted(work.state, answer.id))
            return answer
        raise NoAnswer

    async def _poll(self, work: Work, call: Calls) -> Verdict:
        strava_upload_id = work.state.strava_upload_id
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
                await work.write(forgotten(work.state))
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


def _form(one: Try) -> dict[str, str]:
    data_type = f"{one.format}.gz"
    sport_type = SPORT_TYPES.get(one.sport, "Run")
    return {"data_type": data_type, "sport_type": sport_type, "external_id": f"ayda-{one.content_hash}.{data_type}"}
