"""However a route is drawn, it takes as long: laws from the track to the time of a stranger."""

from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.prediction import Mode
from kernel.forecast import times_of
from kernel.tracks import RouteGeometry, Track, route_from_track
from kernel.tracks.distance import EARTH_RADIUS_M
from tests.kernel.tracks.made_tracks import densified, track_of, tracks

MODES = st.sampled_from(["trail_run", "hiking"])


def seconds(route: RouteGeometry, mode: Mode) -> tuple[float, ...]:
    return astuple(times_of(route, mode=mode, profile=None))[:5]


@given(tracks(), st.integers(2, 5), MODES)
@settings(deadline=None, max_examples=60)
def test_points_added_along_a_track_change_its_time_by_a_hundredth_at_most(
    track: Track, times: int, mode: Mode
) -> None:
    fine = route_from_track(densified(track, times))
    assert seconds(fine, mode) == pytest.approx(seconds(route_from_track(track), mode), rel=1e-2)


@given(tracks(), st.floats(-360, 360), MODES)
@settings(deadline=None, max_examples=60)
def test_a_route_across_the_antimeridian_is_the_same_route(track: Track, moved_deg: float, mode: Mode) -> None:
    moved = replace(track, lon_deg=(track.lon_deg + moved_deg + 180.0) % 360.0 - 180.0)
    home, away = route_from_track(track), route_from_track(moved)
    assert away.length_m == pytest.approx(home.length_m, rel=1e-6)
    assert seconds(away, mode) == pytest.approx(seconds(home, mode), rel=1e-2)


@given(st.integers(0, 2**32), st.floats(1, 60), st.sampled_from([90.0, -90.0]), MODES)
@settings(deadline=None, max_examples=60)
def test_a_route_over_a_pole_is_finite_and_as_long_as_anywhere(
    seed: int, step_m: float, pole: float, mode: Mode
) -> None:
    rng = np.random.default_rng(seed)
    east, north = np.cumsum(rng.normal(0, step_m, (2, 80)), axis=1)
    from_pole_deg = np.degrees(np.hypot(east, north) / EARTH_RADIUS_M)
    height = 500 + np.cumsum(rng.normal(0, 2, 80))
    over = Track(pole - np.copysign(from_pole_deg, pole), np.degrees(np.arctan2(east, north)), height, None)
    flat = track_of(north, east, height)
    route, elsewhere = route_from_track(over), route_from_track(flat)
    assert route.length_m == pytest.approx(elsewhere.length_m, rel=1e-4)
    assert np.isfinite([*seconds(route, mode), route.gain_m, route.loss_m, *route.gradient]).all()
    assert route.turn_rad is not None
    assert np.isfinite(route.turn_rad).all()
