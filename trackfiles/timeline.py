"""What happened when, from samples as a file has them: in order, one for each moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.tracks import FloatArray
from kernel.tracks.distance import step_lengths_m
from trackfiles.samples import Indices, Samples

_SHORTER: Final = 1.001
_MOST_SET_BACK: Final = 20
_LEAST_STEADY: Final = 10


def way_m(samples: Samples) -> float:
    """How long the way through the samples is that have a place."""
    here = samples.has_place
    return float(step_lengths_m(samples.lat_deg[here], samples.lon_deg[here]).sum())


def moments(samples: Samples) -> FloatArray | None:
    """A time for each sample, those that have none taking the one before; None when there is none at all."""
    known = np.isfinite(samples.time_s)
    if not known.any():
        return None
    at = np.maximum.accumulate(np.where(known, np.arange(len(samples)), 0))
    return samples.time_s[np.where(known[at], at, int(known.argmax()))]


def in_order(samples: Samples) -> Samples:
    """The samples in the order of their times, unless that leads a longer way: then the clock is wrong.

    The same samples, if they are in order.
    """
    at_s = moments(samples)
    if at_s is None or (np.diff(at_s) >= 0).all():
        return samples
    in_time = samples.take(np.argsort(at_s, kind="stable"))
    return in_time if way_m(in_time) <= _SHORTER * way_m(samples) else samples


def with_steady_clock(samples: Samples) -> Samples:
    """Where a clock was set back on the way, the parts follow each other, at the time of the longest one.

    The same samples, if it was not. Single times that contradict their neighbours are not the clock's.
    """
    samples = _without_leaps(samples)
    at_s = moments(samples)
    back = np.flatnonzero(np.diff(at_s) < 0) if at_s is not None else np.zeros(0, dtype=np.intp)
    if at_s is None or not 0 < len(back) <= _MOST_SET_BACK:
        return samples
    lengths = np.diff(np.concatenate(([-1], back, [len(at_s) - 1])))
    usual_s = float(np.median(np.diff(at_s)))
    later_s = np.zeros(len(at_s))
    for at, before, after in zip(back.tolist(), lengths[:-1].tolist(), lengths[1:].tolist(), strict=True):
        if min(before, after) >= _LEAST_STEADY:
            later_s[at + 1 :] += at_s[at] - at_s[at + 1] + usual_s
    later_s -= later_s[
        min(int(np.cumsum(lengths)[lengths.argmax()]) - 1, len(later_s) - 1)
    ]  # the longest part is right
    return samples if not later_s.any() else replace(samples, time_s=samples.time_s + later_s)


def _without_leaps(samples: Samples) -> Samples:
    """Without the single times that lie after the next one, where those around them are in order."""
    known = np.flatnonzero(np.isfinite(samples.time_s))
    before_s, at_s, after_s = (samples.time_s[known[begin : len(known) - 2 + begin]] for begin in range(3))
    leaps = known[1:-1][(at_s > after_s) & (after_s >= before_s)] if len(known) > 2 else known[:0]
    if not len(leaps):
        return samples
    time_s = samples.time_s.copy()
    time_s[leaps] = np.nan
    return replace(samples, time_s=time_s)


def merged(samples: Samples) -> Samples:
    """One sample for each moment, where a device writes position, distance and the rest in samples of their own.

    Samples of one moment that have each a position stay apart. The same samples, if there is nothing to merge.
    """
    if len(samples) < 2:
        return samples
    begins = np.concatenate(([True], np.diff(samples.time_s) != 0))  # no time differs from any other
    starts = np.flatnonzero(begins)
    several_places = np.add.reduceat(samples.has_place.astype(np.intp), starts) > 1
    group = np.cumsum(begins) - 1
    starts = np.flatnonzero(begins | several_places[group])
    if len(starts) == len(samples):
        return samples
    first = samples.take(starts)
    lat_deg, lon_deg = _first_known((samples.lat_deg, samples.lon_deg), samples.has_place, starts)
    (elevation_m,) = _first_known((samples.elevation_m,), np.isfinite(samples.elevation_m), starts)
    (distance_m,) = _first_known((samples.distance_m,), np.isfinite(samples.distance_m), starts)
    sensors = {
        name: _first_known((column,), np.isfinite(column), starts)[0] for name, column in samples.sensors.items()
    }
    return replace(
        first,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        elevation_m=elevation_m,
        distance_m=distance_m,
        resumed=np.logical_or.reduceat(samples.resumed, starts),
        sensors=sensors,
    )


def _first_known(columns: Sequence[FloatArray], known: NDArray[np.bool_], starts: Indices) -> list[FloatArray]:
    """Of each group that begins at `starts` the first known value, nan where none is."""
    none = len(known)
    at = np.minimum.reduceat(np.where(known, np.arange(none), none), starts)
    return [np.append(column, np.nan)[at] for column in columns]
