"""Uploads in virtual time: the real job on the real queue, the simulator as Strava, nobody waits for anything."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import func, select

from ayda_service.activities.models import FILE_KEY, Activity
from ayda_service.activities.service import file_as_sent
from ayda_service.activities.store import ActivityStore
from ayda_service.members.jobs import tell_member_job
from ayda_service.members.notices import Notice
from ayda_service.members.store import MemberStore
from ayda_service.models import JOB_TABLE, StravaUpload
from ayda_service.neighbours import open_strava
from ayda_service.parts import Parts, assemble
from ayda_service.settings import Settings
from ayda_service.strava.store import ConnectionStore
from ayda_service.uploads.attempt import UploadAttempts
from ayda_service.uploads.jobs import UPLOAD, add_upload, tell_given_up
from ayda_service.uploads.store import UploadStore
from servicekit.base.file_seals import FileSeals
from servicekit.base.settings import Secret
from servicekit.base.vault import Vault
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.jobs import DeadJob, Job, JobQueue, SqlJobQueue
from servicekit.jobs.embedded.table import READY
from servicekit.jobs.queue import Pace
from servicekit.strava.client import Patience
from servicekit.strava.tokens.store import token_columns
from simulators.strava.simulator import Simulator
from tests.service_database import fresh_database, migrated_database
from tests.servicekit.strava.support import OAUTH_BASE, Clock, StravaTransport
from tests.simulators.strava.track_files import gpx
from trackfiles.gzipped import packed
from trackfiles.outing import digest_of

MEMBER = 279058397
WRITER = "read,activity:read_all,activity:write"
NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
API_BASE = f"{OAUTH_BASE}/api/v3"
CLIENT_SECRET = "canary-client-secret-BBBBBBBB"


class Road(httpx.AsyncBaseTransport):
    """The way to Strava. Answers get lost as `loses` says, requests get the answer `instead` has for them."""

    def __init__(self, strava: httpx.AsyncBaseTransport) -> None:
        self._strava = strava
        self.loses: Callable[[httpx.Request], bool] = lambda _request: False
        self.instead: Callable[[httpx.Request], httpx.Response | None] = lambda _request: None
        self.sending = 0
        self.most_sending = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        sends = request.method == "POST"
        self.sending += sends
        self.most_sending = max(self.most_sending, self.sending)
        try:
            await self.gate.wait()
            answer = self.instead(request) or await self._strava.handle_async_request(request)
        finally:
            self.sending -= sends
        if self.loses(request):
            raise httpx.ReadError("lost on the way", request=request)
        return answer


@dataclass
class Bench:
    """One ayda's uploads, and who judges them."""

    settings: Settings
    clock: Clock
    simulator: Simulator
    parts: Parts
    road: Road
    queue: JobQueue
    job: Job
    told: list[tuple[int, Notice]] = field(default_factory=list)
    """What members were told."""

    @property
    def seals(self) -> FileSeals:
        return FileSeals(self.settings.vault, FILE_KEY)

    @property
    def database(self) -> Database:
        return self.parts.database

    def another_job(self, sleep: Callable[[float], Awaitable[None]] | None = None) -> Job:
        """The same job as another process would have it: nothing but the database is shared."""
        patience = Patience(self.clock.now, sleep or self.sleep, random.Random(5).random)
        strava = open_strava(self.settings, self.database, patience, None, self.road)
        return UploadAttempts(
            self.database,
            strava,
            self.parts.consents.keeper,
            self.seals,
            patience,
            on_given_up=partial(tell_given_up, self.queue),
        ).job()

    async def tell(self, telegram_id: int, notice: Notice, *, key: str) -> None:
        """As `ayda_service.members.jobs.Messenger`."""
        assert key
        self.told.append((telegram_id, notice))

    async def sleep(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await asyncio.sleep(0)

    async def connect(self, telegram_id: int = MEMBER, scope: str = WRITER) -> int:
        """A member with a connection of this scope; the athlete's id."""
        athlete_id = self.simulator.add_athlete()
        now = self.clock.now()
        code = self.simulator.authorizations.consent(athlete_id, tuple(scope.split(",")), now.timestamp())
        grant = await self.parts.consents.oauth.exchange(code)
        sealed = self.parts.consents.seals.seal(athlete_id, grant.tokens)
        with self.database.transaction() as session:
            member = MemberStore(session).create(telegram_id, now)
            columns = {"scope": scope, **token_columns(sealed)}
            ConnectionStore(session).link(member.id, athlete_id, columns, now)
        return athlete_id

    async def put(self, content: bytes, telegram_id: int = MEMBER) -> UUID:
        """The id of the queued upload of a new activity with this file."""
        now = self.clock.now()
        with self.database.transaction() as session:
            member = MemberStore(session).create(telegram_id, now)
            key = self.seals.new_key()
            activity = Activity(**_activity(member.id, content, now))
            activity.file_key_sealed = self.seals.seal_key(key, subject=activity.file_subject)
            ActivityStore(session).add(activity, self.seals.seal(packed(content), key))
            upload, _new = UploadStore(session).find_or_create(activity, now)
            add_upload(self.queue, session, upload.id)
        return upload.id

    async def dead(self) -> list[DeadJob]:
        """The uploads that were given up."""
        return [job for job in await self.queue.dead(1000) if job.name == UPLOAD]

    async def packed(self, upload_id: UUID) -> bytes:
        """The file as it is sent."""
        with self.database.reading() as session:
            return file_as_sent(self.seals, *UploadStore(session).file_of(upload_id))

    @staticmethod
    def external_id(content: bytes) -> str:
        """What Strava gets to know the file by."""
        return f"ayda-{digest_of(content)}.gpx.gz"

    async def rows(self) -> dict[UUID, StravaUpload]:
        with self.database.reading() as session:
            return {row.id: row for row in session.scalars(select(StravaUpload))}

    async def row(self, upload_id: UUID) -> StravaUpload:
        return (await self.rows())[upload_id]

    @asynccontextmanager
    async def working(self, *jobs: Job) -> AsyncIterator[None]:
        """A worker for each job, for the length of the block."""
        telling = tell_member_job(self)
        workers = [asyncio.create_task(self.queue.work([job, telling])) for job in jobs or (self.job,)]
        try:
            yield
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.wait(workers)

    async def until_over(self, *, before: datetime | None = None, slack_s: float = 0.0) -> None:
        """Moves time from one due job to the next until none waits, or `before` is reached.

        With slack time moves a little further, so that jobs due shortly after one another run together.
        """
        while True:
            stats = await self.queue.stats()
            if not (stats.ready or stats.running):
                due = await self._next_due()
                if due is None or (before is not None and due >= before):
                    return
                self.clock.at = max(self.clock.at, due + timedelta(seconds=slack_s))
            await asyncio.sleep(0.003)

    async def _next_due(self) -> datetime | None:
        with self.database.reading() as session:
            first = select(JOB_TABLE.c.due).where(JOB_TABLE.c.status == READY).order_by(JOB_TABLE.c.due).limit(1)
            return session.execute(first).scalar_one_or_none()

    async def count(self, status: str) -> int:
        found = select(func.count()).select_from(StravaUpload).where(StravaUpload.status == status)
        # drills kill the database's connections, and a unit of work survives that
        return int(await self.database.read(lambda session: session.execute(found).scalar_one()))


def _activity(member_id: UUID, content: bytes, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "member_id": member_id,
        "content_hash": digest_of(content),
        "provenance": "user_file",
        "format": "gpx",
        "sport": "trail_run",
        "started_at": now,
        "distance_m": 1000.0,
        "moving_time_s": 600.0,
        "elapsed_time_s": 600.0,
        "gain_m": 100.0,
        "file_bytes": len(content),
        "created_at": now,
    }


def files(count: int) -> Sequence[bytes]:
    """So many different recordings."""
    base = gpx(24)
    return [base.replace(b"<name>Up</name>", f"<name>Up {number}</name>".encode()) for number in range(count)]


def settings_for(url: str) -> Settings:
    return Settings(
        strava_client_id="4242",
        strava_client_secret=Secret(CLIENT_SECRET),
        vault=Vault({"k1": bytes(range(32))}),
        bot_token=Secret("123456789:canary-bot-token-AAAAAAAAAAAAAAAAAAAA"),
        database_url=url,
        strava_oauth_base=OAUTH_BASE,
        strava_api_base=API_BASE,
        worker_embedded=False,
    )


@contextmanager
def empty_database(folder: Path) -> Iterator[str]:
    """The URL of a migrated empty database of this ayda."""
    (folder / "template").mkdir(exist_ok=True)
    with migrated_database("ayda_service", folder / "template") as url:
        yield fresh_database(url, folder)


@asynccontextmanager
async def open_bench(url: str, *, at: datetime = NOON, clock: Clock | None = None) -> AsyncIterator[Bench]:
    clock = clock or Clock(at)
    simulator = Simulator(now=clock.now, seed=1, client_secret=CLIENT_SECRET)
    inner = StravaTransport(simulator)
    settings = settings_for(url)
    parts = assemble(settings, now=clock.now, strava_transport=inner)
    # time moves by hours while nobody runs, so a lease must not end by it
    queue = SqlJobQueue(parts.database, JOB_TABLE, now=clock.now, pace=Pace(lease_s=1e8, poll_s=0.004))
    bench = Bench(settings, clock, simulator, parts, Road(inner), queue, job=parts.jobs[0])
    bench.job = bench.another_job()
    try:
        yield bench
    finally:
        await parts.consents.keeper.close()
        await parts.database.close()
