"""Provider states of the predictor's pacts: what must hold before an interaction is replayed against the real app.

Each takes `app.litestar.state.parts` of a running app and is run on that app's loop. Races need no state: the catalogue
is always there, with the ids of `predictor_service.races.catalogue`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from kernel.contracts.activity import Provenance
from predictor_service.activities.service import ActivityService
from predictor_service.athletes.models import Athlete
from predictor_service.athletes.store import AthleteStore
from predictor_service.parts import Parts
from predictor_service.races.catalogue import CATALOGUE
from predictor_service.routes.service import read_course
from predictor_service.routes.store import RouteStore
from tests.predictor.tracks import gpx

RACE_ID = str(CATALOGUE[0].id)
DISTANCE_ID = str(CATALOGUE[0].distance_id(CATALOGUE[0].distances[0]))
OUTINGS = 6


async def nothing_known(parts: Parts, telegram_id: str) -> None:
    """Nobody of this Telegram id was ever heard of."""
    with parts.database.transaction() as session:
        athlete = AthleteStore(session).by_telegram_id(telegram_id)
        if athlete is not None:
            session.delete(session.get_one(Athlete, athlete.id))


async def athlete_connected(parts: Parts, telegram_id: str, strava_athlete_id: int) -> None:
    """The athlete has connected Strava."""
    with parts.database.transaction() as session:
        store = AthleteStore(session)
        athlete = store.find_or_create(telegram_id, datetime(2026, 3, 1, tzinfo=UTC))
        store.set_strava_id(athlete.id, strava_athlete_id)


async def athlete_has_profile(
    parts: Parts, telegram_id: str, *, provenance: Provenance = "user_file", sport: str = "trail_run"
) -> None:
    """The athlete has a profile of six outings: `trail_run` or `run` for trail_run, `hike` or `walk` for hiking.

    With the provenance `strava_api` it may not be shown to others.
    """
    pace_s_per_km = 380.0 if sport in {"run", "trail_run"} else 800.0
    service: ActivityService = parts.activities
    for day in range(OUTINGS):
        started_at = datetime(2026, 3, 1, 6, 0, tzinfo=UTC) + timedelta(days=3 * day)
        file = gpx(pace_s_per_km=pace_s_per_km, length_m=6000.0 + 400 * day, started_at=started_at, sport=sport)
        read = await service.read(file, None)
        with parts.database.transaction() as session:
            service.add(session, read, telegram_id=telegram_id, provenance=provenance)


async def route_exists(parts: Parts, route_id: str) -> None:
    """A route of this id is stored."""
    course = replace(read_course(gpx()), content_hash=f"state-{route_id}")
    with parts.database.transaction() as session:
        if RouteStore(session).by_id(UUID(route_id)) is None:
            RouteStore(session).keep(course, UUID(route_id), datetime(2026, 3, 1, tzinfo=UTC))
