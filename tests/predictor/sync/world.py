"""A simulated Strava, a small ayda that holds its tokens, and the predictor's sync between them, on one clock."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy.orm import Session

from kernel.contracts.connection import StravaEvent
from predictor_service.activities.models import Activity
from predictor_service.activities.store import ActivityStore
from predictor_service.athletes.store import AthleteStore
from predictor_service.events.service import EventService
from predictor_service.neighbours import open_ayda, open_strava
from predictor_service.parts import visit_every_s
from predictor_service.paths.memory import PathMemory
from predictor_service.settings import Settings
from predictor_service.strava.ayda_client import AydaRunClient
from predictor_service.strava.client import AthletesActivities
from predictor_service.strava.tokens import OrderedTokenSource
from predictor_service.sync.athlete_sync import AthleteSync, Outcome
from predictor_service.sync.jobs import sync_jobs
from predictor_service.sync.models import SyncStateRow
from predictor_service.sync.plan import Portions
from predictor_service.sync.schedule import SyncSchedule
from predictor_service.sync.service import SyncService
from predictor_service.sync.store import SyncStore
from servicekit.data.database import Database
from servicekit.data.upsert import insert_if_absent
from servicekit.jobs import Job, Snooze
from servicekit.strava.client import StravaClient
from simulators.strava import Simulator, create_app

MEMBER = "123456"
SCOPE = "read,activity:read_all"
START = datetime(2026, 6, 1, 12, 0, 10, tzinfo=UTC)


class Clock:
    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **delta: float) -> None:
        self.at += timedelta(**delta)


class FakeAyda:
    """The token endpoint, with the simulator as the place its tokens come from."""

    def __init__(self, simulator: Simulator, now: Callable[[], datetime]) -> None:
        self.simulator = simulator
        self.now = now
        self.members: dict[str, int] = {}
        self.asked: list[dict[str, str]] = []
        self.status: int | None = None
        self.scope = SCOPE
        self.delay_s = 0.0
        self.meanwhile: Callable[[], None] = lambda: None
        """What happens while a token is asked for."""
        self.old_token: str | None = None
        self._granted: dict[int, Any] = {}

    def connect(self, telegram_id: str, athlete_id: int) -> None:
        now_s = self.now().timestamp()
        code = self.simulator.authorizations.consent(athlete_id, tuple(self.scope.split(",")), now_s)
        self._granted[athlete_id] = self.simulator.authorizations.exchange(code, now_s)
        self.members[telegram_id] = athlete_id

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        self.asked.append(query)
        await asyncio.sleep(self.delay_s)
        self.meanwhile()
        if self.status is not None:
            return httpx.Response(self.status)
        athlete_id = self.members.get(query["telegram_id"])
        if athlete_id is None:
            return httpx.Response(404)
        if self.simulator.authorizations.of(athlete_id) is None:
            return httpx.Response(409)
        return httpx.Response(200, json=self._token(athlete_id, force=query.get("force") == "1"))

    def _token(self, athlete_id: int, *, force: bool) -> dict[str, Any]:
        granted, now_s = self._granted[athlete_id], self.now().timestamp()
        if granted.access.expires_at - now_s <= 3600:
            granted = self._granted[athlete_id] = self.simulator.authorizations.refresh(granted.refresh_token, now_s)
        old = self.old_token if not force else None
        return {
            "access_token": old or granted.access.token,
            "athlete_id": athlete_id,
            "scope": self.scope,
            "expires_at": granted.access.expires_at,
        }


@dataclass
class FakeQueue:
    """Remembers what was put; nothing runs by itself."""

    put_jobs: list[tuple[str, Mapping[str, Any], float, int]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    """The unique key of each of them."""

    def add(
        self,
        session: Session,
        name: str,
        args: Mapping[str, Any],
        *,
        delay_s: float = 0,
        priority: int = 0,
        unique: str | None = None,
    ) -> None:
        assert session.in_transaction(), "a job that belongs to a change is written with it"
        self.put_jobs.append((name, args, delay_s, priority))
        self.keys.append(unique)

    def alive(self, _session: Session, unique: Sequence[str]) -> set[str]:
        return set(unique) & {key for key in self.keys if key is not None}


@dataclass
class FakeProfiles:
    """Counts how often, and with how many features, a profile was fitted."""

    fitted_with: list[int] = field(default_factory=list)

    def rebuild(self, session: Session, athlete_id: UUID) -> None:
        self.fitted_with.append(len(ActivityStore(session).features_of(athlete_id)))


class Between(httpx.AsyncBaseTransport):
    """The way to the simulator, on which streams and kilometres may get lost."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.stripped: dict[int, bool] = {}
        self.details: dict[int, Callable[[Any], Any]] = {}
        self.changes: dict[int, Callable[[Any], Any]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.inner.handle_async_request(request)
        parts = request.url.path.split("/")
        activity_id = int(parts[4]) if parts[3] == "activities" else 0
        if activity_id in self.changes and parts[-1] == "streams":
            content = b"".join([chunk async for chunk in answer.stream])  # type: ignore[union-attr]  # it is asynchronous
            return httpx.Response(200, json=self.changes[activity_id](json.loads(content)))
        if activity_id not in self.stripped:
            return answer
        content = b"".join([chunk async for chunk in answer.stream])  # type: ignore[union-attr]  # it is asynchronous
        if parts[-1] == "streams":
            return httpx.Response(404, content=b"")
        detail = self.details.get(activity_id, lambda told: told)(json.loads(content))
        if self.stripped[activity_id]:
            detail["splits_metric"] = None
        return httpx.Response(200, json=detail)


@dataclass
class Sync:
    """The sync as the predictor puts it together."""

    service: SyncService
    schedule: SyncSchedule
    jobs: list[Job]
    strava: StravaClient
    ayda: AydaRunClient | None

    def start(self, session: Session, athlete_id: UUID) -> None:
        self.schedule.start(session, athlete_id)

    async def close(self) -> None:
        await self.strava.close()
        if self.ayda is not None:
            await self.ayda.close()


class World:
    def __init__(
        self, database: Database, clock: Clock, simulator: Simulator, sync: Sync, ayda: FakeAyda, **fakes: Any
    ) -> None:
        self.database = database
        self.clock = clock
        self.simulator = simulator
        self.sync = sync
        self.ayda = ayda
        self.queue: FakeQueue = fakes["queue"]
        self.profiles: FakeProfiles = fakes["profiles"]
        self.between: Between = fakes["between"]

    async def athlete(self, activities: int = 0, *, telegram_id: str = MEMBER, days: float = 240.0) -> tuple[UUID, int]:
        """A connected athlete with a past: our id and Strava's."""
        strava_id = self.simulator.add_athlete(activities=activities, history_days=days, specials=False)
        self.ayda.connect(telegram_id, strava_id)
        return await self.known(strava_id, telegram_id), strava_id

    async def known(self, strava_id: int, telegram_id: str = MEMBER) -> UUID:
        with self.database.transaction() as session:
            store = AthleteStore(session)
            athlete = store.find_or_create(telegram_id, self.clock())
            store.set_strava_id(athlete.id, strava_id, self.clock())
            never = dict.fromkeys(("activities_known", "activities_read", "outages"), 0)
            insert_if_absent(session, SyncStateRow, {"athlete_id": athlete.id, "status": "never", **never})
            return athlete.id

    async def run(self, athlete_id: UUID) -> Outcome:
        outcome = await self.sync.service.run(athlete_id)
        assert outcome is not None
        return outcome

    async def run_job(self, name: str, **args: Any) -> Snooze | None:
        """Runs a job once; the Snooze it asks for, if it does."""
        job: Job = next(job for job in self.sync.jobs if job.name == name)
        try:
            await job.run({key: str(value) for key, value in args.items()})
        except Snooze as snooze:
            return snooze
        return None

    async def state(self, athlete_id: UUID) -> SyncStateRow:
        with self.database.reading() as session:
            row = SyncStore(session).state(athlete_id)
        assert row is not None
        return row

    async def activities(self, athlete_id: UUID) -> dict[int, Activity]:
        with self.database.reading() as session:
            rows = SyncStore(session).newest(athlete_id, 10_000)
        return {row.strava_activity_id or 0: row for row in rows}

    def strip_streams(self, activity_id: int, *, splits: bool = False) -> None:
        """From now on Strava has no streams of this activity, and with `splits` no kilometres either."""
        self.between.stripped[activity_id] = splits

    def change_streams(self, activity_id: int, change: Callable[[Any], Any]) -> None:
        """From now on the streams of this activity arrive changed."""
        self.between.changes[activity_id] = change

    def change_details(self, activity_id: int, change: Callable[[Any], Any]) -> None:
        """From now on Strava has no streams of this activity, and its details arrive changed."""
        self.between.stripped[activity_id], self.between.details[activity_id] = False, change

    def restore_streams(self) -> None:
        self.between.stripped.clear()

    def reads(self, path: str = "/api/v3") -> int:
        return len(self.simulator.request_log.matching("GET", path))

    def stream_reads(self) -> list[int]:
        """The activities whose streams were asked for, in order."""
        asked = self.simulator.request_log.matching("GET", "/api/v3/activities/")
        return [int(entry.path.split("/")[4]) for entry in asked if entry.path.endswith("/streams")]


@asynccontextmanager
async def world(
    database: Database, settings: Settings, *, profiles: Any = None, **options: Any
) -> AsyncIterator[World]:
    """`options` are the simulator's, and `portions`."""
    clock, queue = Clock(), FakeQueue()
    portions: Portions = options.pop("portions", Portions())
    simulator = Simulator(now=clock, **options)
    ayda = FakeAyda(simulator, clock)
    between = Between(httpx.ASGITransport(create_app(simulator)))
    fake_profiles = profiles or FakeProfiles()
    source = open_ayda(settings, clock, httpx.MockTransport(ayda))
    tokens = OrderedTokenSource(source)
    strava, quota = open_strava(settings, database, clock, transport=between)
    schedule = SyncSchedule(queue, clock)  # type: ignore[arg-type]  # only `add` is used
    strava_of = partial(AthletesActivities, strava, tokens)
    memory = PathMemory(settings.vault, clock)
    syncs = AthleteSync(
        database, strava_of, fake_profiles.rebuild, schedule, memory=memory, now=clock, portions=portions
    )
    service = SyncService(database, syncs, schedule, quota, tokens, now=clock)
    jobs = sync_jobs(service, clock, visit_every_s=visit_every_s(settings, tokens))
    sync = Sync(service, schedule, jobs, strava, source)
    try:
        yield World(database, clock, simulator, sync, ayda, queue=queue, profiles=fake_profiles, between=between)
    finally:
        await sync.close()


async def tell(
    here: World,
    strava_id: int,
    activity_id: int,
    aspect: str = "create",
    *,
    telegram_id: str = MEMBER,
    updates: dict[str, str] | None = None,
) -> str:
    """ayda passes an event on."""
    event = StravaEvent(
        event_id=uuid4(),
        telegram_id=telegram_id,
        athlete_id=strava_id,
        object_type="activity",
        object_id=activity_id,
        aspect_type=aspect,  # type: ignore[arg-type]  # one of three
        updates=updates or {},
        event_time=int(here.clock().timestamp()),
    )
    service = EventService(here.sync.schedule.look, here.clock)
    with here.database.transaction() as session:
        return service.happened(session, event).status
