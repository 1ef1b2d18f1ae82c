from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.strava.demand import HOUR_S, HOURS, READS_OF_NEWCOMER, SIGMAS, Demand
from kernel.strava.quota import DAY_S, MOST_RESERVED, QUARTER_S, Priority, Window, wait_until_s
from kernel.strava.quota import Charge as Count

MIDNIGHT_S = 1_790_035_200.0
DAYS = st.lists(st.integers(0, 400), min_size=HOURS, max_size=HOURS).map(tuple)
EVENING = tuple(60 if hour == 20 else 0 for hour in range(HOURS))


def at(hour: float) -> float:
    return MIDNIGHT_S + hour * HOUR_S


@given(DAYS, DAYS, st.floats(0, 23.9), st.floats(0, 24))
def test_what_is_kept_shrinks_to_nothing_at_the_end_and_is_never_less_than_nothing(
    yesterday: tuple[int, ...], today: tuple[int, ...], from_h: float, until_h: float
):
    demand = Demand(yesterday, today)
    until_h = max(from_h, until_h)
    kept = demand.reserve(at(from_h), at(until_h))
    assert kept >= 0
    assert demand.reserve(at(from_h), at(from_h)) == 0
    assert demand.reserve(at(from_h), at(24)) >= kept


def test_yesterdays_hours_say_what_is_still_to_come_with_a_margin():
    demand = Demand(yesterday=EVENING)
    assert demand.reserve(at(3), at(24)) == math.ceil(60 + SIGMAS * math.sqrt(60))
    assert demand.reserve(at(21), at(24)) == 0
    assert demand.reserve(at(20.5), at(24)) == math.ceil(30 + SIGMAS * math.sqrt(30))


def test_a_busier_day_than_yesterday_is_expected_to_stay_so():
    flat = (10,) * HOURS
    busy = (*(20,) * 12, *(0,) * 12)
    assert Demand(flat, busy).reserve(at(12), at(24)) >= 240
    assert Demand(flat, (*flat[:12], *(0,) * 12)).reserve(at(12), at(24)) < 190


def test_before_there_was_a_yesterday_it_goes_on_as_it_was():
    assert Demand(today=(*(6,) * 12, *(0,) * 12)).reserve(at(12), at(24)) >= 72
    assert Demand().reserve(at(12), at(24)) == 0


def test_of_those_who_have_just_come_a_usual_day_is_expected_though_nothing_was_asked_yet():
    everybody = (300, *(0,) * (HOURS - 1))
    just_come = Demand(joined_today=everybody)
    a_day = 300 * READS_OF_NEWCOMER
    assert just_come.reserve(at(0), at(24)) == math.ceil(a_day + SIGMAS * math.sqrt(a_day))
    assert just_come.reserve(at(18), at(24)) == math.ceil(a_day / 4 + SIGMAS * math.sqrt(a_day / 4))


def test_of_those_who_came_yesterday_only_the_hours_before_they_came_are_missing():
    at_noon = tuple(240 if hour == 12 else 0 for hour in range(HOURS))
    asked = (*(0,) * 13, *(10,) * 11)
    demand = Demand(yesterday=asked, joined_yesterday=at_noon)
    there_in_the_evening = Demand(yesterday=asked)
    assert demand.reserve(at(13), at(24)) == there_in_the_evening.reserve(at(13), at(24))
    assert demand.reserve(at(0), at(24)) > there_in_the_evening.reserve(at(0), at(24)) + 13 * 240 / HOURS


@given(DAYS, DAYS, DAYS, DAYS, st.floats(0, 23.9))
def test_more_newcomers_never_lead_to_less_being_kept_at_the_start_of_a_day(
    yesterday: tuple[int, ...], joined: tuple[int, ...], more: tuple[int, ...], today: tuple[int, ...], hour: float
):
    both = tuple(a + b for a, b in zip(joined, more, strict=True))
    few, many = Demand(yesterday, joined_yesterday=joined), Demand(yesterday, joined_yesterday=both)
    assert many.reserve(at(hour), at(24)) >= few.reserve(at(hour), at(24))
    assert Demand(yesterday, today, joined, more).reserve(at(hour), at(24)) >= 0


@given(DAYS, st.integers(1, 3000), st.floats(0, 23.99), st.sampled_from(list(Priority)))
def test_the_urgent_are_never_allowed_less_and_the_patient_are_never_shut_out_for_good(
    yesterday: tuple[int, ...], cap: int, hour: float, priority: Priority
):
    demands = {Priority.WEBHOOK: Demand(yesterday), Priority.INTERACTIVE: Demand(yesterday)}
    for length_s in (QUARTER_S, DAY_S):
        window = Window("read", length_s, cap)
        number = window.number(at(hour))
        allowed = [window.allowance(number, each, at(hour), demands) for each in sorted(Priority)]
        assert allowed == sorted(allowed)
        assert allowed[-1] == cap
        assert allowed[0] >= cap - int(cap * MOST_RESERVED)
        assert window.allowance(number, priority, window.end_s(number), demands) == cap


@pytest.mark.parametrize("priority", [Priority.DEEP, Priority.FIRST_LOOK])
def test_what_the_evening_needs_is_still_there_in_the_evening(priority: Priority):
    window = Window("read", DAY_S, 100)
    demands = {Priority.WEBHOOK: Demand(EVENING)}
    number = window.number(at(1))
    assert window.allowance(number, priority, at(1), demands) == 10, "nine tenths at the most"
    assert window.allowance(number, priority, at(22), demands) >= 97
    until_s = wait_until_s({Count(window, number): 20}, priority, at(1), demands)
    assert until_s is not None
    assert at(1) < until_s <= at(1) + QUARTER_S + 2, "it is looked at anew in each quarter"
