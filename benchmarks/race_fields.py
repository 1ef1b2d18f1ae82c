"""Fields of races beside a stranger's forecast: when they are where, how slow, how far apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from statistics import NormalDist
from typing import Final

import numpy as np
from scipy.optimize import brentq

from benchmarks.compared import HEAD, MODE, arrivals_s, as_hours, as_share, compared
from benchmarks.courses import hilly_course
from benchmarks.published import Field, Published, seconds
from benchmarks.tables import Table
from kernel.forecast import times_of
from kernel.forecast.distribution import TimeDistribution
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

_QUARTILES_APART: Final = 1.349
_FORESTHILL: Final = "Foresthill"


def stations(known: Published) -> Table:
    """Share of the time to the last station that has passed at each, of the median runner."""
    race = known.wser
    course = hilly_course(race.km, race.gain_m, race.loss_m)
    last = race.stations[-1]
    pace = _flat_pace_for(course, seconds(last.p50) * race.km / last.km)
    shares = _shares(course, [station.km for station in race.stations], pace)
    rows = [
        [station.name, f"{station.km:.1f}", *compared(seconds(station.p50) / seconds(last.p50), share, as_share)]
        for station, share in zip(race.stations, shares / shares[-1], strict=True)
    ]
    return Table("Western States: share of the time to Robie Point, median", ["station", "km", *HEAD], rows)


def fade(known: Published) -> Table:
    """Share of the final time at Foresthill by class of finish, and how much slower the rest was than the way there."""
    race = known.wser
    course = hilly_course(race.km, race.gain_m, race.loss_m)
    at_km = next(station.km for station in race.stations if station.name == _FORESTHILL)
    way = at_km / race.km
    rows = []
    for one in race.foresthill_share:
        share = float(_shares(course, [at_km], _flat_pace_for(course, 3600.0 * one.hours))[0])
        slower, said_slower = (_slower(value, way) for value in (one.share, share))
        rows.append([one.finish, *compared(one.share, share, as_share), f"{slower:+.0%}", f"{said_slower:+.0%}"])
    head = ["finish", *HEAD, "rest slower by, published", "forecast"]
    return Table(f"Western States: share of the final time at Foresthill ({way:.1%} of the way)", head, rows)


def levels(known: Published) -> Table:
    """Median of a field beside the median of a stranger of whom nothing is known."""
    race = known.wser
    course = hilly_course(race.km, race.gain_m, race.loss_m)
    last = race.stations[-1]
    there_s = float(arrivals_s(course, [1000.0 * last.km], None)[0])
    told = [("Western States 2021-25, to Robie Point", seconds(last.p50), there_s)]
    told += [(one.name, seconds(one.p50), _stranger(_field_course(known, one)).p50_s) for one in known.fields]
    rows = [[name, *compared(was_s, said_s, as_hours)] for name, was_s, said_s in told]
    return Table("Median of a field and of a stranger, h", ["race", *HEAD], rows)


def spreads(known: Published) -> Table:
    """Quantiles over the median, of fields and of a stranger's forecast."""
    race = known.wser
    times = _stranger(hilly_course(race.km, race.gain_m, race.loss_m))
    last = race.stations[-1]
    middle_s = seconds(last.p50)
    rows = [
        ["Western States 2021-25, P10", *compared(seconds(last.p10) / middle_s, times.p10_s / times.p50_s, as_share)],
        ["Western States 2021-25, P90", *compared(seconds(last.p90) / middle_s, times.p90_s / times.p50_s, as_share)],
    ]
    for field in known.fields:
        rows += _spread_of(field, _stranger(_field_course(known, field)))
    return Table("Quantiles over the median, of a field and of a stranger", ["race, quantile", *HEAD], rows)


def _spread_of(field: Field, times: TimeDistribution) -> list[list[str]]:
    median_s = seconds(field.p50)
    first_s = time_at(times, 1.0 / (field.finishers + 1))
    told = [("winner", field.best, first_s), ("P25", field.p25, times.p25_s), ("P75", field.p75, times.p75_s)]
    rows = [
        [f"{field.name}, {name}", *compared(seconds(clock) / median_s, said_s / times.p50_s, as_share)]
        for name, clock, said_s in told
        if clock
    ]
    if field.p75:
        sd = math.log(seconds(field.p75) / seconds(field.p25)) / _QUARTILES_APART
        said_sd = math.log(times.p75_s / times.p25_s) / _QUARTILES_APART
        rows.append([f"{field.name}, spread of log time", *compared(sd, said_sd, as_share)])
    return rows


def time_at(times: TimeDistribution, share: float) -> float:
    """The seconds within which the route is done with this probability."""
    return float(times.s_at(np.array([NormalDist().inv_cdf(share)]))[0])


@cache
def _stranger(course: RouteGeometry) -> TimeDistribution:
    return times_of(course, mode=MODE, profile=None)


@cache
def _made_up(km: float, gain_m: float, loss_m: float) -> RouteGeometry:
    return hilly_course(km, gain_m, loss_m)


def _field_course(known: Published, field: Field) -> RouteGeometry:
    course = known.courses[field.course]
    return _made_up(course.km, course.gain_m, course.loss_m)


def _shares(course: RouteGeometry, km: Sequence[float], flat_pace_s_per_km: float) -> FloatArray:
    """Share of the whole time that has passed at each distance."""
    at_m = [1000.0 * one for one in km]
    arrivals = arrivals_s(course, [*at_m, course.length_m], flat_pace_s_per_km)
    shares: FloatArray = arrivals[:-1] / arrivals[-1]
    return shares


def _flat_pace_for(course: RouteGeometry, finish_s: float) -> float:
    """The flat pace of a stranger whose median on the course is `finish_s`."""

    def too_slow_s(pace: float) -> float:
        return times_of(course, mode=MODE, profile=None, flat_pace_s_per_km=pace).p50_s - finish_s

    return float(brentq(too_slow_s, 120.0, 1800.0))


def _slower(share: float, way: float) -> float:
    """How much slower than the way there the rest was, per kilometre."""
    return (1.0 - share) / (1.0 - way) / (share / way) - 1.0
