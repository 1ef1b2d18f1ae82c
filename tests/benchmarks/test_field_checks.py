from __future__ import annotations

import numpy as np
import pytest

from benchmarks import field_checks
from benchmarks.ayda import share_within
from benchmarks.courses import course_of_splits, hilly_course
from benchmarks.one_runner import by_profile_s
from benchmarks.published import published, seconds
from benchmarks.race_fields import time_at
from kernel.forecast.distribution import TimeDistribution

TWO = published().two_activities


@pytest.mark.parametrize(("number", "minutes"), [(0, (166.0, 182.1, 227.8)), (1, (215.0, 238.5, 271.5))])
@pytest.mark.parametrize("percentile", [0, 1, 2])
def test_the_eleven_bins_say_what_the_earlier_system_published(
    number: int, minutes: tuple[float, ...], percentile: int
) -> None:
    said = by_profile_s(TWO, TWO.activities[number], percentile).sum() / 60
    assert said == pytest.approx(minutes[percentile], abs=0.06)


@pytest.mark.parametrize(("km", "gain_m", "loss_m"), [(161.3, 5850, 7360), (170, 9900, 9900), (3.44, 858, 17)])
def test_a_made_up_course_has_the_published_length_climb_and_descent(km: float, gain_m: float, loss_m: float) -> None:
    course = hilly_course(km, gain_m, loss_m)
    assert course.length_m == pytest.approx(1000 * km)
    assert course.gain_m == pytest.approx(gain_m, rel=0.01)
    assert course.loss_m == pytest.approx(loss_m, rel=0.02, abs=20)
    assert np.abs(course.gradient).max() < 0.4


def test_a_course_of_splits_climbs_what_it_is_told_and_ends_as_high() -> None:
    bare = course_of_splits([1000.0, 1000.0, 500.0], [0.1, -0.05, 0.02], None)
    hillier = course_of_splits([1000.0, 1000.0, 500.0], [0.1, -0.05, 0.02], 200.0)
    assert bare.gain_m == pytest.approx(110, abs=4)
    assert hillier.gain_m == pytest.approx(200, abs=1)
    assert hillier.elevation_m[-1] == pytest.approx(bare.elevation_m[-1], abs=8)


def test_a_course_that_climbs_enough_already_gets_no_waves() -> None:
    told = course_of_splits([1000.0, 1000.0], [0.1, 0.1], 100.0)
    assert told.gain_m == pytest.approx(200, abs=2)


def test_clock_times_are_read_with_and_without_seconds() -> None:
    assert seconds("1:02") == 3720
    assert seconds("40:18:33") == 145_113


def test_the_time_of_a_quantile_is_where_the_chance_is_that_quantile() -> None:
    times = TimeDistribution(3000.0, 3300.0, 3600.0, 3900.0, 4300.0, 1.0, 1.0)
    assert time_at(times, 0.1) == pytest.approx(3000, rel=1e-4)
    assert time_at(times, 0.5) == pytest.approx(3600, rel=1e-4)
    assert share_within(times, time_at(times, 0.001)) == pytest.approx(0.001)


def test_every_check_has_a_published_number_a_forecast_and_their_ratio() -> None:
    tables = field_checks.field_tables()
    assert len(tables) == 7
    for table in tables:
        assert {"published", "forecast", "ratio"} <= set(table.head)
        at = list(table.head).index("ratio")
        assert all(len(row) == len(table.head) for row in table.rows)
        assert all(0.2 < float(row[at]) < 5.0 for row in table.rows)


def test_checks_print_without_any_recordings(capsys: pytest.CaptureFixture[str]) -> None:
    field_checks.main()
    printed = capsys.readouterr().out
    assert "Western States" in printed
    assert "UTMB 2023, spread of log time" in printed
