"""One try of one upload, from the file to Strava's decision.

Sending is not idempotent at Strava, so three things make it so: the `external_id` is the file's content, every sending
is counted before it happens, and Strava's own id of the upload is durable before anyone asks what became of it. A try
that is repeated after a crash sends the same again, and Strava's word "duplicate" names the activity that is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final, NoReturn
from uuid import UUID

from ayda_service.uploads.client import UploadAnswer, poll, send
from ayda_service.uploads.errors import Undecided, is_hopeless, sentence_for
from ayda_service.uploads.jobs import UPLOAD, GivenUp, abandon_upload
from ayda_service.uploads.progress import NoSlot, Progress, Superseded, begin
from ayda_service.uploads.store import Connection, Try, UploadStore
from kernel.retry import UPLOAD_LADDER_S, next_delay_s
from kernel.strava.tokens import has_scope, parse_scope
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
from servicekit.base.file_seals import FileSeals
from servicekit.data.database import Database
from servicekit.data.trouble import DatabaseUnavailable
from servicekit.jobs import Fatal, Job, Snooze
from servicekit.strava.access import Access
from servicekit.strava.client import Patience, StravaClient
from servicekit.strava.errors import (
    AnswerLost,
    NotConnected,
    NotFound,
    NotNow,
    RateLimited,
    RequestFailed,
    RequestRefused,
    ScopeMissing,
    ServerTrouble,
    StravaUnavailable,
)
from servicekit.strava.tokens.keeper import TokenKeeper

RESEND_WAITS_S: Final = (2.0, 5.0)
"""Before a file whose answer was lost is sent again in the same try."""
RUN_S: Final = 600.0
SLOT: Final = timedelta(seconds=RUN_S + 60)
SLOT_WAIT_S: Final = 1.0
SLOT_TRIES: Final = 20
OVERTAKEN_WAIT_S: Final = 60.0
SPREAD_S: Final = (1.0, 10.0)
"""Those who wait for one moment come so much later, and not all at once."""
SPORT_TYPES: Final = {"run": "Run", "trail_run": "TrailRun", "hike": "Hike", "walk": "Walk"}

FORGOTTEN: Final = "Strava no longer knows this upload."
STILL_PROCESSING: Final = "Strava was still processing the file after two minutes."


class UploadAttempts:
    """The work on uploads."""

    def __init__(
        self,
        database: Database,
        strava: StravaClient,
        keeper: TokenKeeper,
        seals: FileSeals,
        patience: Patience,
        *,
        on_given_up: GivenUp,
    ) -> None:
        self._database = database
        self._seals = seals
        self._strava = strava
        self._keeper = keeper
        self._patience = patience
        self._on_given_up = on_given_up

    def job(self) -> Job:
        """One upload; a process runs no more at once than all processes together may."""
        return Job(
            UPLOAD,
            self.run,
            retry_delays_s=UPLOAD_LADDER_S,
            concurrency=AT_ONCE,
            timeout_s=RUN_S + 60,
            on_dead=abandon_upload(self._on_given_up),
        )

    async def run(self, args: Mapping[str, Any]) -> None:
        """One try of `upload_id`. Raises Snooze, Fatal after the last failure, and what counts as a failure."""
        upload_id = UUID(args["upload_id"])
        try:
            self._strava.check()
        except NotNow as away:
            raise self._snooze(away) from away
        try:
            one = await self._begin(upload_id)
            if one is None:
                return
            progress = Progress(self._database, self._seals, one, self._on_given_up)
            try:
                await self._attempt(progress)
            finally:
                await progress.leave()
        except Superseded:
            await self._leave_to_later_try(upload_id)

    async def _leave_to_later_try(self, upload_id: UUID) -> None:
        """Raises Snooze while the upload is not over.

        A worker that was frozen may begin the later try although this one has the job, and may then give up on it.
        """
        if await self._database.read(lambda session: UploadStore(session).is_unfinished(upload_id)):
            raise Snooze(OVERTAKEN_WAIT_S, "another_try_has_begun")

    async def _begin(self, upload_id: UUID) -> Try | None:
        """A try with a slot; waits for one here for a while, so that only a few ask the database for it."""
        for _ in range(SLOT_TRIES):
            now = self._patience.now()
            try:
                return await self._database.write(partial(begin, upload_id=upload_id, now=now, until=now + SLOT))
            except NoSlot:
                await self._patience.sleep(SLOT_WAIT_S)
        raise Snooze(SLOT_WAIT_S + self._patience.jitter(), "as_many_uploads_as_allowed_are_running")

    async def _attempt(self, progress: Progress) -> None:
        try:
            async with asyncio.timeout(RUN_S):
                verdict = await self._see_through(progress)
        except NotNow as away:
            snooze = self._snooze(away)
            retry_at = self._patience.now() + timedelta(seconds=snooze.delay_s)
            await progress.end(waiting(progress.state), retry_at=retry_at)
            raise snooze from away
        except (DatabaseUnavailable, Superseded):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the member sees a failed try and the ladder decides
            if not is_hopeless(error):
                await self._failed(progress, error)
            await progress.end(given_up(progress.state, sentence_for(error)))
        else:
            done = judged(progress.state, verdict, ours=progress.sent_before)
            completed_at = self._patience.now() if done.status == "completed" else None
            await progress.end(done, completed_at=completed_at)

    def _snooze(self, away: NotNow) -> Snooze:
        """The snooze that ends shortly after Strava may be asked again."""
        wait_s = 0.0
        if isinstance(away, RateLimited):
            wait_s = max(0.0, (away.retry_at - self._patience.now()).total_seconds())
        elif isinstance(away, StravaUnavailable):
            wait_s = away.retry_after_s or 0.0
        first_s, last_s = SPREAD_S
        return Snooze(wait_s + first_s + (last_s - first_s) * self._patience.jitter(), "strava_unavailable")

    async def _failed(self, progress: Progress, error: Exception) -> NoReturn:
        sentence = sentence_for(error)
        state = failed_once(progress.state, sentence)
        if state.status == "failed":
            await progress.end(state)
            raise Fatal(sentence) from error
        wait_s = next_delay_s(UPLOAD_LADDER_S, state.retry_count) or 0.0
        await progress.end(state, retry_at=self._patience.now() + timedelta(seconds=wait_s))
        raise error

    async def _see_through(self, progress: Progress) -> Verdict:
        access = self._access(progress.one.connection)
        if progress.state.strava_upload_id is None:
            try:
                first = await self._send(progress, access)
            except RequestRefused as refused:
                if not refused.reason:
                    raise
                # as Strava says otherwise only when it is asked what became of the file
                return judge(None, refused.reason, None)
            verdict = judge(first.activity_id, first.error, first.status)
            if not isinstance(verdict, Working):
                return verdict
        return await self._poll(progress, access)

    def _access(self, connection: Connection | None) -> Access:
        if connection is None:
            raise NotConnected
        if not has_scope(parse_scope(connection.scope), "activity:write"):
            raise ScopeMissing
        athlete_id = connection.athlete_id

        async def fetch(*, force: bool) -> str:
            return (await self._keeper.access_token(athlete_id, force=force)).access_token

        return Access(fetch)

    async def _send(self, progress: Progress, access: Access) -> UploadAnswer:
        form = _form(progress.one)
        for wait_s in (*RESEND_WAITS_S, None):
            await self._strava.ready(access)
            packed = await progress.count_sending()
            try:
                answer = await send(self._strava, access, packed, form)
            except NotNow as away:
                if not isinstance(away.__cause__, RequestFailed):  # else Strava may have taken it
                    await progress.take_sending_back()
                raise
            except RequestFailed as failed:
                if wait_s is None or isinstance(failed, ServerTrouble):
                    raise
                await self._patience.sleep(wait_s)
                continue
            await progress.write(accepted(progress.state, answer.id))
            return answer
        raise AnswerLost

    async def _poll(self, progress: Progress, access: Access) -> Verdict:
        strava_upload_id = progress.state.strava_upload_id
        if strava_upload_id is None:
            raise Undecided(FORGOTTEN)
        for wait_s in POLL_WAITS_S:
            await self._patience.sleep(wait_s)
            try:
                answer = await poll(self._strava, access, strava_upload_id)
            except RequestFailed:
                continue
            except NotFound as gone:
                await progress.write(forgotten(progress.state))
                raise Undecided(FORGOTTEN) from gone
            verdict = judge(answer.activity_id, answer.error, answer.status)
            if not isinstance(verdict, Working):
                return verdict
        raise Undecided(STILL_PROCESSING)


def _form(one: Try) -> dict[str, str]:
    data_type = f"{one.format}.gz"
    sport_type = SPORT_TYPES.get(one.sport, "Run")
    return {"data_type": data_type, "sport_type": sport_type, "external_id": f"ayda-{one.content_hash}.{data_type}"}
