"""An athlete's profile as other services and people see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

import numpy as np

from kernel.club.level import classify_level
from kernel.contracts.ids import TelegramId
from kernel.contracts.prediction import Mode
from kernel.contracts.profile import Endurance, LevelEvidence, Profile
from kernel.fitted import Kind
from kernel.forecast.expectation import medians_s
from kernel.forecast.fitted_profile import FittedProfile
from kernel.forecast.fitting import fitting_of
from kernel.forecast.history import counted
from kernel.forecast.versions import Versions, versions_of
from kernel.pace.curve import PersonalCurve
from kernel.pace.features import ActivityFeatures
from kernel.pace.population import KIND_OF_MODE
from kernel.tracks import RouteGeometry, route_from_arrays

NO_PROFILE: Final = "no_profile"
"""The reason of a profile that does not exist."""
_FLAT_KM: Final = (5.0, 10.0, 20.0, 40.0)
_USUAL_TURN_RAD: Final = 0.5


def describe_profile(
    features: Sequence[ActivityFeatures],
    mode: Mode,
    *,
    telegram_id: TelegramId,
    updated_at: datetime,
    today_day: float,
) -> Profile:
    """The profile of an athlete's activities; `has_profile` is false, figures null, when none of the mode is usable."""
    fitting = fitting_of(counted(features, today_day), mode)
    if fitting is None:
        return without_figures(telegram_id, mode, has_profile=False, reason=NO_PROFILE)
    return describe_fitted(fitting.profile(), fitting.curve, telegram_id=telegram_id, updated_at=updated_at)


def describe_fitted(
    fitted: FittedProfile, curve: PersonalCurve, *, telegram_id: TelegramId, updated_at: datetime
) -> Profile:
    """As `describe_profile`, of what was fitted and the curve of the same activities."""
    mode = fitted.facts.mode
    *flat_s, climb_s = medians_s(_reference_courses(fitted.kind), fitted)
    evidence = LevelEvidence(flat_10k_s=round(flat_s[_FLAT_KM.index(10.0)]), climb_5k_s=round(climb_s))
    return Profile(
        telegram_id=telegram_id,
        type=mode,
        has_profile=True,
        flat_pace_p50=round(curve.flat_pace_s_per_km),
        total_activities=fitted.facts.total_activities,
        total_km=round(fitted.facts.total_km),
        gradient_coverage=curve.coverage,
        level=classify_level(evidence.flat_10k_s, evidence.climb_5k_s, KIND_OF_MODE[mode]),
        updated_at=updated_at,
        shareable=True,
        curve=list(curve.values),
        endurance=Endurance(exponent=_exponent(flat_s), longest_s=round(fitted.facts.longest_s)),
        level_evidence=evidence,
    )


def without_figures(telegram_id: TelegramId, mode: Mode, *, has_profile: bool, reason: str) -> Profile:
    """A profile that tells no figure: there is none, or it may not be shown; `reason` is a stable word for which."""
    return Profile(
        telegram_id=telegram_id,
        type=mode,
        has_profile=has_profile,
        flat_pace_p50=None,
        total_activities=None,
        total_km=None,
        gradient_coverage=None,
        level=None,
        updated_at=None,
        shareable=False,
        reason=reason,
    )


def _exponent(flat_s: Sequence[float]) -> float:
    """Slope of log time over log distance between flat 5 and 40 km: 1 is no fatigue at all."""
    return round(float(np.polyfit(np.log(_FLAT_KM), np.log(flat_s), 1)[0]), 3)


@cache
def _reference_courses(kind: Kind) -> tuple[Versions, ...]:
    """The versions of even courses with ordinary bends: flat ones, then 5 km that climb 1,000 m."""
    return tuple(
        versions_of(_even_course(length_km, rise_m), kind)
        for length_km, rise_m in (*((km, 0.0) for km in _FLAT_KM), (5.0, 1000.0))
    )


def _even_course(length_km: float, rise_m: float) -> RouteGeometry:
    distance_m = np.arange(0.0, 1000.0 * length_km + 1.0, 10.0)
    turn_rad = np.full(round(10 * length_km), _USUAL_TURN_RAD)
    return route_from_arrays(distance_m, rise_m * distance_m / distance_m[-1], turn_rad)
