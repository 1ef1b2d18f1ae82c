"""What a picture of a prediction shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cli.along import Timeline, clock
from kernel.contracts.prediction import Prediction
from kernel.tracks import FloatArray, RouteGeometry


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A prediction with the route it is for.

    `s_per_km` has one pace per segment of the route; without a `start` only durations are known.
    """

    title: str
    route: RouteGeometry
    s_per_km: FloatArray
    prediction: Prediction
    timeline: Timeline
    start: datetime | None
    nights: tuple[tuple[datetime, datetime], ...] = ()

    def nights_s(self) -> list[tuple[float, float]]:
        """The dark hours, in seconds after the start."""
        start = self.start
        if start is None:
            return []
        return [((dusk - start).total_seconds(), (dawn - start).total_seconds()) for dusk, dawn in self.nights]

    def clock(self, after_s: float) -> str:
        """The moment so long after the start."""
        return clock(self.start, after_s)

    def time_of_day(self, after_s: float) -> str:
        """The same without the day, nothing for what lies before the start."""
        return self.clock(after_s).partition("+")[0] if after_s >= 0 else ""

    def date(self, after_s: float) -> str:
        """The day, `14.06`, where the start is known, else hours."""
        if self.start is None or after_s < 0:
            return self.time_of_day(after_s)
        return f"{self.start + timedelta(seconds=after_s):%d.%m}"
