"""What a recording samples, as columns, and the parts in which its file has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.tracks import BadTrack, FloatArray, Stretch, Track
from kernel.tracks.gpx_elements import MAX_POINTS
from kernel.tracks.points import filled_times, plausible_heights, time_fault

_NEEDED_POSITION_SHARE: Final = 0.5
_MOST_OFF_EARTH: Final = 0.05
_NEAR_S: Final = 120.0
"""A sample is placed between two fixes that lie no farther apart than this."""
_COUNTED_NEAR_S: Final = 900.0
"""The same where the distance in between was counted."""

_NO_POSITION: Final = (
    "This recording has no positions, or too few, as if recorded indoors. Use recordings made outdoors with GPS."
)
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Part:
    """One activity or course of a file: its word for the sport, and whether it is a course."""

    word: str | None = None
    is_course: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Columns of one length, nan where nothing was recorded: epoch seconds, degrees, metres.

    `sensors` are further columns by name: `heartrate`, `cadence`, `temperature`. `part` counts the parts of the file
    from 0, and `resumed` is where recording went on after it was interrupted.
    """

    time_s: FloatArray
    lat_deg: FloatArray
    lon_deg: FloatArray
    elevation_m: FloatArray
    distance_m: FloatArray
    part: Indices
    resumed: NDArray[np.bool_]
    sensors: Mapping[str, FloatArray] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many samples there are."""
        return len(self.time_s)

    def take(self, which: Indices | NDArray[np.bool_]) -> Samples:
        """These samples, in this order."""
        return Samples(
            self.time_s[which],
            self.lat_deg[which],
            self.lon_deg[which],
            self.elevation_m[which],
            self.distance_m[which],
            self.part[which],
            self.resumed[which],
            {name: column[which] for name, column in self.sensors.items()},
        )

    @property
    def has_place(self) -> NDArray[np.bool_]:
        """Which samples have a position."""
        return np.isfinite(self.lat_deg) & np.isfinite(self.lon_deg)


@dataclass(frozen=True, slots=True, eq=False)
class PlacedSamples:
    """The samples with a position: a track, and beside it what else was recorded at each of its points."""

    track: Track
    distance_m: FloatArray | None
    sensors: dict[str, FloatArray]


def end_to_end(several: Sequence[Samples]) -> Samples:
    """The samples one after the other, with the sensors that the first ones have."""
    return Samples(
        time_s=np.concatenate([one.time_s for one in several]),
        lat_deg=np.concatenate([one.lat_deg for one in several]),
        lon_deg=np.concatenate([one.lon_deg for one in several]),
        elevation_m=np.concatenate([one.elevation_m for one in several]),
        distance_m=np.concatenate([one.distance_m for one in several]),
        part=np.concatenate([one.part for one in several]),
        resumed=np.concatenate([one.resumed for one in several]),
        sensors={
            name: np.concatenate([one.sensors.get(name, np.full(len(one), np.nan)) for one in several])
            for name in several[0].sensors
        },
    )


def samples_of_track(track: Track) -> tuple[Samples, tuple[Part, ...]]:
    """The points of a GPX as samples, and its tracks."""
    count, starts = len(track.lat_deg), [one.start for one in track.stretches]
    unknown = np.full(count, np.nan)
    part, resumed = np.zeros(count, dtype=np.intp), np.zeros(count, dtype=np.bool_)
    numbers = {number: at for at, number in enumerate(dict.fromkeys(one.track for one in track.stretches))}
    for stretch in track.stretches:
        part[stretch.start :] = numbers[stretch.track]
    resumed[starts[1:]] = True
    samples = Samples(
        time_s=unknown if track.time_s is None else track.time_s,
        lat_deg=track.lat_deg,
        lon_deg=track.lon_deg,
        elevation_m=unknown if track.elevation_m is None else track.elevation_m,
        distance_m=unknown,
        part=part,
        resumed=resumed,
    )
    words = {numbers[one.track]: one.sport for one in track.stretches}
    return samples, tuple(Part(words[at]) for at in range(len(numbers))) or (Part(track.sport),)


def on_earth(samples: Samples) -> Samples:
    """The samples with places on Earth alone.

    A place at exactly 0, 0 is a receiver without a fix; a few outside the Earth's coordinates are damaged. Raises
    BadTrack `bad_position` where there are more.
    """
    lat_deg, lon_deg = samples.lat_deg, samples.lon_deg
    off = (np.abs(lat_deg) > 90.0) | (np.abs(lon_deg) > 180.0)
    if off.sum() > _MOST_OFF_EARTH * len(samples):
        raise BadTrack("bad_position", "This recording has positions outside the Earth's coordinates.")
    off |= (lat_deg == 0.0) & (lon_deg == 0.0)
    return replace(samples, lat_deg=np.where(off, np.nan, lat_deg), lon_deg=np.where(off, np.nan, lon_deg))


def placed(samples: Samples, word: str | None, *, is_course: bool = False) -> PlacedSamples:
    """The track through the samples that have a position, and through those between two fixes close in time.

    Other samples without a place are left out, as before the first fix or in a tunnel. Raises BadTrack:
    `too_few_points`, `too_many_points`, `no_position` when fewer than half of the samples can be placed, `zero_length`.
    """
    count = len(samples)
    if count < 2:
        raise BadTrack("too_few_points", "This recording has fewer than two points.")
    if count > MAX_POINTS:
        raise BadTrack("too_many_points", f"The recording has more than {MAX_POINTS:,} points.")
    samples = _between_fixes(samples)
    here = samples.has_place
    if here.sum() < 2 or here.mean() < _NEEDED_POSITION_SHARE:
        raise BadTrack("no_position", _NO_POSITION)
    samples = samples.take(here)
    if not (np.ptp(samples.lat_deg) or np.ptp(samples.lon_deg)):
        raise BadTrack("zero_length", "All points of this recording are the same place.")
    heights = plausible_heights(samples.elevation_m)
    told = bool(np.isfinite(samples.time_s).any())
    time_s = None if is_course else filled_times(samples.time_s, samples.lat_deg, samples.lon_deg)
    track = Track(
        lat_deg=samples.lat_deg,
        lon_deg=samples.lon_deg,
        elevation_m=heights if np.isfinite(heights).any() else None,
        time_s=time_s,
        sport=None if word is None else word.lower(),
        stretches=tuple(Stretch(int(at), 0) for at in sorted({0, *np.flatnonzero(samples.resumed).tolist()})),
        time_fault="course" if is_course else time_fault(time_s, told=told, read=told),
    )
    sensors = {name: kept for name, column in samples.sensors.items() if (kept := _present(column)) is not None}
    return PlacedSamples(track, _present(samples.distance_m), sensors)


def _between_fixes(samples: Samples) -> Samples:
    """Devices that save power take a fix now and then; what else they sample in between has a place all the same.

    Along the counted distance where it is known, else along time. Heights that come in samples of their own are known
    at those in between, too.
    """
    fixes = samples.has_place & np.isfinite(samples.time_s)
    if fixes.all() or fixes.sum() < 2:
        return samples
    at_s = samples.time_s[fixes]
    if (np.diff(at_s) < 0).any():
        return samples
    heights = _filled(samples.time_s, samples.time_s, samples.elevation_m)
    along = samples.distance_m
    counted = bool(np.isfinite(along).all() and (np.diff(along) >= 0).all() and (np.diff(along[fixes]) > 0).all())
    along = along if counted else samples.time_s
    lat_deg, lon_deg = (np.interp(along, along[fixes], column[fixes]) for column in (samples.lat_deg, samples.lon_deg))
    after = np.clip(np.searchsorted(at_s, samples.time_s), 1, len(at_s) - 1)
    gap_s = at_s[after] - at_s[after - 1]
    near = (
        (samples.time_s >= at_s[0])
        & (samples.time_s <= at_s[-1])
        & (gap_s <= (_COUNTED_NEAR_S if counted else _NEAR_S))
    )
    near &= np.abs(samples.lon_deg[fixes][after] - samples.lon_deg[fixes][after - 1]) < 90.0
    near &= ~samples.has_place
    return replace(
        samples,
        lat_deg=np.where(near, lat_deg, samples.lat_deg),
        lon_deg=np.where(near, lon_deg, samples.lon_deg),
        elevation_m=heights,
    )


def _filled(time_s: FloatArray, at_s: FloatArray, values: FloatArray) -> FloatArray:
    """Values with short holes filled along time."""
    known = np.isfinite(values) & np.isfinite(at_s)
    if known.all() or known.sum() < 2:
        return values
    known_s = at_s[known]
    after = np.clip(np.searchsorted(known_s, time_s), 1, len(known_s) - 1)
    near = (known_s[after] - known_s[after - 1] <= _NEAR_S) & (time_s >= known_s[0]) & (time_s <= known_s[-1])
    return np.where(np.isnan(values) & near, np.interp(time_s, known_s, values[known]), values)


def _present(column: FloatArray) -> FloatArray | None:
    return column if np.isfinite(column).any() else None
