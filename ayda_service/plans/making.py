"""What is made of an answer and the ground it is about, whoever asked for it."""

from __future__ import annotations

import asyncio
from typing import Final, Literal

from ayda_service.errors import CourseNotKept
from ayda_service.plans.drawing import DrawingProcess
from kernel.contracts.prediction import Prediction
from languages.voice import Voice
from takealong.along import Timeline, start_of, timeline_of
from takealong.card.scene import Card, card_of
from takealong.card.spoken import spoken_card
from takealong.course import Ground, ground_told
from takealong.crew_sheet import crew_html
from takealong.makers import Voyage, drawn_card, gpx_of, tcx_of
from takealong.plan import planned_timeline
from takealong.plan_csv import plan_csv

Kind = Literal["card.png", "plan.gpx", "plan.csv", "course.tcx", "crew.html"]
NEEDS_GROUND: Final[frozenset[Kind]] = frozenset({"card.png", "plan.gpx", "course.tcx"})
"""All else is made of the answer alone."""


class PlanMaker:
    """Makes cards, files and sheets. Close it."""

    def __init__(self) -> None:
        self.drawing = DrawingProcess()

    async def close(self) -> None:
        """Ends the process that draws."""
        await self.drawing.close()

    async def make(self, kind: Kind, prediction: Prediction, ground: Ground, voice: Voice) -> bytes:
        """One of them, by its name. Raises DrawingBusy, and CourseNotKept where a file needs points."""
        ground = ground.of_length(prediction.route.distance_m)
        if kind == "card.png":
            return await self.drawing.make(drawn_card, await asyncio.to_thread(_card, prediction, ground, voice))
        if kind == "plan.gpx":
            return await self.drawing.make(gpx_of, _voyage(prediction, ground))
        if kind == "course.tcx":
            return await self.drawing.make(tcx_of, _voyage(prediction, ground))
        if kind == "plan.csv":
            return (await asyncio.to_thread(_csv, prediction)).encode()
        return (await asyncio.to_thread(_crew, prediction, voice)).encode()


def name_of(prediction: Prediction) -> str | None:
    """Of the course an answer is about."""
    return None if prediction.course is None else prediction.course.name


def _voyage(prediction: Prediction, ground: Ground) -> Voyage:
    if ground.points is None:
        raise CourseNotKept
    return Voyage(ground.name, ground.points, prediction, _timeline(prediction), start_of(prediction))


def _csv(prediction: Prediction) -> str:
    return plan_csv(prediction, _timeline(prediction), start_of(prediction))


def _crew(prediction: Prediction, voice: Voice) -> str:
    name = ground_told(name_of(prediction)).name
    return crew_html(name, prediction, _timeline(prediction), start_of(prediction), voice)


def _timeline(prediction: Prediction) -> Timeline:
    return planned_timeline(prediction, timeline_of(prediction))


def _card(prediction: Prediction, ground: Ground, voice: Voice) -> Card:
    return card_of(prediction, ground, spoken_card(prediction, ground, voice))
