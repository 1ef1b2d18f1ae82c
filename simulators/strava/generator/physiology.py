"""How fast a simulated athlete moves: an own model, unknown to the predictor that is judged with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from simulators.strava.noise import Floats

AthleteLevel = Literal["beginner", "intermediate", "advanced", "elite"]

_EASY_RUN_S_PER_KM: dict[AthleteLevel, float] = {"beginner": 430, "intermediate": 355, "advanced": 305, "elite": 258}
_HIKE_S_PER_KM: dict[AthleteLevel, float] = {"beginner": 860, "intermediate": 770, "advanced": 700, "elite": 640}


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
        walking: Floats = np.where(gradient > 0, 2.9 * tobler / traits.climb_skill, 2.6 * tobler / traits.descent_skill)
        return walking
    climbing = 1.6 * (1 - np.exp(-up / 0.33)) / traits.climb_skill
    ratio = down / 0.085
    descending = np.minimum(0.11 * (ratio * ratio - 2 * ratio), 0.62)
    return climbing + np.where(descending > 0, descending / traits.descent_skill, descending * traits.descent_skill)


def log_fatigue(elapsed_guess_s: Floats, traits: Physiology) -> Floats:
    """Log slowdown after `elapsed_guess_s` seconds of moving: none in the first half hour, then with endurance."""
    slowdown: Floats = traits.endurance * np.log1p(np.maximum(elapsed_guess_s - 1800.0, 0.0) / 3600.0)
    return slowdown


def strava_gap_factor(gradient: Floats) -> Floats:
    """Relative effort at a gradient for the GAP the simulated Strava shows (quadratic, clipped at +-45 %)."""
    clipped = np.clip(gradient, -0.45, 0.45)
    factor: Floats = np.maximum(1.0 + 2.9 * clipped + 14.0 * clipped * clipped, 0.75)
    return factor
