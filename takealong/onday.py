"""An answer on the day: where somebody came by when, in their own words, and what that says of the rest."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from kernel.contracts.prediction import CheckpointForecast, Prediction
from kernel.contracts.reforecast import MOST_PLACES, Expected, ExpectedPlace, Passing, Reforecast, ToldS
from kernel.contracts.times import QuantilesS
from kernel.forecast.onward import onward
from kernel.tracks import FloatArray
from languages.passings import PASSING_FORM, SaidPlace, SaidTime, read_passings
from languages.refusals import NotUnderstood
from languages.voice import Voice, mark
from takealong.along import start_of

_NO_SUCH_PLACE: Final = mark(
    "No place of that name or number is on this course; write how far it is, such as 8.2 km 12:40."
)
_SEVERAL: Final = mark("Several places on this course are called like that; write the whole name, or how far it is.")
_BEYOND: Final = mark("That place lies behind the finish.")
_TOO_EARLY: Final = mark("That is before the start.")
_SAME_PLACE_M: Final = 50.0
_FEW: Final = 3
_MARKS: Final = 8
_STEPS: Final = (1, 2, 5, 10, 20, 50, 100, 200)
_DAY: Final = timedelta(days=1)
_MOST_DAYS: Final = 12
_LONGEST_S: Final = 10_000_000.0


@dataclass(frozen=True, slots=True)
class Passed:
    """A place that somebody came by, so long after the start; one that has no name goes by its distance."""

    name: str
    at_m: float
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class Ahead:
    """A place still to come, when it was planned and when it looks like now; a mark on the way has no name."""

    name: str
    at_m: float
    planned_s: float
    cutoff_s: float | None
    now_s: QuantilesS
    p_in_time: float | None


@dataclass(frozen=True, slots=True)
class Now:
    """What a passing says of the rest."""

    passed: Passed
    reforecast: Reforecast
    ahead: tuple[Ahead, ...]


def read_passed(text: str, prediction: Prediction, voice: Voice, now: datetime) -> Passed:
    """What was written at this moment, on the course of this answer. Raises NotUnderstood.

    A time of day is that of the day on which it lies nearest to what was expected, and so is a place that is passed
    twice.
    """
    expected, start = expected_of(prediction), start_of(prediction)
    trouble = NotUnderstood(PASSING_FORM)
    for said in read_passings(text, start, now, voice.units):
        try:
            meant = [
                passed
                for place in _places(said.place, prediction)
                for passed in _passings(place, said.time, start)
                if 0 < passed.elapsed_s <= _LONGEST_S
            ]
        except NotUnderstood as wrong:
            trouble = wrong
            continue
        if not meant:
            raise NotUnderstood(_TOO_EARLY)
        return min(meant, key=lambda passed: _off(passed, expected))
    raise trouble


def now_of(prediction: Prediction, passed: Sequence[Passed], voice: Voice) -> Now:
    """What is to come after the last of these, at checkpoints, and at some marks where these are few.

    Raises PassingsDisagree.
    """
    expected, marks_m = expected_of(prediction, voice.unit_m), _marks_m(prediction, voice.unit_m)
    reforecast = onward(expected, [Passing(each.at_m, each.elapsed_s) for each in passed])
    planned = {place.at_m: place for place in expected.places}
    names = {place.at_m: place.name for place in _on_the_way(prediction)} | dict.fromkeys(marks_m, "")
    ahead = tuple(
        Ahead(
            name=names[place.at_m],
            at_m=place.at_m,
            planned_s=planned[place.at_m].eta_s.p50,
            cutoff_s=planned[place.at_m].cutoff_s,
            now_s=place.eta_s,
            p_in_time=place.p_in_time,
        )
        for place in reforecast.ahead
        if place.at_m in names
    )
    return Now(max(passed, key=lambda each: (each.at_m, each.elapsed_s)), reforecast, ahead)


def expected_of(prediction: Prediction, unit_m: float = 1000.0) -> Expected:
    """What the answer told before the start: its checkpoints, and between them the ends of its splits.

    What one stands still unplanned is shared out over the moving time between two checkpoints.
    """
    interval, places = prediction.interval, _on_the_way(prediction)
    between_m = _between_m(prediction, [place.at_m for place in places], _marks_m(prediction, unit_m))
    return Expected(
        distance_m=prediction.route.distance_m,
        gain_m=prediction.route.gain_m,
        moving_s=ToldS(float(interval.p10_s), float(interval.p50_s), float(interval.p90_s)),
        finish_s=_told(prediction.elapsed_s),
        places=[
            *(ExpectedPlace(at_m=p.at_m, eta_s=_told(p.eta_s), stop_s=p.stop_s, cutoff_s=p.cutoff_s) for p in places),
            *_between(between_m, prediction, places),
        ],
    )


def _on_the_way(prediction: Prediction) -> list[CheckpointForecast]:
    return [place for place in prediction.checkpoints if 0 < place.at_m < prediction.route.distance_m]


def _marks_m(prediction: Prediction, unit_m: float) -> list[float]:
    """Round distances that stand in for checkpoints where there are hardly any."""
    length_m, places = prediction.route.distance_m, _on_the_way(prediction)
    if len(places) >= _FEW:
        return []
    step_m = unit_m * next(step for step in _STEPS if length_m / unit_m / step <= _MARKS or step == _STEPS[-1])
    marks_m = np.arange(step_m, length_m - _SAME_PLACE_M, step_m)
    return [float(at_m) for at_m in _apart(marks_m, [place.at_m for place in places], step_m / 4)]


def _between_m(prediction: Prediction, places_m: Sequence[float], marks_m: Sequence[float]) -> FloatArray:
    """The marks, and as many ends of splits as there is room for."""
    known_m = [0.0, *places_m, *marks_m, prediction.route.distance_m]
    ends_m = _apart(np.array([split.to_m for split in prediction.splits]), known_m, _SAME_PLACE_M)
    every = math.ceil(len(ends_m) / (MOST_PLACES - len(places_m) - len(marks_m)))
    return np.sort(np.concatenate((marks_m, ends_m[:: max(1, every)])))


def _between(at_m: FloatArray, prediction: Prediction, places: Sequence[CheckpointForecast]) -> Iterator[ExpectedPlace]:
    """When these are reached, which are no checkpoints."""
    ends_m = np.array([0.0, *(split.to_m for split in prediction.splits)])
    moving_s = np.cumsum([0.0, *(split.time_s.p50 for split in prediction.splits)])
    stopped_s = np.cumsum([0.0, *(place.stop_s for place in places)])
    known_m = np.array([0.0, *(place.at_m for place in places), ends_m[-1]])
    reached_s = np.array([0.0, *(place.eta_s.p50 for place in places), prediction.elapsed_s.p50])
    going_s = reached_s - np.concatenate(([0.0], stopped_s))
    going = np.interp(np.interp(at_m, ends_m, moving_s), np.interp(known_m, ends_m, moving_s), going_s)
    for mark_m, s in zip(at_m, going + stopped_s[np.searchsorted(known_m[1:-1], at_m)], strict=True):
        yield ExpectedPlace(at_m=float(mark_m), eta_s=ToldS(*(max(1.0, float(s)),) * 3))


def _apart(at_m: FloatArray, known_m: FloatArray | Sequence[float], least_m: float) -> FloatArray:
    """Those of the first that are no place of the second."""
    off_m = np.abs(at_m[:, None] - np.asarray(known_m, dtype=float)[None, :]).min(axis=1, initial=math.inf)
    apart: FloatArray = at_m[off_m > least_m]
    return apart


def _told(told: QuantilesS) -> ToldS:
    return ToldS(float(told.p10), float(told.p50), float(told.p90))


def _places(said: SaidPlace, prediction: Prediction) -> list[tuple[str, float]]:
    """Names and metres of what may be meant, the same place passed several times. Raises NotUnderstood."""
    length_m, places = prediction.route.distance_m, _on_the_way(prediction)
    by_name = _named(said.name, places)
    if by_name:
        return [(place.name, place.at_m) for place in by_name]
    if said.finish:
        return [("", length_m)]
    if said.number is not None and 1 <= said.number <= len(places):
        place = places[said.number - 1]
        return [(place.name, place.at_m)]
    if said.at_m is None:
        raise NotUnderstood(_NO_SUCH_PLACE)
    if said.at_m > length_m + _SAME_PLACE_M:
        raise NotUnderstood(_BEYOND)
    return [("", length_m if said.at_m >= length_m - _SAME_PLACE_M else said.at_m)]


def _named(said: str, places: Sequence[CheckpointForecast]) -> list[CheckpointForecast]:
    """Of that name, else those whose names have it in them, if these are of one name. Raises NotUnderstood."""
    wanted = " ".join(said.casefold().split())
    names = {id(place): " ".join(place.name.casefold().split()) for place in places}
    exact = [place for place in places if names[id(place)] == wanted]
    if exact:
        return exact
    like = [place for place in places if f" {wanted}" in f" {names[id(place)]}"] if wanted.strip("0123456789.") else []
    if len({names[id(place)] for place in like}) > 1:
        raise NotUnderstood(_SEVERAL)
    return like


def _passings(place: tuple[str, float], said: SaidTime, start: datetime | None) -> Iterator[Passed]:
    """The place at each moment that may be meant."""
    name, at_m = place
    if said.after_s is not None:
        yield Passed(name, at_m, said.after_s)
        return
    if said.moment is None or start is None:
        return
    for days in range(_MOST_DAYS if said.any_day else 1):
        moment = (said.moment + days * _DAY).replace(tzinfo=start.tzinfo)
        yield Passed(name, at_m, (moment.astimezone(UTC) - start.astimezone(UTC)).total_seconds())


def _off(passed: Passed, expected: Expected) -> float:
    """How unlike what was expected (log)."""
    told = sorted((place.at_m, place.eta_s.p50) for place in expected.places)
    at_m, eta_s = zip(*((0.0, 0.0), *told, (expected.distance_m, expected.finish_s.p50)), strict=True)
    usual_s = float(np.interp(passed.at_m, at_m, eta_s))
    return abs(math.log(passed.elapsed_s / max(1.0, usual_s)))
