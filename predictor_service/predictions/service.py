"""From a request to a forecast, and into the ledger."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.contracts.prediction import Prediction, PredictRequest
from kernel.forecast import Course, Question, ask, forecast_to_wire
from kernel.tracks import RouteGeometry
from predictor_service.errors import AmbiguousRoute, StartOutOfRange
from predictor_service.predictions.store import LedgerStore
from predictor_service.profiles.service import ProfileOutdated, ProfileService
from predictor_service.races.service import RaceService
from predictor_service.routes.service import RouteService, course_of_gpx, stored_course
from servicekit.data.columns import uuid7
from servicekit.data.database import Database

NamedCourse: TypeAlias = tuple[str, Course]
"""What a course was named by, in the words of the ledger, and the course."""


class PredictionService:
    """Predictions for anyone: personal where there is a profile, the population's where there is none."""

    def __init__(
        self,
        database: Database,
        profiles: ProfileService,
        routes: RouteService,
        races: RaceService,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._profiles = profiles
        self._routes = routes
        self._races = races
        self._now = now

    async def predict(self, request: PredictRequest) -> tuple[Prediction, Mapping[str, Any]]:
        """The forecast and its line for the ledger, not yet written.

        Raises AmbiguousRoute, RouteNotFound, RaceNotFound, BadGpx, NoElevation, CheckpointBeyondRoute, GoalImpossible
        and StartOutOfRange.
        """
        _check_start(request.start_at)
        drawn = await _drawn(request)
        try:
            return await self._database.read(lambda session: self._answer(session, request, drawn))
        except ProfileOutdated as outdated:
            await self._profiles.renew(outdated)
        return await self._database.read(lambda session: self._answer(session, request, drawn))

    @staticmethod
    def record(session: Session, predicted: tuple[Prediction, Mapping[str, Any]]) -> Prediction:
        """Writes the prediction into the ledger and gives it out."""
        prediction, entry = predicted
        LedgerStore(session).add(entry)
        return prediction

    def _answer(
        self, session: Session, request: PredictRequest, drawn: NamedCourse | None
    ) -> tuple[Prediction, Mapping[str, Any]]:
        """In the hop that reads: a forecast takes no longer than another hop would. Raises ProfileOutdated."""
        reference, course = drawn or self._stored(session, request)
        athlete_id, profile = self._profiles.fitted(session, request.telegram_id, request.mode)
        forecast = ask(course, _question(request), profile)
        prediction = forecast_to_wire(forecast, str(uuid7()))
        return prediction, _ledger_entry(request, reference, athlete_id, prediction, self._now())

    def _stored(self, session: Session, request: PredictRequest) -> NamedCourse:
        if request.gpx_file_id is not None:
            route = self._routes.find(session, request.gpx_file_id)
            return f"route:{route.id}", stored_course(route)
        if request.race_id is None or request.distance_id is None:
            raise AmbiguousRoute
        distance = self._races.find(session, request.race_id, request.distance_id)
        return f"race_distance:{distance.id}", Course(RouteGeometry.from_bytes(distance.geometry))


async def _drawn(request: PredictRequest) -> NamedCourse | None:
    """The course that the request brings along, None when it names a stored one. Raises AmbiguousRoute."""
    by_race = request.race_id is not None or request.distance_id is not None
    if sum((request.gpx_file_id is not None, by_race, request.gpx is not None)) != 1:
        raise AmbiguousRoute
    if request.gpx is None:
        return None
    content = request.gpx.encode()
    course = await asyncio.to_thread(course_of_gpx, content)
    return f"gpx:{hashlib.sha256(content).hexdigest()}", course


def _question(request: PredictRequest) -> Question:
    return Question(
        mode=request.mode,
        effort=request.effort,
        flat_pace_s_per_km=request.flat_pace,
        goal_s=request.goal_s,
        fade=request.fade,
        start_at=request.start_at,
        checkpoints=request.checkpoints,
    )


def _check_start(start_at: datetime | None) -> None:
    if start_at is None:
        return
    if start_at.tzinfo is None:
        raise StartOutOfRange
    try:
        start_at.astimezone(UTC)
    except OverflowError:
        raise StartOutOfRange from None


def _ledger_entry(
    request: PredictRequest, reference: str, athlete_id: UUID | None, prediction: Prediction, now: datetime
) -> dict[str, Any]:
    return {
        "id": UUID(prediction.prediction_id),
        "athlete_id": athlete_id,
        "mode": request.mode,
        "route_ref": reference,
        "distance_m": prediction.route.distance_m,
        "gain_m": prediction.route.gain_m,
        "p10_s": prediction.interval.p10_s,
        "p50_s": prediction.interval.p50_s,
        "p90_s": prediction.interval.p90_s,
        "personalized": prediction.personalized,
        "model": prediction.model,
        "start_at": request.start_at,
        "created_at": now,
    }
