"""Provider states of the predictor's pacts: what must hold before an interaction is replayed against the real app.

Each takes `app.litestar.state.parts` of a running app and is run on that app's loop. Races need no state: the catalogue
is always there, with the ids of `predictor_service.races.catalogue`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import delete
from sqlalchemy.orm import Session

from kernel.contracts.accuracy import Learned
from kernel.contracts.activity import ImportStatus, Provenance, SportTag
from kernel.pace import SplitSample, features_of_splits
from predictor_service.accuracy.models import Comparison
from predictor_service.activities.listed import StravaActivityRow
from predictor_service.activities.models import Activity
from predictor_service.activities.service import ActivityService
from predictor_service.activities.store import ActivityStore
from predictor_service.athletes.store import AthleteStore
from predictor_service.imports.models import ImportRow
from predictor_service.imports.store import ImportStore
from predictor_service.parts import Parts
from predictor_service.predictions.models import LedgerEntry
from predictor_service.races.catalogue import CATALOGUE
from predictor_service.routes.models import StoredRoute
from predictor_service.routes.store import RouteStore
from predictor_service.sight.models import AlarmRow
from predictor_service.sync.store import SyncStore
from servicekit.data.columns import uuid7
from servicekit.web.sent_files import sent_text
from tests.predictor.tracks import gpx
from trackfiles.course import drawn_course_of

RACE_ID = str(CATALOGUE[0].id)
DISTANCE_ID = str(CATALOGUE[0].distance_id(CATALOGUE[0].distances[0]))
OUTINGS = 6
SYNC_BEGAN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
GOES_ON = datetime(2099, 3, 2, 12, 0, tzinfo=UTC)


async def nothing_known(parts: Parts, telegram_id: str) -> None:
    """Nobody of this Telegram id was ever heard of, nor answered."""
    await parts.erasure.erase(telegram_id)


async def athlete_connected(parts: Parts, telegram_id: str, strava_athlete_id: int) -> None:
    """The athlete has connected Strava."""
    with parts.database.transaction() as session:
        store = AthleteStore(session)
        athlete = store.find_or_create(telegram_id, datetime(2026, 3, 1, tzinfo=UTC))
        store.set_strava_id(athlete.id, strava_athlete_id, athlete.created_at)


async def sync_stands(parts: Parts, telegram_id: str, strava_athlete_id: int, status: str) -> None:
    """The athlete has connected Strava, and the sync of what they have there is in this state."""
    await athlete_connected(parts, telegram_id, strava_athlete_id)
    begun = status != "queued"
    over = status in {"success", "failed"}
    values = {
        "status": status,
        "activities_known": 120 if begun else 0,
        "activities_read": 37 if begun else 0,
        "started_at": SYNC_BEGAN if begun else None,
        "finished_at": SYNC_BEGAN + timedelta(minutes=3) if over else None,
        "detail": "Strava was away." if status in {"waiting", "failed"} else None,
        "code": "strava_unavailable" if status in {"waiting", "failed"} else None,
        "retry_at": GOES_ON if status == "waiting" else None,
    }
    with parts.database.transaction() as session:
        athlete = AthleteStore(session).find_or_create(telegram_id, SYNC_BEGAN)
        store = SyncStore(session)
        store.ask(athlete.id, SYNC_BEGAN)
        store.show(athlete.id, **values)
        if status == "success":
            typed_in = StravaActivityRow(7, "Run", "run", SYNC_BEGAN, 8000.0, 2880.0, 2880.0, 0.0, "typed_in")
            ActivityStore(session).upsert_strava(athlete.id, [typed_in])
            run = uuid7()
            store.open_run(run, athlete.id, SYNC_BEGAN)
            session.flush()
            store.show_run(run, status=status, finished_at=values["finished_at"])


async def athlete_has_profile(
    parts: Parts,
    telegram_id: str,
    *,
    provenance: Provenance = "user_file",
    sport: str = "trail_run",
    outings: int = OUTINGS,
) -> None:
    """The athlete has a profile of six outings, or of so many.

    `trail_run` or `run` are for trail_run, `hike` or `walk` for hiking.

    With the provenance `strava_api` it may not be shown to others.
    """
    pace_s_per_km = 380.0 if sport in {"run", "trail_run"} else 800.0
    service: ActivityService = parts.activities
    for day in range(outings):
        started_at = datetime(2026, 3, 1, 6, 0, tzinfo=UTC) + timedelta(days=3 * day)
        file = gpx(pace_s_per_km=pace_s_per_km, length_m=6000.0 + 400 * day, started_at=started_at, sport=sport)
        read = await service.read(sent_text(file.decode()), None)
        with parts.database.transaction() as session:
            seen = AthleteStore(session).seen(telegram_id)
            service.add(session, read, telegram_id=telegram_id, seen=seen, provenance=provenance)


async def route_exists(parts: Parts, route_id: str, *, of_long_ago: bool = False) -> None:
    """A route of this id is stored; one of long ago without a name, and without what is kept since."""
    drawn = msgspec.structs.replace(drawn_course_of(gpx()), digest=f"state-{route_id}")
    course = parts.routes.row_of(drawn)
    with parts.database.transaction() as session:
        store = RouteStore(session)
        if store.by_id(UUID(route_id)) is None:
            store.keep(course, UUID(route_id), datetime(2026, 3, 1, tzinfo=UTC))
        row = session.get_one(StoredRoute, UUID(route_id))
        for name in ("name", "time_zone", "line", "line_key"):
            setattr(row, name, None if of_long_ago else getattr(course, name))


async def athlete_has_recording(parts: Parts, telegram_id: str, content: bytes, provenance: Provenance) -> None:
    """The athlete has this recording, wherever it came from."""
    read = await parts.activities.read(sent_text(content.decode()), "run")
    with parts.database.transaction() as session:
        seen = AthleteStore(session).seen(telegram_id)
        parts.activities.add(session, read, telegram_id=telegram_id, seen=seen, provenance=provenance)


async def import_stands(parts: Parts, telegram_id: str, import_id: str, status: ImportStatus) -> None:
    """The athlete has an import of this id: half read, read but for a ride, or given up."""
    begun_at = datetime(2026, 3, 1, tzinfo=UTC)
    over = {"finished_at": begun_at + timedelta(minutes=1)} if status in {"done", "failed"} else {}
    counts = {"files_total": 8, "files_read": 8 if status == "done" else 3, "added": 2, "duplicates": 1}
    said = {"dropped": '{"other_sport":1}'} if status == "done" else {}
    why = {"detail": "Reading the archive stopped."} if status == "failed" else {}
    with parts.database.transaction() as session:
        athlete = AthleteStore(session).find_or_create(telegram_id, begun_at)
        row = ImportRow(id=UUID(import_id), athlete_id=athlete.id, digest="state", created_at=begun_at, status=status)
        for name, value in {**counts, **over, **said, **why}.items():
            setattr(row, name, value)
        ImportStore(session).add(row)


COMPARED_AT = datetime(2026, 5, 26, 12, 0, tzinfo=UTC)


def state_id(number: int) -> UUID:
    """Forecasts count from 1, their outings from 101."""
    return UUID(f"018f6b2a-0000-7000-8000-0000000c{number:04d}")


async def outings_compared(
    parts: Parts, telegram_id: str, outcomes: int = 6, *, newest_at: datetime = COMPARED_AT
) -> None:
    """So many of the athlete's outings are compared, the second newest a hike; the newest (190) is not.

    It may answer the forecast 90, and nothing the forecast 91.
    """
    with parts.database.transaction() as session:
        athlete = AthleteStore(session).find_or_create(telegram_id, datetime(2026, 3, 1, tzinfo=UTC))
        numbers = [*range(1, outcomes + 1), 90, 91]
        session.add_all([_forecast(athlete.id, number, newest_at) for number in numbers])
        session.add_all([_outing(athlete.id, number, newest_at) for number in [*range(1, outcomes + 1), 90]])
        session.flush()
        session.add_all([_comparison(athlete.id, number, newest_at) for number in range(1, outcomes + 1)])


def _gone_at(number: int, newest_at: datetime) -> datetime:
    return newest_at - timedelta(days=number) if number < 90 else newest_at


def _mode(number: int) -> str:
    return "hiking" if number in {2, 91} else "trail_run"


def _forecast(athlete_id: UUID, number: int, newest_at: datetime) -> LedgerEntry:
    return LedgerEntry(
        id=state_id(number), athlete_id=athlete_id, mode=_mode(number), route_ref=f"gpx:{number}", distance_m=8000.0,
        gain_m=300.0, p10_s=2700, p50_s=3000, p90_s=3300, personalized=True, model="pace-curve/2", start_at=None,
        created_at=_gone_at(number, newest_at) + timedelta(hours=24 if number == 91 else -24), effort="moderate",
        elapsed_p10_s=2800, elapsed_p50_s=3120, elapsed_p90_s=3500, stretch=1.0, inputs_hash="0" * 64,
        course_name=None if number in {2, 91} else "Made-up hills", course=None,
    )  # fmt: skip


def _outing(athlete_id: UUID, number: int, newest_at: datetime) -> Activity:
    splits = [SplitSample(1000.0, 380.0, 20.0 * (-1) ** n) for n in range(8)]
    features = features_of_splits(splits, "trail_run", _gone_at(number, newest_at), 3040.0, 3100.0)
    return Activity(
        id=state_id(100 + number), athlete_id=athlete_id, provenance="user_file", content_hash=f"state-{number}",
        sport_type="trail_run", sport="trail_run", started_at=_gone_at(number, newest_at), distance_m=8000.0,
        moving_time_s=3040.0, elapsed_time_s=3100.0, gain_m=300.0, features=features.to_bytes(),
        features_source="file", read_at=_gone_at(number, newest_at),
    )  # fmt: skip


def _comparison(athlete_id: UUID, number: int, newest_at: datetime) -> Comparison:
    taught = {1: Learned(0.001, -0.02, -0.01), 2: None}.get(number, Learned(None, None, None))
    return Comparison(
        prediction_id=state_id(number), athlete_id=athlete_id, activity_id=state_id(100 + number),
        mode=_mode(number), linked=number == 2, started_at=_gone_at(number, newest_at), moving_s=3040.0,
        elapsed_s=3100.0,
        moving_ratio=3000 / 3040, elapsed_ratio=3120 / 3100, moving_held=True, elapsed_held=True, score=0.2,
        learned=None if taught is None else msgspec.json.encode(taught).decode(), compared_at=newest_at,
    )  # fmt: skip


async def alarms_hold(parts: Parts, *names: str) -> None:
    """These have held for ten minutes, and no others."""

    def write(session: Session) -> None:
        session.execute(delete(AlarmRow))
        now = datetime.now(UTC).replace(microsecond=0)
        for name in names:
            since = now - timedelta(minutes=10)
            session.add(AlarmRow(name=name, figure=812.5, since=since, seen_at=now, told=False))

    await parts.database.write(write)


KNOWN_FROM = 201


async def outings_known(parts: Parts, telegram_id: str, count: int, *, apart: timedelta = timedelta(days=1)) -> None:
    """So many outings of the athlete, the newest first: one that counts, one switched off, one without heights, one
    that is still to be read, and others that count."""
    with parts.database.transaction() as session:
        athlete = AthleteStore(session).find_or_create(telegram_id, datetime(2026, 3, 1, tzinfo=UTC))
        session.add_all([_known(athlete.id, number, apart) for number in range(count)])


def _known(athlete_id: UUID, number: int, apart: timedelta) -> Activity:
    started_at = COMPARED_AT - number * apart
    splits = [SplitSample(1000.0, 380.0, 20.0 * (-1) ** n) for n in range(8)]
    packed = features_of_splits(splits, "trail_run", started_at, 3040.0, 3100.0).to_bytes()
    sport: SportTag = ("trail_run", "run", "hike", "walk")[number] if number < 4 else "trail_run"
    bare = number in {2, 3}
    return Activity(
        id=state_id(KNOWN_FROM + number), athlete_id=athlete_id, provenance="user_file",
        content_hash=f"known-{number}", sport_type=sport, sport=sport, started_at=started_at, distance_m=8000.0,
        moving_time_s=3040.0, elapsed_time_s=3100.0, gain_m=300.0, features=None if bare else packed,
        features_source=None if bare else "file", read_at=None if number == 3 else started_at,
        left_out="no_heights" if number == 2 else None, switched_off_at=started_at if number == 1 else None,
    )  # fmt: skip
