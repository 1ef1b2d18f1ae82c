from __future__ import annotations

import pytest

from benchmarks import backfill
from benchmarks.activities import outing_of
from benchmarks.backfill import ORDERS, READS, errors_of
from tests.benchmarks.made_up import activity, hills

PAST = 90


def test_each_order_is_scored_at_each_number_of_reads_against_the_whole_past() -> None:
    outings = [
        outing_of(activity(hills(5.0 + day % 7, 20.0 + 10.0 * (day % 5)), 0.36 + 0.02 * (day % 3), day=2.0 * day))
        for day in range(PAST)
    ]
    errors = errors_of(outings)
    assert errors.keys() == {"full", *ORDERS}
    assert all(tuple(errors[name]) == READS for name in ORDERS)
    assert all(error > 0.0 for per in errors.values() for error in per.values())


def test_a_short_past_is_not_scored() -> None:
    assert errors_of([outing_of(activity(hills(6.0, 30.0), 0.4, day=float(day))) for day in range(30)]) == {}


def test_every_order_reads_each_activity_once_at_most() -> None:
    history = [outing_of(activity(hills(6.0 + day % 4, 30.0), 0.4, day=float(day))) for day in range(50)]
    for name, order in ORDERS.items():
        read = list(order(history))[: max(READS)]
        assert len(set(read)) == len(read), name
        assert set(read) <= set(range(len(history)))


def test_without_recordings_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("AYDA_EVAL_DATA", raising=False)
    assert backfill.main(["--json"]) == 1
    assert capsys.readouterr().err
