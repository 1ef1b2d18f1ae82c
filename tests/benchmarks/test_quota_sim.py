from __future__ import annotations

import json

import pytest

from benchmarks import quota_sim

FIGURES = {"athletes", "overruns", "webhook_same_window", "used_share", "first_look_p50_s"}


def test_the_simulation_of_scale_is_one_object_with_a_run_for_each_number_of_athletes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert quota_sim.main(["--athletes", "2", "--json"]) == 0
    runs = json.loads(capsys.readouterr().out)["runs"]
    assert [run["athletes"] for run in runs] == [2]
    for run in runs:
        assert run.keys() >= FIGURES
        assert (run["overruns"], run["at_load"]["overruns"]) == (0, 0)
        assert run["at_load"]["webhook_same_window"] >= 0.999
