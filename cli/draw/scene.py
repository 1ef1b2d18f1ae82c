"""What a picture of a prediction shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cli.along import clock
from cli.course import Course
from cli.predicting import Answer, Night


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """An answer with the course it is for; without a `start` only durations are known."""

    course: Course
    answer: Answer
    start: datetime | None
    nights: tuple[Night, ...] = ()

    def time_of_day(self, after_s: float) -> str:
        """The moment so long after the start without its day, nothing for what lies before the start."""
        return clock(self.start, after_s).partition("+")[0] if after_s >= 0 else ""

    def date(self, after_s: float) -> str:
        """The day, `14.06`, where the start is known, else hours."""
        if self.start is None or after_s < 0:
            return self.time_of_day(after_s)
        return f"{self.start + timedelta(seconds=after_s):%d.%m}"
