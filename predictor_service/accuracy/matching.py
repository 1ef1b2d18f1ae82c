"""Which forecast an outing answers: made before it, due by then, and of a course like the one it went along."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from kernel.pace.features import ActivityFeatures
from kernel.pace.same_course import CourseFeatures, unlikeness, went_along

WAITED_FOR: Final = timedelta(days=14)
"""An outing so long after a forecast without a start is no answer to it: of more outings, more look like it."""
ROUND_THE_START: Final = timedelta(hours=18)
"""Where a start was said: a race is postponed by hours, and somebody else's clock is wrong by less than a day."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A forecast that was compared with nothing yet; `course` is None where it cannot be recognised."""

    prediction_id: UUID
    route_ref: str
    mode: str
    course: CourseFeatures | None
    start_at: datetime | None
    created_at: datetime

    def is_due_at(self, moment: datetime) -> bool:
        """Whether an outing that began then may be what was asked about."""
        if moment < self.created_at:
            return False
        if self.start_at is not None:
            return abs(moment - self.start_at) <= ROUND_THE_START
        return moment - self.created_at <= WAITED_FOR


@dataclass(frozen=True, slots=True)
class Went:
    """An outing of the athlete."""

    activity_id: UUID
    started_at: datetime
    elapsed_s: float
    distance_m: float
    features: ActivityFeatures


def answered(forecasts: Sequence[Unanswered], outings: Sequence[Went]) -> Iterator[tuple[Unanswered, Went]]:
    """Each outing with the forecast it answers, in the order of their starts; neither is given twice.

    Of courses that are alike the nearest is meant, and of forecasts of one course the last one before the start: who
    asks again wants to hear something newer.
    """
    left = list(forecasts)
    for outing in sorted(outings, key=lambda each: (each.started_at, each.activity_id)):
        alike = [
            (unlikeness(each.course, outing.features), each)
            for each in left
            if each.course is not None
            and each.is_due_at(outing.started_at)
            and went_along(each.course, outing.features)
        ]
        if not alike:
            continue
        _, nearest = min(alike, key=lambda pair: (pair[0], pair[1].prediction_id))
        same = [each for _, each in alike if each.route_ref == nearest.route_ref]
        meant = max(same, key=lambda each: (each.created_at, each.prediction_id))
        left.remove(meant)
        yield meant, outing
