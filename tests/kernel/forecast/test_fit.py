from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from kernel.fitted import PACE
from kernel.forecast import FittedProfile, fit_profile, predict, times_of
from kernel.forecast.covariance import variance, within
from kernel.forecast.fitted_profile import PROFILE_FORMAT
from kernel.forecast.history import outings_of_history, table_of
from kernel.forecast.process import learned
from tests.kernel.forecast.synthetic import TODAY_DAY, faster, flat_route, history_of, profile_of


def test_no_usable_activity_of_the_mode_is_no_profile():
    assert fit_profile([], "trail_run", today_day=TODAY_DAY) is None
    assert fit_profile(history_of("hiking", 6, 1), "trail_run", today_day=TODAY_DAY) is None


def test_an_activity_from_the_future_does_not_count():
    (only,) = history_of("trail_run", 1, 1)
    assert fit_profile([only], "trail_run", today_day=only.day - 2) is None
    assert fit_profile([only], "trail_run", today_day=only.day) is not None


def test_a_profile_survives_storage():
    profile = profile_of("trail_run", 20, 3)
    packed = profile.to_bytes()
    again, route = FittedProfile.from_bytes(packed), flat_route(12_000)
    assert again.to_bytes() == packed
    assert again.facts == profile.facts
    assert times_of(route, mode="trail_run", profile=again) == times_of(route, mode="trail_run", profile=profile)


def test_bytes_that_are_no_profile_are_refused():
    with pytest.raises(ValueError):
        FittedProfile.from_bytes(b"\x93no")


@pytest.mark.parametrize("tag", [b"FP2:", b"FP3:", b"FP3.60ba4b6b:", b"FP4:", b"FP5:", b"FP5.0123abcd:", b"AF4:", b""])
def test_a_profile_of_another_version_is_refused_by_its_name(tag: bytes):
    body = PROFILE_FORMAT.unpack(profile_of("trail_run", 20, 3).to_bytes())
    with pytest.raises(ValueError, match=tag.decode().removesuffix(":") or "no version"):
        FittedProfile.from_bytes(tag + body)


def test_a_long_history_is_found_again_in_the_forecast():
    """Forty runs at one even grade-adjusted pace predict that pace on the flat within 3 %."""
    outings = history_of("trail_run", 40, 5)
    history = [msgspec.structs.replace(f, log_moving_s=f.log_unit_time + math.log(0.30)) for f in outings]
    profile = fit_profile(history, "trail_run", today_day=TODAY_DAY)
    times = times_of(flat_route(8_000), mode="trail_run", profile=profile)
    assert times.p50_s == pytest.approx(2400, rel=0.03)
    assert times.prior_share < 0.15


def test_more_history_means_less_of_the_population():
    route = flat_route(8_000)
    shares = [
        times_of(route, mode="trail_run", profile=profile_of("trail_run", n, 2)).prior_share for n in (1, 4, 12, 40)
    ]
    assert shares == sorted(shares, reverse=True)


def test_one_absurd_outing_moves_the_forecast_little():
    history = history_of("trail_run", 20, 4)
    odd = [*history[:-1], msgspec.structs.replace(history[-1], log_moving_s=history[-1].log_moving_s + 1.5)]
    route = flat_route(10_000)
    usual, shaken = (
        times_of(route, mode="trail_run", profile=fit_profile(past, "trail_run", today_day=TODAY_DAY)).p50_s
        for past in (history, odd)
    )
    assert shaken / usual < 1.12


def test_strangers_get_a_wider_band_than_the_known():
    route = flat_route(10_000)
    known = times_of(route, mode="trail_run", profile=profile_of("trail_run", 40, 2))
    stated = times_of(route, mode="trail_run", profile=None, flat_pace_s_per_km=330)
    stranger = times_of(route, mode="trail_run", profile=None)
    widths = [t.p90_s / t.p10_s for t in (known, stated, stranger)]
    assert widths == sorted(widths)


def test_a_stranger_runs_the_stated_pace():
    route = flat_route(10_000)
    times = times_of(route, mode="trail_run", profile=None, flat_pace_s_per_km=300)
    assert times.p50_s == pytest.approx(3000, rel=0.01)


