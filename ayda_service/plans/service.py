"""A member's own prediction as something to take along."""

from __future__ import annotations

import asyncio
from typing import Final, Literal

from ayda_service.chats.store import ChatStore
from ayda_service.errors import RefusedByPredictor
from ayda_service.plans.kept import KeptCards
from ayda_service.plans.making import NEEDS_GROUND, Kind, PlanMaker, name_of
from ayda_service.predictions.service import PredictionService
from kernel.contracts.prediction import Prediction
from languages.voice import Voice
from servicekit.data.database import Database
from takealong.course import Ground, ground_told

FileKind = Literal["plan.gpx", "plan.csv", "course.tcx"]
_CARD: Final = "card.png"
_GONE: Final = frozenset({"route_not_found", "race_not_found"})


class PlanService:
    """Cards, files and sheets, each for who owns the prediction: anybody else gets PredictionNotFound."""

    def __init__(self, database: Database, predictions: PredictionService) -> None:
        self.predictions = predictions
        self._database = database
        self.maker = PlanMaker()
        self._cards = KeptCards()

    def forget(self, telegram_id: int) -> None:
        """Drops what was drawn for a member. May be called from any thread."""
        self._cards.forget(telegram_id)

    async def close(self) -> None:
        """Ends the process that draws."""
        await self.maker.close()

    async def card(self, telegram_id: int, prediction_id: str) -> bytes:
        """The card as PNG, without an outline where nobody knows the course any more. Raises DrawingBusy."""
        prediction = await self.predictions.prediction(telegram_id, prediction_id)
        voice = await self._voice(telegram_id)
        name = f"{prediction.prediction_id} {voice.language} {voice.units}"
        kept = self._cards.find(telegram_id, name)
        if kept is not None:
            return kept
        drawn = await self.maker.make(_CARD, prediction, await self._ground_if_known(prediction), voice)
        await self.predictions.prediction(telegram_id, prediction_id)  # or it was erased meanwhile
        self._cards.keep(telegram_id, name, drawn)
        return drawn

    async def file(self, telegram_id: int, prediction_id: str, kind: Kind) -> bytes:
        """One of all these, by its name. Raises DrawingBusy, CourseNotKept or RefusedByPredictor."""
        if kind == _CARD:
            return await self.card(telegram_id, prediction_id)
        prediction = await self.predictions.prediction(telegram_id, prediction_id)
        ground = await self._ground(prediction) if kind in NEEDS_GROUND else ground_told(name_of(prediction))
        return await self.maker.make(kind, prediction, ground, await self._voice(telegram_id))

    async def _voice(self, telegram_id: int) -> Voice:
        """As the member is spoken to in their own chat."""
        return await self._database.read(lambda session: ChatStore(session).voice(telegram_id))

    async def _ground_if_known(self, prediction: Prediction) -> Ground:
        """Without its profile and places where the course is gone: the times are still good."""
        try:
            return await self._ground(prediction)
        except RefusedByPredictor as refused:
            if refused.problem.code not in _GONE:
                raise
            return ground_told(name_of(prediction))

    async def _ground(self, prediction: Prediction) -> Ground:
        course, name = prediction.course, name_of(prediction)
        if course is not None and course.route_id is not None:
            track = await self.predictions.track(course.route_id)
            return await asyncio.to_thread(ground_told, name, track.elevation, track.points)
        if course is not None and course.race_id is not None and course.distance_id is not None:
            race = await self.predictions.race_course(course.race_id, course.distance_id)
            return ground_told(name, race.elevation)
        return ground_told(name)
