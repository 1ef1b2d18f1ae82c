"""How much of a route falls into the dark, and where to turn around to be back before it."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import Final

import numpy as np

from kernel.contracts.times import DarkStretch, Daylight, QuantilesS, Sun, TurnAround
from kernel.forecast.checkpoints import Way
from kernel.forecast.distribution import Z90
from kernel.forecast.elapsed import Clock
from kernel.forecast.sun import CIVIL_DEG, FIRST_YEAR, HORIZON_DEG, LAST_YEAR, Place, Sky, sky_over
from kernel.pace.population import log_relative_pace
from kernel.tracks.track import FloatArray

_DAY_S: Final = 86_400.0
_LATE: Final = Z90
"""Nine days in ten are no worse than this score."""


def daylight_of(start_at: datetime, place: Place, way: Way) -> Daylight | None:
    """Darkness and turn-around for a start; None outside the years 1901 to 2099, where the sun is not computed.

    Dusk is that of the start's place all along. Who starts in the dark has the dusk of the day to come.
    """
    start = start_at.astimezone(UTC)
    if not FIRST_YEAR < start.year < LAST_YEAR:
        return None
    finish_s = [way.clock.total_at(score) for score in (-_LATE, 0.0, _LATE)]
    sky = sky_over(place, start, _DAY_S, max(finish_s[-1], _DAY_S) + _DAY_S)
    dusk_s = next((t for t in sky.crossings(CIVIL_DEG, rising=False).tolist() if t > 0), None)
    sunrise_s, sunset_s = _of_the_day(sky)
    nights = _nights(sky)
    return Daylight(
        sun=_sun(sky, sunrise_s, sunset_s),
        sunrise=_instant(start, sunrise_s),
        sunset=_instant(start, sunset_s),
        civil_dusk=_instant(start, dusk_s),
        dark_s=QuantilesS(*map(round, _dark_seconds(nights, finish_s))),
        finish_before_dark_p=round(_chance_before_dark(sky, way.clock, dusk_s), 4),
        latest_start=None if dusk_s is None else _instant(start, dusk_s - finish_s[-1]),
        turn_around=_turn_around(start, sky, dusk_s, way),
        nights=_on_the_way(start, nights, way),
    )


def _of_the_day(sky: Sky) -> tuple[float | None, float | None]:
    """Sunrise and sunset within half a day of the mean noon of the start's day, in seconds after the start."""
    midnight = sky.start.replace(hour=0, minute=0, second=0, microsecond=0)
    local_s = ((sky.start - midnight).total_seconds() + sky.place.lon_deg / 360.0 * _DAY_S) % _DAY_S
    noon_s = _DAY_S / 2 - local_s

    def near(crossings: FloatArray) -> FloatArray:
        kept: FloatArray = crossings[np.abs(crossings - noon_s) <= _DAY_S / 2]
        return kept

    rises, sets = (near(sky.crossings(HORIZON_DEG, rising=rising)) for rising in (True, False))
    return float(rises[0]) if len(rises) else None, float(sets[-1]) if len(sets) else None


def _sun(sky: Sky, sunrise_s: float | None, sunset_s: float | None) -> Sun:
    if sunrise_s is not None or sunset_s is not None:
        return "rises_and_sets"
    return "never_rises" if sky.is_below(HORIZON_DEG) else "never_sets"


def _nights(sky: Sky) -> list[tuple[float, float]]:
    """When it is dark from the start on: pairs of seconds after it, the last without an end where none is seen."""
    begins = [0.0] if sky.is_below(CIVIL_DEG) else []
    begins += [t for t in sky.crossings(CIVIL_DEG, rising=False).tolist() if t > 0]
    ends = [t for t in sky.crossings(CIVIL_DEG, rising=True).tolist() if t > 0]
    return list(zip_longest(begins, ends, fillvalue=math.inf))


def _on_the_way(start: datetime, nights: list[tuple[float, float]], way: Way) -> list[DarkStretch]:
    """The nights that the median day meets, each as far as it does."""
    reached_s = way.reached_s(0.0)
    finish_s = float(reached_s[-1])
    met = [(begin, min(end, finish_s)) for begin, end in nights if begin < finish_s]
    return [
        DarkStretch(
            _at(start, begin),
            _at(start, end),
            *(round(float(np.interp(each, reached_s, way.pacing.edges_m)), 1) for each in (begin, end)),
        )
        for begin, end in met
        if end - begin >= 1.0
    ]


def _dark_seconds(nights: list[tuple[float, float]], until_s: list[float]) -> tuple[float, ...]:
    """Seconds of darkness from the start until each of these times."""
    return tuple(sum(max(0.0, min(end, until) - begin) for begin, end in nights) for until in until_s)


def _chance_before_dark(sky: Sky, clock: Clock, dusk_s: float | None) -> float:
    if dusk_s is None:
        return 0.0 if sky.is_below(CIVIL_DEG) else 1.0
    return clock.chance_within(dusk_s)


def _turn_around(start: datetime, sky: Sky, dusk_s: float | None, way: Way) -> TurnAround | None:
    """Out by the route's pacing, back over the same ground reversed, on a day that only one in ten is worse than.

    None for who starts in the dark, is surely done before it, means to be out for days, or could turn only where the
    way back is the longer one.
    """
    for_days = way.clock.total_at(0.0) >= _DAY_S
    if dusk_s is None or sky.is_below(CIVIL_DEG) or way.clock.total_at(_LATE) <= dusk_s or for_days:
        return None
    turn = _latest_turn(start, dusk_s, way)
    return turn if turn.at_m <= way.route.length_m / 2 else None


def _latest_turn(start: datetime, dusk_s: float, way: Way) -> TurnAround:
    route, edges_m = way.route, way.pacing.edges_m
    going_s = way.clock.moving_at(_LATE) + way.clock.unplanned_at(_LATE)
    out, reverse = (
        route.segment_length_m * np.exp(log_relative_pace(g, way.kind)) for g in (route.gradient, -route.gradient)
    )
    back_s = going_s * np.concatenate(([0.0], np.cumsum(reverse))) / float(out.sum())
    there_and_back_s = going_s * way.pacing.share + back_s
    left_s = dusk_s
    at_m = float(np.interp(left_s, there_and_back_s, edges_m))
    for stop in way.checkpoints:
        if stop.at_m >= at_m:
            break
        left_s -= stop.stop_s
        at_m = max(stop.at_m, float(np.interp(left_s, there_and_back_s, edges_m)))
    by_s = dusk_s - float(np.interp(at_m, edges_m, back_s))
    return TurnAround(round(at_m, 1), _at(start, by_s))


def _instant(start: datetime, after_s: float | None) -> datetime | None:
    return None if after_s is None else _at(start, after_s)


def _at(start: datetime, after_s: float) -> datetime:
    """A moment to the whole second."""
    return (start + timedelta(seconds=after_s + 0.5)).replace(microsecond=0)
