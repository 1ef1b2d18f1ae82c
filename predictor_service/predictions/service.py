"""From a request to a forecast, and into the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from kernel.contracts.prediction import AskedCourse, Mode, Prediction, PredictRequest
from kernel.forecast import Course, FittedProfile, Question, ask, forecast_to_wire, stated_flat_pace_s_per_km
from kernel.forecast.calibration import NO_PAST, Past
from kernel.pace.paths import Paths, paths_of
from kernel.tracks import RouteGeometry
from kernel.tracks.line import CourseLine
from predictor_service.errors import AmbiguousRoute, GuestProfileOfMember, PaceNeeded
from predictor_service.guests.seals import GuestSeals
from predictor_service.paths.memory import PathMemory
from predictor_service.predictions.courses import course_of, recognised_by
from predictor_service.predictions.entries import ledger_entry
from predictor_service.predictions.inputs import inputs_hash
from predictor_service.predictions.recording import ROUTE, Predicted, Recording, record
from predictor_service.profiles.service import ProfileOutdated, ProfileService
from predictor_service.profiles.store import Known
from predictor_service.races.service import RaceService
from predictor_service.routes.service import RouteService, elevation_of
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.web.sent_files import Sent, sent_text
from servicekit.web.track_files import FileReader
from servicekit.web.validation import malformed, strict_json, wrong_shape
from trackfiles.course import DrawnCourse
from trackfiles.questions import BodyRefused


@dataclass(frozen=True, slots=True, eq=False)
class NamedCourse:
    """A course, and what it was named by: in the words of the ledger, and in those of the answer.

    `line` is where it runs, of one that was brought along.
    """

    reference: str
    course: Course
    told: AskedCourse
    line: CourseLine | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and the course it brought along if that was read with it."""

    request: PredictRequest
    drawn: DrawnCourse | None = None


