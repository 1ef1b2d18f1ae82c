"""One athlete on one course on one day, as a watch would have recorded it."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from simulators.strava.world.athlete import Physiology, log_fatigue, log_relative_pace
from simulators.strava.world.course import Course, Random, Terrain, make_course, value_noise
from simulators.strava.world.track import METRES_PER_DEGREE, Floats, RecordedTrack, box_smooth

Seconds = NDArray[np.int64]
Flags = NDArray[np.bool_]

_MOST_SAMPLES_AT_1_HZ = 7200
_AUTO_PAUSE_S = 90
_ON_FOOT = frozenset({"Hike", "Walk", "Snowshoe"})


class RecordingPlan(msgspec.Struct, frozen=True, tag=True):
    """Everything that determines a generated track; the same plan always gives the same track."""

    seed: int
    sport_type: str
    course_seed: int
    terrain: Terrain
    length_m: float
    home: tuple[float, float]
    base_m: float
    day_log_pace: float
    effort: float
    traits: Physiology
    with_heartrate: bool = True
    indoor: bool = False


def record(plan: RecordingPlan) -> RecordedTrack:
    """The track of this plan: sampled at 1 Hz, sparser beyond two hours so that it stays below 7,200 samples."""
    rng = np.random.default_rng([plan.seed, 23])
    course = make_course(plan.course_seed, plan.terrain, plan.length_m, plan.home, plan.base_m)
    flat = replace(course, elevation_m=np.full_like(course.elevation_m, plan.base_m)) if plan.indoor else course
    moving_at = _moving_time_along(rng, flat, plan)
    time_at, along, gaps = _with_pauses(rng, moving_at, flat.distance_m, indoor=plan.indoor)
    time_s = _sample_times(float(time_at[-1]), gaps)
    position = np.interp(time_s, time_at, along)
    return _as_recorded(rng, plan, flat, time_s, position)


def _moving_time_along(rng: Random, course: Course, plan: RecordingPlan) -> Floats:
    on_foot = plan.sport_type in _ON_FOOT
    flat_pace = plan.traits.hike_s_per_km if on_foot else plan.traits.run_s_per_km
    log_pace = log_relative_pace(course.gradient, plan.traits, on_foot=on_foot)
    log_pace = log_pace + plan.day_log_pace + (0.09 if course.terrain == "mountain" and not on_foot else 0.0)
    log_pace += 0.035 * value_noise(rng, course.distance_m, 250.0) + 0.02 * value_noise(rng, course.distance_m, 40.0)
    step = np.diff(course.distance_m, prepend=0.0) / 1000
    unhurried = np.cumsum(step * flat_pace * np.exp(log_pace))
    pace = flat_pace * np.exp(log_pace + log_fatigue(unhurried, plan.traits))
    return np.cumsum(step * pace)


def _with_pauses(
    rng: Random, moving_at: Floats, along: Floats, *, indoor: bool
) -> tuple[Floats, Floats, list[tuple[float, float]]]:
    """Time and distance with stops put in; stops long enough for auto-pause come back as (start, end) gaps."""
    hours = moving_at[-1] / 3600
    count = 0 if indoor else int(rng.poisson(1.6 * hours))
    where = np.sort(rng.integers(1, moving_at.size - 1, size=count))
    how_long = np.minimum(rng.lognormal(np.log(45), 1.0, size=count), 1500.0)
    before = np.concatenate([[0.0], np.cumsum(how_long)])
    starts = moving_at[where] + before[:-1]
    shifted = moving_at + before[np.searchsorted(where, np.arange(moving_at.size), side="left")]
    times = np.insert(shifted, where + 1, starts + how_long)
    gaps = [(float(s), float(s + d)) for s, d in zip(starts, how_long, strict=True) if d >= _AUTO_PAUSE_S]
    return np.maximum.accumulate(times), np.insert(along, where + 1, along[where]), gaps


def _sample_times(total_s: float, gaps: list[tuple[float, float]]) -> Seconds:
    times = np.arange(0, int(total_s) + 1, max(int(np.ceil(total_s / _MOST_SAMPLES_AT_1_HZ)), 1))
    keep = np.ones(times.size, dtype=bool)
    for start, end in gaps:
        keep &= ~((times > start + 5) & (times < end - 1))
    keep[-1] = True
    return times[keep]


def _as_recorded(rng: Random, plan: RecordingPlan, course: Course, time_s: Seconds, position: Floats) -> RecordedTrack:
    elapsed = time_s.astype(np.float64)
    speed = np.diff(position, prepend=position[0]) / np.maximum(np.diff(elapsed, prepend=-1.0), 1.0)
    moving = speed > (0.25 if plan.sport_type in _ON_FOOT else 0.5)
    altitude = np.interp(position, course.distance_m, course.elevation_m)
    grade = np.interp(position, course.distance_m, course.gradient)
    track = RecordedTrack(
        time_s=time_s,
        distance_m=np.round(position * (1 + rng.normal(0, 0.003)), 1),
        moving=moving,
        heartrate_bpm=_heartrate(rng, plan, grade, elapsed, moving) if plan.with_heartrate else None,
        cadence_rpm=_cadence(rng, plan, speed, moving),
    )
    if plan.indoor:
        return track
    lat, lon = _gps(rng, course, elapsed, position)
    barometer = altitude + 1.2 * value_noise(rng, elapsed, 900.0) + rng.normal(0, 0.12, altitude.size)
    temperature = np.round(rng.uniform(2, 26) + 1.5 * value_noise(rng, elapsed, 1800.0))
    height = np.round(box_smooth(barometer, 5) * 5) / 5
    return msgspec.structs.replace(track, lat_deg=lat, lon_deg=lon, altitude_m=height, temperature_c=temperature)


def _gps(rng: Random, course: Course, elapsed: Floats, position: Floats) -> tuple[Floats, Floats]:
    degree = 2.2 / METRES_PER_DEGREE
    lat = np.interp(position, course.distance_m, course.lat_deg) + degree * value_noise(rng, elapsed, 25.0)
    lon = np.interp(position, course.distance_m, course.lon_deg) + degree * value_noise(rng, elapsed, 25.0)
    return np.round(lat, 6), np.round(lon, 6)


def _heartrate(rng: Random, plan: RecordingPlan, grade: Floats, elapsed: Floats, moving: Flags) -> Floats:
    traits = plan.traits
    base = float(0.52 if plan.sport_type in _ON_FOOT else 0.70) - 0.9 * plan.effort
    share: Floats = base + 0.35 * np.clip(grade, -0.15, 0.3) + 0.015 * elapsed / 3600
    share += 0.02 * value_noise(rng, elapsed, 120.0)
    share = box_smooth(np.where(moving, share, share - 0.15), 45) * (1 - 0.35 * np.exp(-elapsed / 70))
    beats = np.clip(traits.rest_bpm + share * (traits.max_bpm - traits.rest_bpm), 55, traits.max_bpm)
    return np.round(beats)


def _cadence(rng: Random, plan: RecordingPlan, speed: Floats, moving: Flags) -> Floats:
    base, slope = (44.0, 8.0) if plan.sport_type in _ON_FOOT else (72.0, 4.0)
    return np.round(base + slope * speed + rng.normal(0, 1, speed.size)) * moving.astype(np.float64)
