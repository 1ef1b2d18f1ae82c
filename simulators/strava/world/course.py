"""Synthetic courses: a closed path on the ground with smooth random elevation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from simulators.strava.world.track import METRES_PER_DEGREE, Floats, box_smooth

Terrain = Literal["flat", "rolling", "mountain"]
Random = np.random.Generator

_STEP_M = 5.0
_GAIN_M_PER_KM: dict[Terrain, tuple[float, float]] = {"flat": (1, 5), "rolling": (10, 26), "mountain": (35, 75)}
_STEEPEST = 0.42


@dataclass(frozen=True, slots=True)
class Course:
    """A loop on a grid of about 5 m: distance from the start, position and height, arrays of one length."""

    distance_m: Floats
    lat_deg: Floats
    lon_deg: Floats
    elevation_m: Floats
    terrain: Terrain

    @property
    def gradient(self) -> Floats:
        """Rise over run, smoothed over about 35 m."""
        return np.gradient(box_smooth(self.elevation_m, 7), self.distance_m)


def make_course(seed: int, terrain: Terrain, length_m: float, home: tuple[float, float], base_m: float) -> Course:
    """The loop of this seed: same arguments, same course. It starts within 400 m of `home` (degrees)."""
    rng = np.random.default_rng([seed, 11])
    count = max(int(length_m / _STEP_M), 20) + 1
    along = np.linspace(0.0, length_m, count)
    east, north = _loop(rng, along, twisty=terrain == "mountain")
    lat0 = home[0] + rng.normal(0, 200) / METRES_PER_DEGREE
    lon0 = home[1] + rng.normal(0, 200) / METRES_PER_DEGREE
    return Course(
        distance_m=along,
        lat_deg=lat0 + north / METRES_PER_DEGREE,
        lon_deg=lon0 + east / (METRES_PER_DEGREE * np.cos(np.radians(lat0))),
        elevation_m=base_m + _elevation(rng, along, terrain),
        terrain=terrain,
    )


def _loop(rng: Random, along: Floats, *, twisty: bool) -> tuple[Floats, Floats]:
    length = along[-1]
    heading = rng.uniform(0, 2 * np.pi) + 2 * np.pi * along / length + 0.9 * value_noise(rng, along, 400.0)
    heading += (0.7 if twisty else 0.15) * value_noise(rng, along, 70.0)
    step = np.diff(along, prepend=0.0)
    east = np.cumsum(step * np.cos(heading))
    north = np.cumsum(step * np.sin(heading))
    east -= east[-1] * along / length
    north -= north[-1] * along / length
    scale = length / np.hypot(np.diff(east), np.diff(north)).sum()
    return east * scale, north * scale


def _elevation(rng: Random, along: Floats, terrain: Terrain) -> Floats:
    length = along[-1]
    gain = rng.uniform(*_GAIN_M_PER_KM[terrain]) * length / 1000
    if terrain == "mountain":
        shape = _mountain(rng, along / length, gain) + 5.0 * value_noise(rng, along, 160.0)
    else:
        shape = value_noise(rng, along, 700.0) + 0.35 * value_noise(rng, along, 180.0)
        shape *= gain / max(np.maximum(np.diff(shape), 0).sum(), 1e-6)
    shape -= shape[0] + (shape[-1] - shape[0]) * along / length
    steepest = float(np.abs(np.gradient(box_smooth(shape, 7), along)).max())
    return shape * min(1.0, _STEEPEST / max(steepest, 1e-6))


def _mountain(rng: Random, fraction: Floats, gain_m: float) -> Floats:
    peaks = int(rng.integers(1, 4))
    warped = fraction ** rng.uniform(0.75, 1.35)
    return gain_m / peaks * np.sin(np.pi * peaks * warped) ** 2


def value_noise(rng: Random, at: Floats, scale: float) -> Floats:
    """A smooth curve of about unit variance sampled at the increasing positions `at`, with features of length `scale`.

    Random values at knots `scale` apart, joined by half cosines (value noise, Ebert et al., Texturing and Modeling).
    """
    position = (at - at[0]) / scale
    knots = rng.standard_normal(int(position[-1]) + 3)
    index = position.astype(np.int64)
    blend = 0.5 - 0.5 * np.cos(np.pi * (position - index))
    curve: Floats = knots[index] * (1 - blend) + knots[index + 1] * blend
    return curve
