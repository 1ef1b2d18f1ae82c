"""Times in an answer: seconds with their margin, a plan to reach a goal, the sun over a route."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

WholeNumber = int | float
"""Whole where it is made; what older versions made and somebody stored may have a fraction."""

GoalTime = Annotated[float, msgspec.Meta(gt=0, le=10_000_000)]
"""Seconds from start to finish, stops included."""

Fade = Annotated[float, msgspec.Meta(ge=-0.5, le=1.0)]
"""How much slower the second half is than the first at equal effort per metre: 0.05 is 5 %."""

Sun = Literal["rises_and_sets", "never_sets", "never_rises"]


class QuantilesS(msgspec.Struct, frozen=True):
    """Seconds at the 10th, 50th and 90th percentile."""

    p10: int
    p50: int
    p90: int


class WholeClimb(msgspec.Struct, frozen=True):
    """A whole climb, over short flats and dips; `gradient` is its net rise over run."""

    from_m: float
    to_m: float
    gain_m: float
    gradient: float
    time_s: QuantilesS


class PlanSplit(msgspec.Struct, frozen=True):
    """One kilometre of a plan. `time_s` includes `stop_s`, the pace does not.

    `elapsed_s` is the clock at its end, before a stop planned there.
    """

    from_m: float
    to_m: float
    time_s: int
    stop_s: int
    pace_s_per_km: float
    elapsed_s: int


class Plan(msgspec.Struct, frozen=True):
    """Even effort to a goal; the times of the splits add up to `goal_s`.

    `p_reach` is the chance to be at the finish by then at the effort asked for; `percentile` says how many in a hundred
    of the athlete's own times, at whatever effort, would be at most that; `expected_s` is the median to compare with.
    """

    goal_s: int
    fade: float
    p_reach: float
    percentile: float
    expected_s: int
    splits: list[PlanSplit]


class TurnAround(msgspec.Struct, frozen=True):
    """The last place and moment to turn and be back at the start by civil dusk, nine times in ten."""

    at_m: float
    by: datetime


class DarkStretch(msgspec.Struct, frozen=True):
    """One night on the way, on the median day: from dusk, or the start, to dawn, or the finish."""

    begins: datetime
    ends: datetime
    from_m: float
    to_m: float


class Daylight(msgspec.Struct, frozen=True):
    """The sun at the start of the route; instants in UTC, of the day of the start unless said otherwise.

    `civil_dusk` is the first one after the start, when the sun is 6 degrees below the horizon; dark is from there to
    civil dawn. Null where the sun does no such thing: `sun` says what it does on that day. `latest_start` is the last
    one that ends before that dusk nine times in ten. `turn_around` is null where nobody need turn to be back by then,
    or could: in the dark, and beyond the middle, where the way back is the longer one. `nights` are all that are met.
    """

    sun: Sun
    sunrise: datetime | None
    sunset: datetime | None
    civil_dusk: datetime | None
    dark_s: QuantilesS
    finish_before_dark_p: float
    latest_start: datetime | None
    turn_around: TurnAround | None
    nights: list[DarkStretch] = []
