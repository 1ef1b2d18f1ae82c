"""What answers questions about courses: built together, as each needs some of the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

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
