from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.prediction import Mode, Prediction
from kernel.forecast import FittedProfile, forecast_to_wire, predict
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray
from tests.kernel.forecast.synthetic import flat_route, gradients, modes, profile_of, route_of, seeds, sizes


def answer_of(
    route: RouteGeometry, mode: Mode = "trail_run", profile: FittedProfile | None = None, pace: float | None = None
) -> Prediction:
    return forecast_to_wire(predict(route, mode=mode, profile=profile, flat_pace_s_per_km=pace), "id")


def minutes(answer: Prediction) -> dict[str, float]:
    return {each.cause: each.minutes for each in answer.minutes}


@settings(max_examples=60, deadline=None)
@given(modes, sizes, seeds, gradients, st.one_of(st.none(), st.floats(120, 1800)))
def test_the_minutes_lead_from_the_flat_run_to_the_moderate_time(
    mode: Mode, size: int, seed: int, slopes: FloatArray, pace: float | None
):
    for profile in (None, profile_of(mode, size, seed)):
        answer = answer_of(route_of(slopes), mode, profile, pace)
        tenths = [round(10 * each.minutes) for each in answer.minutes]
        assert sum(tenths) == round((answer.times_s.moderate - answer.flat_run_s) / 6)
        assert [each.minutes for each in answer.minutes] == [tenth / 10 for tenth in tenths]


def test_climbs_cost_gentle_descents_save():
    hills = minutes(answer_of(route_of(np.tile([0.08] * 100 + [-0.08] * 100, 5))))
    assert hills["climb"] > 5
    assert hills["descent"] < 0
    assert hills["climb"] > -hills["descent"]


def test_on_the_flat_nothing_is_put_down_to_slopes():
    flat = minutes(answer_of(flat_route(8000), profile=profile_of("trail_run", 12, 1)))
    assert (flat["climb"], flat["descent"]) == (0.0, 0.0)


def test_for_a_stranger_only_slopes_distance_and_level_count():
    assert minutes(answer_of(route_of(np.tile([0.1, -0.1], 800))))["terrain"] == 0.0


def test_far_beyond_the_longest_outing_distance_costs():
    near, far = (
        minutes(answer_of(flat_route(metres), profile=profile_of("trail_run", 12, 1))) for metres in (8e3, 1e5)
    )
    assert far["distance"] > 10 > near["distance"]


def test_the_flat_run_is_the_distance_at_the_flat_pace():
    assert answer_of(flat_route(10_000), pace=300).flat_run_s == 3000


def test_a_pace_stated_too_fast_is_put_down_to_level():
    profile, route = profile_of("trail_run", 40, 2), flat_route(10_000)
    honest, boasted = (minutes(answer_of(route, profile=profile, pace=pace)) for pace in (None, 150.0))
    assert boasted["level"] > honest["level"] + 10
    assert boasted["distance"] == pytest.approx(honest["distance"], abs=2)
