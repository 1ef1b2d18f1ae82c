"""A training history: which activity on which day, and how the athlete felt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import numpy as np

from simulators.strava.world.activity import Activity, ManualEntry
from simulators.strava.world.athlete import Athlete
from simulators.strava.world.course import Random, Terrain
from simulators.strava.world.recording import RecordingPlan
from simulators.strava.world.track import Floats

_MIX = (("Run", 0.47), ("TrailRun", 0.28), ("Hike", 0.17), ("Walk", 0.08))
_TYPICAL_KM = {"Run": (9.0, 0.40), "TrailRun": (13.0, 0.45), "Hike": (11.0, 0.45), "Walk": (5.0, 0.30)}
_TERRAIN: dict[str, tuple[tuple[Terrain, float], ...]] = {
    "Run": (("flat", 0.7), ("rolling", 0.3)),
    "TrailRun": (("mountain", 0.65), ("rolling", 0.35)),
    "Hike": (("mountain", 0.8), ("rolling", 0.2)),
    "Walk": (("flat", 0.6), ("rolling", 0.4)),
}
_EFFORT_LOG_PACE = {0: 0.0, 1: -0.12, 2: 0.02, 3: -0.06}
_FAVOURITES = 6


def plan_history(
    athlete: Athlete, new_id: Callable[[], int], count: int, *, days: float, until: datetime, seed: int, specials: bool
) -> list[Activity]:
    """`count` activities in the `days` days before `until`, oldest first, without any track made yet.

    `specials` puts some that surprise clients among them.
    """
    rng = np.random.default_rng([athlete.seed, seed, 37])
    days_back = np.sort(rng.uniform(0.7, days, count))[::-1]
    form = _form(rng, days_back)
    activities = [
        _one(rng, athlete, new_id(), until - timedelta(days=float(back)), float(form[i]))
        for i, back in enumerate(days_back)
    ]
    return _with_specials(activities) if specials else activities


def _form(rng: Random, days_back: Floats) -> Floats:
    """First-order autoregressive form in log pace: SD 3 %, memory of about three weeks."""
    form = np.zeros(days_back.size)
    state = rng.normal(0, 0.03)
    for i in range(days_back.size):
        kept = float(np.exp(-(days_back[i - 1] - days_back[i]) / 21.0)) if i else 1.0
        state = kept * state + float(rng.normal(0, 0.03 * np.sqrt(1 - kept * kept)))
        form[i] = state
    return form


def _one(rng: Random, athlete: Athlete, activity_id: int, day: datetime, form: float) -> Activity:
    sport = str(rng.choice([name for name, _ in _MIX], p=[share for _, share in _MIX]))
    workout = int(rng.choice([0, 1, 2, 3], p=[0.76, 0.05, 0.1, 0.09])) if sport in {"Run", "TrailRun"} else 0
    terrain, course_seed, length_m = _course(rng, athlete, sport, long_run=workout == 2)
    plan = RecordingPlan(
        seed=int(rng.integers(1, 2**31)),
        sport_type=sport,
        course_seed=course_seed,
        terrain=terrain,
        length_m=length_m,
        home=athlete.home,
        base_m=athlete.base_m,
        day_log_pace=form + float(rng.normal(0, athlete.traits.day_sd)) + _EFFORT_LOG_PACE[workout],
        effort=_EFFORT_LOG_PACE[workout],
        traits=athlete.traits,
        with_heartrate=bool(rng.random() < 0.92),
    )
    start = _start_of_day(day, athlete, float(rng.choice([7.5, 18.5])) + float(rng.normal(0, 0.7)))
    return Activity(
        id=activity_id,
        athlete_id=athlete.id,
        name=_name(sport, terrain, workout),
        sport_type=sport,
        started_at=start,
        utc_offset_s=athlete.utc_offset_s,
        timezone=athlete.timezone,
        source=plan,
        workout_type=workout if sport in {"Run", "TrailRun"} and (workout or rng.random() < 0.7) else None,
        external_id=f"garmin_ping_{activity_id}",
        upload_id=activity_id + 1_070_000_000,
    )


def _course(rng: Random, athlete: Athlete, sport: str, *, long_run: bool) -> tuple[Terrain, int, float]:
    """A favourite course in six of ten cases, else a new one; the length belongs to the course."""
    favourite = rng.random() < 0.6
    course_seed = int(rng.integers(0, _FAVOURITES) if favourite else rng.integers(100, 2**31))
    course_seed = athlete.seed * 1000 + course_seed if favourite else course_seed
    of_course = np.random.default_rng([course_seed, sum(map(ord, sport)), int(long_run)])
    names, shares = zip(*_TERRAIN[sport], strict=True)
    terrain: Terrain = names[int(of_course.choice(len(names), p=shares))]
    typical, spread = _TYPICAL_KM[sport]
    kilometres = typical * (1.8 if long_run else 1.0) * np.exp(of_course.normal(0, spread))
    return terrain, course_seed, float(np.clip(kilometres, 2.0, 45.0)) * 1000


def _start_of_day(day: datetime, athlete: Athlete, local_hour: float) -> datetime:
    """That local hour of the local day, or a day earlier when the recording might reach past `day`."""
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(seconds=athlete.utc_offset_s)
    start = (midnight + timedelta(hours=local_hour)).replace(microsecond=0)
    return start if start + timedelta(hours=12) < day else start - timedelta(days=1)


def _name(sport: str, terrain: Terrain, workout: int) -> str:
    where = {"flat": "by the river", "rolling": "over the hills", "mountain": "in the mountains"}[terrain]
    what = {"Run": "Run", "TrailRun": "Trail run", "Hike": "Hike", "Walk": "Walk"}[sport]
    prefix = {1: "Race: ", 2: "Long: ", 3: "Workout: "}.get(workout, "")
    return f"{prefix}{what} {where}"


def _with_specials(activities: list[Activity]) -> list[Activity]:
    """From ten activities on: one manual, one indoor, one Only Me and one with a hidden start time among them."""
    if len(activities) < 10:
        return activities
    runs = [i for i, activity in enumerate(activities) if activity.sport_type == "Run"][::-1]
    changed = list(activities)
    for index, changes in zip(runs[1:], _SPECIALS, strict=False):
        changed[index] = replace(changed[index], **changes(changed[index].source))
    return changed


_SPECIALS: tuple[Callable[[Any], dict[str, Any]], ...] = (
    lambda _plan: {"name": "Secret session", "visibility": "only_me"},
    lambda plan: {
        "name": "Treadmill",
        "sport_type": "VirtualRun",
        "trainer": True,
        "source": msgspec.structs.replace(plan, indoor=True, terrain="flat"),
    },
    lambda _plan: {
        "name": "Run without a watch",
        "source": ManualEntry(distance_m=8000.0, elapsed_time_s=2880),
        **dict.fromkeys(("workout_type", "device_name", "external_id", "upload_id")),
    },
    lambda _plan: {"hidden_start": True},
)
