"""Profiles that remember paths: what the same paths say, what others do not, and what never changes."""

from __future__ import annotations

import math
from dataclasses import astuple

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.prediction import Mode
from kernel.forecast import FittedProfile, fit_profile, times_of
from kernel.pace import ActivityFeatures
from kernel.pace.paths import NO_PATHS, Paths
from tests.kernel.forecast.synthetic import TODAY_DAY, flat_route, history_of, modes, seeds

ROUTE = flat_route(10_000)


def paths_at(place: int) -> Paths:
    """Somewhere; another place is somewhere else altogether."""
    return Paths(np.arange(1000 * place, 1000 * place + 40, dtype=np.uint64), np.full(40, 60.0))


def evenly(size: int) -> list[ActivityFeatures]:
    """Outings of 10 km on the flat that differ in nothing but their day."""
    first, *_ = history_of("trail_run", 1, 2)
    like = msgspec.structs.replace(first, log_km=math.log(10.0), log_unit_time=math.log(10_000.0), climb_cost=0.0)
    return [msgspec.structs.replace(like, day=first.day + 4 * i, log_moving_s=math.log(3600.0)) for i in range(size)]


def fitted(features: list[ActivityFeatures], paths: list[Paths] | None) -> FittedProfile:
    profile = fit_profile(features, "trail_run", today_day=TODAY_DAY, paths=paths)
    assert profile is not None
    return profile


def seconds(profile: FittedProfile, paths: Paths | None) -> tuple[float, ...]:
    return astuple(times_of(ROUTE, mode="trail_run", profile=profile, paths=paths))[:5]


def test_a_path_on_which_somebody_is_slower_is_forecast_slower():
    features = [
        msgspec.structs.replace(one, log_moving_s=one.log_moving_s + 0.1 * (i % 2)) for i, one in enumerate(evenly(20))
    ]
    profile = fitted(features, [paths_at(i % 2) for i in range(20)])
    quick, slow, elsewhere = (seconds(profile, paths_at(place))[2] for place in (0, 1, 7))
    assert quick < elsewhere < slow
    assert slow / quick > 1.03


def test_a_known_path_has_a_narrower_band_than_an_unknown_one():
    profile = fitted(evenly(12), [paths_at(0)] * 12)
    (low, *_, high), (unknown_low, *_, unknown_high) = (seconds(profile, paths_at(place)) for place in (0, 7))
    assert high / low < unknown_high / unknown_low


def test_a_course_whose_places_nobody_knows_is_one_on_unknown_paths():
    profile = fitted(evenly(12), [paths_at(0)] * 12)
    assert seconds(profile, None) == seconds(profile, NO_PATHS) == seconds(profile, paths_at(7))


def test_paths_say_nothing_to_a_profile_that_remembers_none():
    profile = fitted(evenly(12), None)
    assert seconds(profile, paths_at(0)) == seconds(profile, None)


def test_paths_are_stored_with_the_profile():
    profile = fitted(evenly(12), [paths_at(i % 2) for i in range(12)])
    again = FittedProfile.from_bytes(profile.to_bytes())
    assert again.to_bytes() == profile.to_bytes()
    assert seconds(again, paths_at(0)) == seconds(profile, paths_at(0))


def test_a_profile_whose_paths_count_by_other_numbers_is_fitted_again():
    packed = fitted(evenly(12), [paths_at(0)] * 12).to_bytes()
    with pytest.raises(ValueError, match="Other numbers"):
        FittedProfile.from_bytes(packed.replace(b"paths_by\xa8", b"paths_by\xa8x", 1)[:-1])


def test_a_profile_without_paths_is_stored_as_if_there_were_no_such_thing():
    profile = fitted(evenly(12), None)
    assert b"paths" not in profile.to_bytes()


@given(modes, seeds, st.integers(-40, 40))
@settings(deadline=None, max_examples=15)
def test_a_history_faster_throughout_is_forecast_faster_on_its_own_paths(mode: Mode, seed: int, percent: int):
    features = history_of(mode, 14, seed)
    paths = [paths_at(i % 3) for i in range(14)]
    by = math.log1p(percent / 100)
    moved = [msgspec.structs.replace(one, log_moving_s=one.log_moving_s + by) for one in features]
    before, after = (fit_profile(some, mode, today_day=TODAY_DAY, paths=paths) for some in (features, moved))
    assert before is not None
    told = [times_of(ROUTE, mode=mode, profile=one, paths=paths_at(1)).p50_s for one in (before, after)]
    assert (told[1] - told[0]) * by >= 0


def test_outings_of_the_other_kind_share_no_paths():
    runs, hikes = evenly(8), history_of("hiking", 8, 3)
    profile = fitted([*runs, *hikes], [*[paths_at(0)] * 8, *[paths_at(1)] * 8])
    assert seconds(profile, paths_at(1)) == pytest.approx(seconds(profile, paths_at(7)))


def test_every_answer_is_finite_where_no_past_outing_has_paths():
    profile = fitted(evenly(5), [NO_PATHS] * 5)
    assert np.isfinite(seconds(profile, paths_at(0))).all()
