"""What the details of an outing are worth before they are read: by how much they would narrow the coming forecasts.

A list tells when an outing was, how long and how high: that places it in the covariance of `kernel.forecast`,
and what an outing takes away from the variance of others does not depend on how fast it was: so the order in which
reading teaches most is known in advance (sequential design; Rasmussen & Williams, Gaussian Processes, 2.2).

What is told is a time, and by how much it is off goes with the standard deviation: so that is what counts, and not the
variance, of which strange outings, about which little can be known, would have the most to give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from kernel.contracts.activity import SportTag
from kernel.fitted import PACE, ProcessNumbers
from kernel.forecast.covariance import KIND_CODE, Outings, apart, covariance, noise_sd, variance
from kernel.pace.ground import ground_of_splits
from kernel.pace.population import KIND_OF_SPORT
from kernel.tracks.track import FloatArray

_SHORTEST_M = 500.0
_TURN_UNKNOWN = 0.7
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a list, or a question, tells of an outing: `day` is days since 1970."""

    sport: SportTag
    day: float
    distance_m: float
    gain_m: float


def day_of(moment: datetime) -> float:
    """Days since 1970."""
    return moment.timestamp() / _DAY_S


@dataclass(frozen=True, slots=True)
class Choice:
    """The outing of this index of those that wait, and the mean standard deviation of log time that it takes away."""

    index: int
    worth: float


def most_telling(
    waiting: Sequence[Sketch],
    *,
    known: Sequence[Sketch],
    asked: Sequence[Sketch],
    most: int,
    least_worth: float = 0.0,
    numbers: ProcessNumbers = PACE,
) -> list[Choice]:
    """Up to `most` of those that wait, in the order in which to read them, each worth `least_worth` or more.

    `known` have been read; `asked` is what is to be forecast, each as of its own day. Of two that are worth the same
    the newer comes first.
    """
    if not waiting or not asked:
        return []
    newest_first = sorted(range(len(waiting)), key=lambda index: -waiting[index].day)
    ordered = [waiting[index] for index in newest_first]
    outings = _placed([*asked, *ordered, *known])
    targets, candidates = len(asked), slice(len(asked), len(asked) + len(ordered))
    rows = slice(0, candidates.stop)
    left = covariance(apart(outings[rows], outings), numbers)
    own = variance(outings[rows], numbers)
    left[np.arange(candidates.stop), np.arange(candidates.stop)] = own
    if known:
        left = _given(left, outings[slice(candidates.stop, None)], numbers)
    noise = np.square(noise_sd(outings[rows], numbers))
    return _greedy(left, targets, newest_first, most=most, least_worth=least_worth, noise=noise)


def _greedy(
    left: FloatArray, targets: int, order: Sequence[int], *, most: int, least_worth: float, noise: FloatArray
) -> list[Choice]:
    """Takes the best of the rest again and again; `left` are covariances given all that was taken before."""
    chosen: list[Choice] = []
    free = np.ones(len(order), dtype=bool)
    for _ in range(min(most, len(order))):
        spread = np.maximum(np.diag(left), 0.0) + noise
        before, believed = spread[:targets, None], spread[targets:]
        after = before - np.square(left[:targets, targets:]) / believed
        worth = np.where(free, (np.sqrt(before) - np.sqrt(np.maximum(after, 0.0))).mean(axis=0), -1.0)
        best = int(np.argmax(worth))
        if worth[best] < least_worth:
            break
        chosen.append(Choice(order[best], float(worth[best])))
        free[best] = False
        column = left[:, targets + best].copy()
        left -= np.outer(column, column) / believed[best]
    return chosen


def _given(between: FloatArray, known: Outings, numbers: ProcessNumbers) -> FloatArray:
    """Covariances of the first ones once the known ones, which are the last columns, were seen."""
    seen = between[:, between.shape[0] :]
    inner = covariance(apart(known, known), numbers)
    inner[np.diag_indices_from(inner)] += np.square(noise_sd(known, numbers))
    explained: FloatArray = seen @ np.linalg.solve(inner, seen.T)
    return between[:, : between.shape[0]] - explained


def _placed(told: Sequence[Sketch]) -> Outings:
    """The outings in the covariance, each kind around its own median; what a list does not tell is as usual."""
    kind = np.array([KIND_CODE[KIND_OF_SPORT[each.sport]] for each in told])
    grounds = [
        ground_of_splits(
            np.array([max(each.distance_m, _SHORTEST_M)]), np.zeros(1), KIND_OF_SPORT[each.sport], max(each.gain_m, 0.0)
        )
        for each in told
    ]
    log_km = np.array([ground.log_km for ground in grounds])
    outings = Outings(
        climb_cost=np.array([ground.climb_cost for ground in grounds]),
        winding=np.zeros(len(told)),
        log_km=log_km,
        hilliness=np.array([ground.log_unit_time for ground in grounds]) - log_km - np.log(1000.0),
        turn=np.full(len(told), _TURN_UNKNOWN),
        day=np.array([each.day for each in told]),
        kind=kind,
    )
    centred = outings.climb_cost.copy()
    for one in np.unique(kind):
        centred[kind == one] -= np.median(centred[kind == one])
    return replace(outings, climb_cost=centred)
