"""Who an athlete is, and how fast: an own model, unknown to the predictor that is judged with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np

from simulators.strava.world.track import Floats

AthleteLevel = Literal["beginner", "intermediate", "advanced", "elite"]

_EASY_RUN_S_PER_KM: dict[AthleteLevel, float] = {"beginner": 430, "intermediate": 355, "advanced": 305, "elite": 258}
_HIKE_S_PER_KM: dict[AthleteLevel, float] = {"beginner": 860, "intermediate": 770, "advanced": 700, "elite": 640}
_WOMEN = ("Aliya", "Dana", "Vera", "Saule")
_MEN = ("Timur", "Marat", "Anton", "Ilya")
_SURNAMES = ("Skala", "Tropa", "Veter", "Gornaya", "Beregova", "Dolin", "Kamen", "Ozero")


@dataclass(frozen=True, slots=True)
class Physiology:
    """Traits of one athlete. Paces are moving paces on flat ground at an easy effort; skills are 1 for the average."""

    run_s_per_km: float
    hike_s_per_km: float
    climb_skill: float
    descent_skill: float
    endurance: float
    day_sd: float
    rest_bpm: float
    max_bpm: float
    weight_kg: float


@dataclass(frozen=True, slots=True)
class Athlete:
    """One member. `privacy_zone_m` is the radius around home that is hidden without activity:read_all."""

    id: int
    seed: int
    firstname: str
    lastname: str
    sex: Literal["M", "F"]
    level: AthleteLevel
    traits: Physiology
    home: tuple[float, float]
    base_m: float
    utc_offset_s: int
    timezone: str
    created_at: datetime
    privacy_zone_m: float = 0.0


def draw_athlete(
    athlete_id: int, seed: int, level: AthleteLevel, firstname: str | None, privacy_zone_m: float
) -> Athlete:
    """The same seed gives the same athlete."""
    rng = np.random.default_rng([seed, 5])
    woman = bool(rng.random() < 0.5)
    name = str(rng.choice(_WOMEN if woman else _MEN))
    return Athlete(
        id=athlete_id,
        seed=seed,
        firstname=firstname or name,
        lastname=_SURNAMES[int(rng.integers(len(_SURNAMES)))],
        sex="F" if woman else "M",
        level=level,
        traits=draw_physiology(rng, level),
        home=(43.2 + float(rng.normal(0, 0.05)), 76.9 + float(rng.normal(0, 0.05))),
        base_m=float(rng.uniform(700, 1500)),
        utc_offset_s=18_000,
        timezone="(GMT+05:00) Asia/Almaty",
        created_at=datetime(2018, 3, 1, 6, 0, tzinfo=UTC),
        privacy_zone_m=privacy_zone_m,
    )


def draw_physiology(rng: np.random.Generator, level: AthleteLevel) -> Physiology:
    return Physiology(
        run_s_per_km=float(_EASY_RUN_S_PER_KM[level] * np.exp(rng.normal(0, 0.04))),
        hike_s_per_km=float(_HIKE_S_PER_KM[level] * np.exp(rng.normal(0, 0.06))),
        climb_skill=float(np.exp(rng.normal(0, 0.10))),
        descent_skill=float(np.exp(rng.normal(0, 0.20))),
        endurance=float(rng.uniform(0.02, 0.07)),
        day_sd=float(rng.uniform(0.045, 0.065)),
        rest_bpm=float(rng.uniform(44, 62)),
        max_bpm=float(rng.uniform(178, 198)),
        weight_kg=float(rng.uniform(52, 86)),
    )


def log_relative_pace(gradient: Floats, traits: Physiology, *, on_foot: bool) -> Floats:
    """Log of pace over flat pace: saturating on climbs, fastest near -8.5 %, slow again on steep descents.

    `on_foot` is walking and hiking, where the shape is Tobler's (1993) with a softer exponent.
    """
    up = np.maximum(gradient, 0.0)
    down = np.clip(-gradient, 0.0, 0.40)
    if on_foot:
        tobler = np.abs(gradient + 0.05) - 0.05
        return np.where(gradient > 0, 2.9 * tobler / traits.climb_skill, 2.6 * tobler / traits.descent_skill)
    climbing = 1.6 * (1 - np.exp(-up / 0.33)) / traits.climb_skill
    ratio = down / 0.085
    descending = np.minimum(0.11 * (ratio * ratio - 2 * ratio), 0.62)
    return climbing + np.where(descending > 0, descending / traits.descent_skill, descending * traits.descent_skill)


def log_fatigue(elapsed_guess_s: Floats, traits: Physiology) -> Floats:
    """Log slowdown after `elapsed_guess_s` seconds of moving: none in the first half hour, then with endurance."""
    return traits.endurance * np.log1p(np.maximum(elapsed_guess_s - 1800.0, 0.0) / 3600.0)
