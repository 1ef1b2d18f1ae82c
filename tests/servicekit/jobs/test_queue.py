from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.jobs.queue import ERROR_LENGTH, Again, Dead, Done, Fatal, Job, Snooze, decide


async def nothing(_args: Mapping[str, Any]) -> None:
    return None


def job(*delays_s: float) -> Job:
    return Job("job", nothing, retry_delays_s=delays_s)


@given(st.lists(st.floats(0, 1e5), max_size=8), st.integers(0, 12))
def test_a_failure_follows_the_ladder_exactly_and_then_dies(ladder: list[float], failures: int):
    outcome = decide(job(*ladder), failures, OSError("x"))
    if failures < len(ladder):
        assert outcome == Again(ladder[failures], "OSError: x", counts=True)
    else:
        assert outcome == Dead("OSError: x")


@given(st.integers(0, 1000), st.floats(-10, 1e6))
def test_a_snooze_never_counts_and_never_kills(failures: int, delay_s: float):
    assert decide(job(), failures, Snooze(delay_s, "quota")) == Again(max(0.0, delay_s), "Snooze: quota", counts=False)


def test_a_fatal_error_kills_at_once():
    assert decide(job(1, 2, 3), 0, Fatal("gone")) == Dead("Fatal: gone")


def test_a_success_is_done():
    assert decide(job(1), 1, None) == Done()


def test_an_endless_error_is_cut():
    outcome = decide(job(), 0, OSError("x" * 10_000))
    assert isinstance(outcome, Dead)
    assert len(outcome.error) == ERROR_LENGTH


@pytest.mark.parametrize("settings", [{"every_s": 0}, {"timeout_s": 0}, {"concurrency": -1}])
def test_a_job_that_cannot_work_is_refused(settings: dict[str, Any]):
    with pytest.raises(ValueError, match="must be positive"):
        Job("job", nothing, **settings)
