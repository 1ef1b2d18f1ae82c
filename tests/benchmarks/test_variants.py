from __future__ import annotations

import pytest

from benchmarks import fit_constants, fit_likelihood
from benchmarks.variants import Changed
from kernel.fitted import PACE
from tests.benchmarks.made_up import activity, even_slope


def test_searching_on_the_others_is_scored_on_the_one_left_out() -> None:
    errors = {"shipped": {"a": 5.0, "b": 5.0}, "good for a": {"a": 1.0, "b": 6.0}, "good for b": {"a": 6.0, "b": 1.0}}
    assert fit_constants.on_the_unseen(errors) == 6.0


def test_tries_are_the_same_every_time_and_begin_with_what_is_shipped() -> None:
    first, again = fit_constants.tries(3), fit_constants.tries(3)
    assert first == again
    assert next(iter(first)) == fit_constants.SHIPPED
    assert len({repr(one) for one in first.values()}) == 4


def test_an_outing_on_the_same_paths_counts_more() -> None:
    history = [activity(even_slope(5, 0.0), 0.36 if i % 2 else 0.42, day=float(i)) for i in range(12)]
    for i, one in enumerate(history):
        one["paths"] = {j: 1.0 for j in range(i) if j % 2 == i % 2}
    target = even_slope(5, 0.0)
    variant = Changed(paths=True)
    on_fast, on_slow = (
        variant.predict(history, *target, "trail_run", {"paths": {j: 1.0 for j in range(12) if j % 2 == odd}})[
            "moving"
        ][1]
        for odd in (1, 0)
    )
    assert on_fast < on_slow


def test_the_likeliest_numbers_are_likelier_than_those_they_were_searched_from() -> None:
    even = [activity(even_slope(5 + i % 7, 0.02 * (i % 3)), 0.36 + 0.002 * (i % 5), day=float(i)) for i in range(24)]
    past = fit_likelihood.past_of(even)
    assert past is not None
    found = fit_likelihood.likeliest([past])
    shipped = fit_likelihood.Fitted(PACE)
    seen = [past.forgiven(shipped)]
    assert fit_likelihood.log_likelihood(found, seen) > fit_likelihood.log_likelihood(shipped, seen)
    assert found.numbers.noise_run < PACE.noise_run


def test_a_short_history_teaches_no_numbers() -> None:
    few = [activity(even_slope(5, 0.0), 0.36, day=float(i)) for i in range(5)]
    assert fit_likelihood.past_of(few) is None


def test_what_is_searched_is_found_again_in_the_numbers() -> None:
    names = ["noise_run", "shared", "drift_days"]
    fitted = fit_likelihood.Fitted.of(fit_likelihood.Fitted(PACE, 0.1, -0.2).values(names), names, PACE)
    assert (fitted.run, fitted.walk) == (0.1, -0.2)
    assert fitted.numbers.drift_days == pytest.approx(PACE.drift_days)


def test_people_who_are_alike_gain_by_numbers_fitted_on_each_other() -> None:
    even = [activity(even_slope(5 + i % 7, 0.02 * (i % 3)), 0.36 + 0.002 * (i % 5), day=float(i)) for i in range(24)]
    past = fit_likelihood.past_of(even)
    assert past is not None
    assert min(fit_likelihood.gain_on_the_unseen([past, past], 2)) > 0.1
