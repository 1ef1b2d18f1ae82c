"""How hard somebody means to go: by how much their own days differ, and not by what nobody knows of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.prediction import Effort, Mode
from kernel.fitted import OWN_DAYS_SD
from kernel.forecast import times_of
from kernel.forecast.distribution import TimeDistribution
from kernel.pace import KIND_OF_MODE
from tests.kernel.forecast.synthetic import flat_route, modes, profile_of, seeds

EFFORTS: tuple[Effort, ...] = ("race", "fast", "moderate", "easy")
some = settings(max_examples=40, deadline=None)
lengths_m = st.floats(2_000, 200_000)
paces = st.none() | st.floats(240, 700)


def centres_s(times: TimeDistribution) -> list[float]:
    return [times.at_effort(effort).p50_s for effort in EFFORTS]


@some
@given(modes, lengths_m, paces)
def test_a_strangers_efforts_lie_as_far_apart_on_every_course(mode: Mode, length_m: float, pace: float | None):
    times = times_of(flat_route(length_m), mode=mode, profile=None, flat_pace_s_per_km=pace)
    short = times_of(flat_route(2_000), mode=mode, profile=None, flat_pace_s_per_km=pace)
    assert [each / times.p50_s for each in centres_s(times)] == pytest.approx(
        [each / short.p50_s for each in centres_s(short)], rel=1e-6
    )


@some
@given(modes, lengths_m, st.sampled_from([0, 1, 3, 40]), seeds)
def test_who_goes_harder_is_faster_and_nobody_leaves_their_own_band(mode: Mode, length_m: float, size: int, seed: int):
    profile = profile_of(mode, size, seed) if size else None
    times = times_of(flat_route(length_m), mode=mode, profile=profile)
    centres = centres_s(times)
    assert centres == sorted(centres)
    assert times.p10_s <= centres[0] * (1 + 1e-9)
    assert centres[-1] <= times.p75_s * (1 + 1e-9)


@some
@given(modes, st.sampled_from([1, 3, 40]), seeds, st.floats(1.5, 20))
def test_a_day_longer_than_any_before_makes_nobody_race_harder(mode: Mode, size: int, seed: int, longer: float):
    profile = profile_of(mode, size, seed)
    longest_m = 1000 * profile.facts.longest_km
    known, beyond = (times_of(flat_route(each), mode=mode, profile=profile) for each in (longest_m, longer * longest_m))
    own = OWN_DAYS_SD[KIND_OF_MODE[mode]] * profile.pace.posterior.noise_factor
    for times in (known, beyond):
        assert times.at_effort("race").p50_s >= times.p50_s * (1 - 1.3 * own)
    assert beyond.p10_s / beyond.p50_s < known.p10_s / known.p50_s
