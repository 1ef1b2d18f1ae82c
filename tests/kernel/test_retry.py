from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.retry import NOTICE_LADDER_S, SYNC_LADDER_S, UPLOAD_LADDER_S, backoff_s, next_delay_s


def test_an_upload_is_tried_five_times_at_the_delays_of_the_brief():
    assert [next_delay_s(UPLOAD_LADDER_S, attempt) for attempt in range(1, 6)] == [60, 300, 1800, 7200, None]


def test_a_notice_outlasts_two_days():
    assert sum(NOTICE_LADDER_S) > 47 * 3600


def test_a_notice_is_at_most_a_minute_late_after_an_outage_of_an_hour():
    spent = 0.0
    for delay in NOTICE_LADDER_S:
        if spent < 3600:
            assert delay <= 60
        spent += delay


def test_attempts_count_from_one():
    with pytest.raises(ValueError, match="number 1"):
        next_delay_s(SYNC_LADDER_S, 0)


@given(st.lists(st.floats(0, 1e6)), st.integers(1, 50))
def test_there_are_as_many_retries_as_rungs(ladder: list[float], attempt: int):
    delay = next_delay_s(ladder, attempt)
    assert (delay is None) == (attempt > len(ladder))
    assert delay is None or delay == ladder[attempt - 1]


def test_back_off_doubles_to_a_minute():
    assert [backoff_s(failures) for failures in range(9)] == [0, 1, 2, 4, 8, 16, 32, 60, 60]


@given(st.integers(1, 10**9))
def test_back_off_never_shrinks_and_never_passes_its_most(failures: int):
    assert backoff_s(failures) <= backoff_s(failures + 1) <= 60