def test_a_stated_pace_counts_with_few_outings_and_hardly_with_many():
    route = flat_route(10_000)

    def moved(size: int) -> float:
        """How far towards a pace 30 % faster than the history the forecast goes: 0 is not at all, 1 wholly."""
        profile = profile_of("trail_run", size, 2)
        silent = times_of(route, mode="trail_run", profile=profile)
        said = times_of(route, mode="trail_run", profile=profile, flat_pace_s_per_km=0.07 * silent.p50_s)
        return math.log(silent.p50_s / said.p50_s) / math.log(1 / 0.7)

    few, some, many = moved(1), moved(4), moved(40)
    assert 0.2 < few < 0.9
    assert few > some > many
    assert many < 0.05


def test_what_was_said_narrows_the_band_of_a_newcomer():
    route, profile = flat_route(10_000), profile_of("trail_run", 1, 2)
    silent, said = (times_of(route, mode="trail_run", profile=profile, flat_pace_s_per_km=pace) for pace in (None, 360))
    assert said.p90_s / said.p10_s < silent.p90_s / silent.p10_s


def test_far_beyond_the_longest_outing_pace_fades_and_doubt_grows():
    profile = profile_of("trail_run", 12, 2)
    usual, far = (times_of(flat_route(m), mode="trail_run", profile=profile) for m in (10_000, 100_000))
    assert far.p50_s > 10.5 * usual.p50_s
    assert far.p90_s / far.p10_s > usual.p90_s / usual.p10_s


def test_a_profile_of_the_other_mode_is_a_mistake():
    with pytest.raises(ValueError, match="describes trail_run, not hiking"):
        predict(flat_route(5000), mode="hiking", profile=profile_of("trail_run", 3, 1))


def test_coverage_is_measured_from_five_activities_on():
    assert profile_of("trail_run", 4, 1).measured_coverage == (None, 4)
    coverage, n = profile_of("trail_run", 40, 1).measured_coverage
    assert n == 40
    assert coverage is not None
    assert 0.6 <= coverage <= 1.0


def test_covariance_is_symmetric_positive_and_has_the_stated_diagonal():
    outings = outings_of_history(table_of(history_of("trail_run", 30, 6) + history_of("hiking", 10, 6)))
    (between,) = within(outings, PACE)
    assert np.allclose(between, between.T)
    assert np.linalg.eigvalsh(between).min() > -1e-9
    assert np.allclose(np.diag(between), variance(outings, PACE))


def test_leaving_one_out_in_closed_form_is_leaving_one_out():
    """The residual without refitting equals the one of a regression that never saw the activity."""
    history = history_of("trail_run", 9, 8)
    outings = outings_of_history(table_of(history))
    log_pace = np.array([f.log_moving_s - f.log_unit_time for f in history])
    (within_history,) = within(outings, PACE)
    even = np.ones(9)
    posterior = learned(PACE, within_history, log_pace, noise=PACE.noise_run**2 * even, weight=even).posterior
    keep = np.arange(9) != 4
    known = within_history[np.ix_(keep, keep)] + np.diag(posterior.noise[keep])
    between = within_history[4, keep]
    deviation = log_pace - np.median(log_pace)
    predicted = between @ np.linalg.solve(known, deviation[keep])
    spread = math.sqrt(variance(outings, PACE)[4] - between @ np.linalg.solve(known, between) + PACE.noise_run**2)
    assert posterior.left_out_z[4] == pytest.approx((deviation[4] - predicted) / spread, rel=1e-6)


def test_a_tenth_faster_history_is_nearly_a_tenth_faster_forecast():
    history, route = history_of("trail_run", 40, 9), flat_route(10_000)
    before, after = (
        times_of(route, mode="trail_run", profile=fit_profile(past, "trail_run", today_day=TODAY_DAY)).p50_s
        for past in (history, faster(history, 0.1))
    )
    assert math.log(before / after) == pytest.approx(0.1, abs=0.015)
