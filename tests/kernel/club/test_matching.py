from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.club.matching import APART, BANDS, Outlook, band_of, likeness
from tests.kernel.club.outlooks import doubts, log_times, outlooks, slopes

ROUNDING = 1e-12


@given(outlooks, outlooks)
def test_likeness_is_the_same_in_both_directions_and_a_share(one: Outlook, other: Outlook):
    assert likeness(one, other) == likeness(other, one)
    assert 0.0 <= likeness(one, other) <= 1.0


@given(outlooks, outlooks, st.floats(0.0, 2.0))
def test_likeness_falls_with_the_distance_of_the_means(one: Outlook, other: Outlook, farther: float):
    ahead = 1.0 if other.log_time_s >= one.log_time_s else -1.0
    away = replace(other, log_time_s=other.log_time_s + ahead * farther)
    assert likeness(one, away) <= likeness(one, other) + ROUNDING


@given(outlooks, doubts, slopes, slopes)
def test_nobody_suits_better_than_an_equal_who_is_known_as_well(
    one: Outlook, doubt: float, climb: float, descent: float
):
    equal = replace(one)
    assert likeness(one, equal) >= likeness(one, replace(one, climb=climb, descent=descent)) - ROUNDING
    wider = replace(one, log_time_sd=max(doubt, one.log_time_sd))
    assert likeness(one, equal) >= likeness(one, wider) - ROUNDING


@given(outlooks, outlooks, st.floats(1.0, 8.0))
def test_who_is_hardly_known_is_never_very_close(one: Outlook, other: Outlook, times: float):
    stranger = replace(other, log_time_sd=min(4.9, max(0.22, times * other.log_time_sd)))
    assert band_of(likeness(one, stranger)) in {None, "a_stretch"}


@given(log_times, slopes, slopes, slopes, slopes)
def test_going_alike_on_slopes_is_worth_a_half_at_most(time: float, up: float, down: float, up2: float, down2: float):
    equal = likeness(Outlook(time, 0.1, up, down), Outlook(time, 0.1, up, down))
    unlike = likeness(Outlook(time, 0.1, up, down), Outlook(time, 0.1, up2, down2))
    assert equal / 2 - ROUNDING <= unlike <= equal + ROUNDING


def test_the_closed_form_is_what_happens_on_many_days():
    rng = np.random.default_rng(5)
    for apart, one_sd, other_sd in ((0.0, 0.08, 0.1), (0.07, 0.1, 0.1), (-0.2, 0.09, 0.06)):
        days = rng.normal(8.5, one_sd, 400_000) - rng.normal(8.5 + apart, other_sd, 400_000)
        often = float(np.mean(np.abs(days) < APART))
        assert likeness(Outlook(8.5, one_sd), Outlook(8.5 + apart, other_sd)) == pytest.approx(often, abs=0.004)


def test_bands_come_one_after_the_other_as_paces_part():
    seen = [band_of(likeness(Outlook(9.0, 0.1), Outlook(9.0 + apart / 200, 0.1))) for apart in range(120)]
    order = [*(band for band, _least in BANDS), None]
    assert sorted(seen, key=order.index) == seen
    assert set(seen) == set(order)


def test_what_is_said_of_the_bands_is_true():
    farthest = {band: 0.0 for band, _least in BANDS}
    for thousandth in range(1, 400):
        band = band_of(likeness(Outlook(9.0, 0.1), Outlook(9.0 + math.log1p(thousandth / 1000), 0.1)))
        if band is not None:
            farthest[band] = thousandth / 10
    assert farthest == {
        "very_close": pytest.approx(7, abs=1), "close": pytest.approx(13, abs=1), "a_stretch": pytest.approx(22, abs=1)
    }  # fmt: skip


@given(
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(allow_nan=True, allow_infinity=True),
    outlooks,
)
def test_whatever_the_numbers_are_they_are_refused_or_the_likeness_is_finite(
    time: float, doubt: float, climb: float, other: Outlook
):
    try:
        one = Outlook(time, doubt, climb)
    except ValueError:
        return
    assert math.isfinite(likeness(one, other))
    assert math.isfinite(likeness(one, one))


@pytest.mark.parametrize(
    "numbers", [(8.0, 0.0), (8.0, -0.1), (math.nan, 0.1), (8.0, math.inf), (99.0, 0.1), (8.0, 6.0)]
)
def test_an_outlook_that_no_course_could_have_is_refused(numbers: tuple[float, float]):
    with pytest.raises(ValueError, match=r"outlook|course"):
        Outlook(*numbers)
