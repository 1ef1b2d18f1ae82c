"""What a TCX or FIT recording samples, as columns that become a Track."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from kernel.tracks import BadTrack, FloatArray, Track
from kernel.tracks.gpx_elements import MAX_POINTS
from kernel.tracks.points import filled_times, plausible_heights

_NEEDED_POSITION_SHARE: Final = 0.5
_NO_POSITION: Final = (
    "This recording has no positions, or too few, as if recorded indoors. Use recordings made outdoors with GPS."
)


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Columns of one length, nan where nothing was recorded: epoch seconds, degrees, metres.

    `sensors` are further columns by name: `heartrate`, `cadence`, `temperature`.
    """

    time_s: FloatArray
    lat_deg: FloatArray
    lon_deg: FloatArray
    elevation_m: FloatArray
    distance_m: FloatArray
    sensors: dict[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class PlacedSamples:
    """The samples with a position: a track, and beside it what else was recorded at each of its points."""

    track: Track
    distance_m: FloatArray | None
    sensors: dict[str, FloatArray]


def placed(samples: Samples, sport_word: str | None) -> PlacedSamples:
    """The track through the samples that have a position.

    A place at exactly 0, 0 is a receiver without a fix. Samples without a place are left out, as before the first fix
    or in a tunnel. Raises BadTrack: `too_few_points`, `too_many_points`, `bad_position`, `no_position` when fewer than
    half of the samples have one, `zero_length`.
    """
    count = len(samples.time_s)
    if count < 2:
        raise BadTrack("too_few_points", "This recording has fewer than two points.")
    if count > MAX_POINTS:
        raise BadTrack("too_many_points", f"The recording has more than {MAX_POINTS:,} points.")
    lat_deg, lon_deg = samples.lat_deg, samples.lon_deg
    here = np.isfinite(lat_deg) & np.isfinite(lon_deg) & ~((lat_deg == 0.0) & (lon_deg == 0.0))
    if here.sum() < 2 or here.mean() < _NEEDED_POSITION_SHARE:
        raise BadTrack("no_position", _NO_POSITION)
    lat_deg, lon_deg = lat_deg[here], lon_deg[here]
    if (np.abs(lat_deg) > 90.0).any() or (np.abs(lon_deg) > 180.0).any():
        raise BadTrack("bad_position", "This recording has positions outside the Earth's coordinates.")
    if not (np.ptp(lat_deg) or np.ptp(lon_deg)):
        raise BadTrack("zero_length", "All points of this recording are the same place.")
    heights = plausible_heights(samples.elevation_m[here])
    track = Track(
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        elevation_m=heights if np.isfinite(heights).any() else None,
        time_s=filled_times(samples.time_s[here], lat_deg, lon_deg),
        sport=None if sport_word is None else sport_word.lower(),
    )
    return PlacedSamples(track, _present(samples.distance_m[here]), _sensors(samples, here))


def _sensors(samples: Samples, here: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> dict[str, FloatArray]:
    return {name: kept for name, column in samples.sensors.items() if (kept := _present(column[here])) is not None}


def _present(column: FloatArray) -> FloatArray | None:
    return column if np.isfinite(column).any() else None
