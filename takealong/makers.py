"""What takes long to make, by name, for who has it made in another process: these names load nothing themselves."""

# ruff: noqa: PLC0415 - see above

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kernel.contracts.prediction import Prediction
from takealong.along import Timeline
from takealong.card.scene import Card
from takealong.course import Points


@dataclass(frozen=True, slots=True, eq=False)
class Voyage:
    """A course with its times: all that a file for a watch or a planner is made of."""

    name: str
    points: Points
    prediction: Prediction
    timeline: Timeline
    start: datetime | None


def drawn_card(card: Card) -> bytes:
    """The card as PNG."""
    from takealong.card.sheet import card_png

    return card_png(card)


def gpx_of(voyage: Voyage) -> bytes:
    """The plan as GPX."""
    from takealong.plan_gpx import plan_gpx

    text = plan_gpx(voyage.name, voyage.points, voyage.prediction, voyage.timeline, voyage.start)
    return text.encode()


def tcx_of(voyage: Voyage) -> bytes:
    """The course as TCX."""
    from takealong.course_tcx import course_tcx

    text = course_tcx(voyage.name, voyage.points, voyage.prediction, voyage.timeline, voyage.start)
    return text.encode()
