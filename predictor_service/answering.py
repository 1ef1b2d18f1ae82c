"""What answers questions about courses: built together, as each needs some of the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from kernel.forecast import Question, ask, course_of, forecast_to_wire
from kernel.tracks import read_gpx
from predictor_service.accuracy.service import LedgerService
from predictor_service.distributions.service import DistributionService
from predictor_service.guests.seals import GuestSeals
from predictor_service.guests.service import GuestProfileService
from predictor_service.paths.memory import PathMemory
from predictor_service.paths.service import PathChoices
from predictor_service.predictions.service import PredictionService
from predictor_service.profiles.service import ProfileService
from predictor_service.races.service import RaceService
from predictor_service.routes.models import LINE_KEY
from predictor_service.routes.service import RouteService
from predictor_service.settings import Settings
from servicekit.base.file_seals import FileSeals
from servicekit.data.database import Database
from servicekit.web.track_files import FileReader
from trackfiles.rehearsal import rehearsal_course

_START: Final = datetime(2026, 6, 13, 6, 0)  # noqa: DTZ001 - on the clock at the course, whose zone is looked up
_PACE_S_PER_KM: Final = 330.0


class Answering(NamedTuple):
    """What answers questions about courses, by the names of `Parts`."""

    distributions: DistributionService
    guests: GuestProfileService
    paths: PathChoices
    predictions: PredictionService
    races: RaceService
    routes: RouteService


def answering(
    settings: Settings,
    database: Database,
    files: FileReader,
    profiles: ProfileService,
    ledger: LedgerService,
    *,
    memory: PathMemory,
    now: Callable[[], datetime],
) -> Answering:
    """Built from the parts that they share."""
    races, routes = RaceService(database), RouteService(database, files, FileSeals(settings.vault, LINE_KEY), now)
    seals = GuestSeals(settings.vault)
    return Answering(
        distributions=DistributionService(database, profiles, routes, now=now),
        guests=GuestProfileService(files, seals, now=now),
        paths=PathChoices(memory, profiles.rebuild, now),
        predictions=PredictionService(
            database, profiles, routes, races, files, guests=seals, memory=memory, past=ledger.past, now=now
        ),
        races=races,
        routes=routes,
    )


def rehearse_forecast() -> None:
    """Loads what a forecast loads on first use: tables of the sun, the borders of time zones.

    It asks no database and keeps nothing.
    """
    course, _ = course_of(read_gpx(rehearsal_course()))
    question = Question(flat_pace_s_per_km=_PACE_S_PER_KM, start_at=_START)
    forecast_to_wire(ask(course, question, None), "", course.warnings)