class PredictionService:
    """Predictions for anyone: personal where there is a profile, the population's where there is none."""

    def __init__(
        self,
        database: Database,
        profiles: ProfileService,
        routes: RouteService,
        races: RaceService,
        files: FileReader,
        *,
        guests: GuestSeals,
        memory: PathMemory,
        past: Callable[[Session, UUID, Mode], Past],
        now: Callable[[], datetime],
    ) -> None:
        """`past`: what came of an athlete's earlier forecasts."""
        self._database = database
        self._profiles = profiles
        self._routes = routes
        self._races = races
        self._files = files
        self._guests = guests
        self._memory = memory
        self._past = past
        self._recording = Recording(database)
        self._now = now

    async def asked(self, body: bytes | Sent) -> Asked:
        """The request in a body. Raises what a body of the wrong shape raises, and Busy, BadTrack or NoElevation."""
        if isinstance(body, bytes):
            return Asked(strict_json(body, PredictRequest))
        read = await self._files.predict_request(body)
        if isinstance(read, BodyRefused):
            raise wrong_shape(read.fault) if read.fault else malformed()
        return Asked(read.request, read.course)

    async def predict(self, asked: Asked, telegram_id: str) -> Predicted:
        """The forecast and its line for the ledger, not yet written.

        Raises AmbiguousRoute, RouteNotFound, RaceNotFound, Busy, BadTrack, NoElevation, CheckpointBeyondRoute,
        GoalImpossible, LengthImplausible, StartOutOfRange, ZoneNeeded, ZoneUnknown, PaceStatedTwice, ResultImplausible,
        GuestProfileOfMember and ErasedMeanwhile.
        """
        request = asked.request
        if request.profile is not None:
            raise GuestProfileOfMember
        drawn = await self._drawn(asked)

        def answer(session: Session) -> Predicted:
            return self._answer(session, request, telegram_id, drawn)

        try:
            return await self._database.read(answer, reckons=True)
        except ProfileOutdated as outdated:
            await self._profiles.renew(outdated)
        return await self._database.read(answer, reckons=True)

    async def predict_for_guest(self, asked: Asked) -> Prediction:
        """The forecast for somebody who names nobody, with the course's profile; nothing of it is kept.

        Raises PaceNeeded, BadGuestProfile and GuestProfileExpired, and as `predict`.
        """
        request = asked.request
        sealed, now = request.profile, self._now()
        known = None if sealed is None else await asyncio.to_thread(self._guests.open, sealed, request.mode, now)
        if known is None and request.flat_pace is None and request.result is None:
            raise PaceNeeded
        drawn = await self._drawn(asked)

        def answer(session: Session) -> Prediction:
            return self._answer_guest(session, request, known, drawn)

        return await self._database.read(answer, reckons=True)

    record = staticmethod(record)

    async def recorded(self, predicted: Predicted) -> Prediction:
        """As `record`, in a unit of work that it shares with what others ask for; raises the same."""
        return await self._recording.recorded(predicted)

    async def close(self) -> None:
        """Lets what is being written end."""
        await self._recording.close()

    def _answer_guest(
        self, session: Session, request: PredictRequest, known: FittedProfile | None, drawn: NamedCourse | None
    ) -> Prediction:
        named = drawn or self._stored(session, request)
        forecast = ask(named.course, _question(request), known)
        prediction = forecast_to_wire(forecast, str(uuid7()), named.course.warnings)
        return msgspec.structs.replace(prediction, course=named.told, elevation=elevation_of(named.course.route))

    def _answer(
        self, session: Session, request: PredictRequest, telegram_id: str, drawn: NamedCourse | None
    ) -> Predicted:
        """In the hop that reads: a forecast takes no longer than another hop would. Raises ProfileOutdated."""
        named = drawn or self._stored(session, request)
        known, profile = self._profiles.fitted(session, telegram_id, request.mode)
        past = NO_PAST if known is None or profile is None else self._past(session, known.athlete_id, request.mode)
        paths = None if known is None or profile is None else self._paths(session, named, known, profile)
        forecast = ask(named.course, _question(request), profile, past=past, paths=paths)
        prediction = forecast_to_wire(forecast, str(uuid7()), named.course.warnings)
        prediction = msgspec.structs.replace(prediction, course=named.told)
        entry = ledger_entry(request, named.reference, prediction, self._now())
        if known is not None:
            made_of = inputs_hash(named.course, _question(request), profile, past, paths)
            entry |= _of_athlete(request, named, known, past) | {"inputs_hash": made_of}
        return prediction, entry, known

    def _paths(self, session: Session, named: NamedCourse, known: Known, profile: FittedProfile) -> Paths | None:
        """Those of the course under the athlete's key; None where they say nothing to the profile, or nobody knows."""
        key = None if profile.paths is None else self._memory.key_of(session, known.athlete_id)
        if key is None:
            return None
        kind, _, name = named.reference.partition(":")
        line = self._routes.line(session, name) if kind == ROUTE else named.line
        return None if line is None else paths_of(line.lat_deg, line.lon_deg, key.key)

    async def _drawn(self, asked: Asked) -> NamedCourse | None:
        """The course that the request brings along, None when it names a stored one. Raises AmbiguousRoute."""
        request, drawn = asked.request, asked.drawn
        by_race = request.race_id is not None or request.distance_id is not None
        brought = request.gpx is not None or drawn is not None
        if sum((request.gpx_file_id is not None, by_race, brought)) != 1:
            raise AmbiguousRoute
        if request.track is not None and request.gpx is None:
            raise AmbiguousRoute
        if drawn is None and request.gpx is not None:
            drawn = await self._files.course(sent_text(request.gpx), request.track)
        if drawn is None:
            return None
        line = CourseLine.from_bytes(drawn.line)
        return NamedCourse(f"gpx:{drawn.digest}", drawn.course(), _told(drawn.name), line)

    def _stored(self, session: Session, request: PredictRequest) -> NamedCourse:
        if request.gpx_file_id is not None:
            route = self._routes.find(session, request.gpx_file_id)
            return NamedCourse(f"{ROUTE}:{route.id}", course_of(route), _told(route.name, route_id=route.id))
        if request.race_id is None or request.distance_id is None:
            raise AmbiguousRoute
        race, distance = self._races.find(session, request.race_id, request.distance_id)
        told = _told(f"{race.name}, {distance.name}", race_id=race.id, distance_id=distance.id)
        course = Course(RouteGeometry.from_bytes(distance.geometry), time_zone=race.time_zone)
        return NamedCourse(f"race_distance:{distance.id}", course, told)


def _question(request: PredictRequest) -> Question:
    return Question(
        mode=request.mode,
        effort=request.effort,
        flat_pace_s_per_km=stated_flat_pace_s_per_km(request),
        goal_s=request.goal_s,
        fade=request.fade,
        start_at=request.start_at,
        time_zone=request.time_zone,
        checkpoints=request.checkpoints,
        distance_m=request.distance_m,
        conditions=request.conditions,
    )


def _told(
    name: str | None, *, route_id: UUID | None = None, race_id: UUID | None = None, distance_id: UUID | None = None
) -> AskedCourse:
    ids = (None if each is None else str(each) for each in (route_id, race_id, distance_id))
    return AskedCourse(name, *ids)


def _of_athlete(request: PredictRequest, named: NamedCourse, known: Known, past: Past) -> dict[str, Any]:
    """What an outing is recognised and compared by."""
    return {
        "athlete_id": known.athlete_id,
        "stretch": past.stretch,
        "course_name": None if named.told.name is None else named.told.name[:200],
        "course": recognised_by(named.course.route, request.mode),
    }
