from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from kernel.contracts.prediction import Mode
from kernel.forecast import fit_profile
from kernel.forecast.profile import describe_profile
from kernel.pace import ActivityFeatures, features_of_recording
from kernel.pace.categories import CATEGORY_CENTRES, FLAT
from kernel.pace.curve import personal_curve
from kernel.pace.population import log_relative_pace, prior_flat_pace_s_per_km
from tests.kernel.forecast.synthetic import TODAY_DAY, history_of, recording_of

NOW = datetime(2025, 6, 1, tzinfo=UTC)


def described(history: list[ActivityFeatures], mode: Mode = "trail_run"):
    return describe_profile(history, mode, telegram_id="7", updated_at=NOW, today_day=TODAY_DAY)


def test_without_activities_of_the_mode_there_is_no_profile():
    profile = described(history_of("hiking", 5, 1))
    assert (profile.has_profile, profile.flat_pace_p50, profile.level, profile.curve) == (False, None, None, [])


def test_a_profile_tells_what_the_activities_held():
    history = history_of("trail_run", 30, 1)
    profile = described(history)
    assert profile.has_profile
    assert profile.total_activities == 30
    assert profile.total_km == round(sum(f.km for f in history))
    assert len(profile.curve) == 11
    assert profile.gradient_coverage == sum(point.n >= 5 for point in profile.curve)
    assert all(p.pace_s_per_km.p25 <= p.pace_s_per_km.p50 <= p.pace_s_per_km.p75 for p in profile.curve)
    assert profile.endurance is not None
    assert 0.9 < profile.endurance.exponent < 1.3
    fitted = fit_profile(history, "trail_run", today_day=TODAY_DAY)
    assert fitted is not None
    assert round(fitted.facts.flat_pace_s_per_km) == profile.flat_pace_p50


def test_many_flat_kilometres_show_their_own_pace():
    history = [features_of_recording(recording_of(np.zeros(1000), 0.3), "run") for _ in range(20)]
    profile = described(history)
    assert profile.flat_pace_p50 == pytest.approx(300, rel=0.02)
    assert profile.gradient_coverage == 1
    assert profile.curve[FLAT].prior_share < 0.05
    assert profile.curve[0].prior_share == 1.0


def test_an_unseen_gradient_is_the_population_at_the_athletes_level():
    history = [features_of_recording(recording_of(np.zeros(1000), 0.3), "run") for _ in range(40)]
    curve = personal_curve(history, "run")
    steep = curve.values[-1].pace_s_per_km.p50 / np.exp(log_relative_pace(np.array(CATEGORY_CENTRES[-1:]), "run"))[0]
    assert steep == pytest.approx(300, rel=0.03)


def test_nobody_has_the_curve_of_the_population():
    curve = personal_curve([], "walk")
    assert curve.flat_pace_s_per_km == pytest.approx(prior_flat_pace_s_per_km("walk"), abs=0.1)
    assert curve.coverage == 0
