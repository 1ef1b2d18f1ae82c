from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.fitted import CURVE_PERCENT, Kind
from kernel.forecast import times_of
from kernel.pace.population import log_relative_pace
from kernel.tracks import RouteGeometry, route_from_arrays

KINDS: list[Kind] = ["run", "walk"]
STEEP = max(-CURVE_PERCENT[0], CURVE_PERCENT[-1]) / 100
slopes = st.floats(STEEP, 1.0)


def relative(gradient: float, kind: Kind) -> float:
    return float(np.exp(log_relative_pace(np.array([gradient]), kind))[0])


def climb(rise_m: float, length_m: float) -> RouteGeometry:
    distance_m = np.linspace(0.0, length_m, round(length_m / 10) + 1)
    return route_from_arrays(distance_m, rise_m * distance_m / length_m)


@given(st.sampled_from(KINDS), slopes, slopes)
def test_a_metre_of_steep_climb_or_descent_costs_the_same_however_steep(kind: Kind, one: float, other: float):
    for sign in (1, -1):
        assert relative(sign * one, kind) / one == pytest.approx(relative(sign * other, kind) / other)


@given(st.sampled_from(KINDS), st.floats(0.0, 1.0), st.floats(0.0, 0.5))
def test_steeper_climbs_are_slower_all_the_way(kind: Kind, gradient: float, more: float):
    assert relative(gradient + more, kind) >= relative(gradient, kind)


@given(st.sampled_from(KINDS), st.floats(0.07, 1.0), st.floats(0.0, 0.5))
def test_so_are_steeper_descents_once_they_brake(kind: Kind, gradient: float, more: float):
    steep, steeper = (relative(-g, kind) for g in (max(gradient, 0.11), max(gradient, 0.11) + more))
    assert steeper >= steep


@pytest.mark.parametrize(("pace_s_per_km", "minutes"), [(186, 28.9), (240, 37.4), (360, 56.1)])
def test_the_kilometre_of_climb_takes_what_its_record_and_its_fields_do(pace_s_per_km: float, minutes: float):
    """1,000 m within 1.92 km: the record is 28:53; fields of vertical races climb 640 to 1,114 m an hour."""
    times = times_of(climb(1000, 1920), mode="trail_run", profile=None, flat_pace_s_per_km=pace_s_per_km)
    assert times.p50_s / 60 == pytest.approx(minutes, rel=0.02)


def test_a_steeper_slope_to_the_same_height_saves_no_time():
    gentle, steep = (climb(600, length_m) for length_m in (1_500, 1_050))
    for mode in ("trail_run", "hiking"):
        slow, quick = (times_of(route, mode=mode, profile=None).p50_s for route in (gentle, steep))
        assert quick == pytest.approx(slow, rel=0.03)
