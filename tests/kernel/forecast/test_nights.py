from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.fitted import SECOND_NIGHT, SLOWDOWN_ULTRA, SLOWDOWN_ULTRA_FROM_S
from kernel.forecast import Forecast, Place, predict
from kernel.forecast.nights import later_nights_s
from kernel.forecast.pacing import pacing_of, usual_fade
from kernel.forecast.sun import sky_over
from tests.kernel.forecast.synthetic import flat_route

ALPS = Place(45.9, 6.9)
EVENING = datetime(2026, 8, 28, 16, tzinfo=UTC)
"""In the Alps dusk is about 18:45 and dawn about 4:15 UTC then."""
DAY_S, HOUR_S = 86_400.0, 3600.0


def nights_h(start: datetime) -> list[tuple[float, float]]:
    sky = sky_over(ALPS, start, 0.0, 3 * DAY_S)
    return [(begin / HOUR_S, end / HOUR_S) for begin, end in later_nights_s(sky)]


def race(start: datetime | None, km: float = 190.0) -> Forecast:
    return predict(flat_route(1000 * km), mode="trail_run", profile=None, start_at=start, place=ALPS)


@pytest.mark.parametrize(("hour", "first_h"), [(6, 36.75), (16, 26.75), (20, 22.75), (23, 19.75), (3, 39.75)], ids=str)
def test_the_second_night_begins_at_the_second_dusk_or_at_the_first_for_who_starts_early_in_the_night(
    hour: int, first_h: float
):
    nights = nights_h(EVENING.replace(hour=hour))
    assert nights[0][0] == pytest.approx(first_h, abs=0.3)
    assert nights[0][1] - nights[0][0] == pytest.approx(9.5, abs=0.4)


def test_where_it_never_gets_dark_there_is_no_second_night():
    assert later_nights_s(sky_over(Place(78.0, 15.0), datetime(2026, 6, 20, tzinfo=UTC), 0.0, 3 * DAY_S)) == []


def test_the_second_night_is_slower_and_the_first_is_not():
    told, without = race(EVENING), race(None)
    slower = np.log(told.s_per_km / without.s_per_km)
    reached_h = told.clock.total_at(0.0) * told.way.pacing.share[1:] / HOUR_S
    in_first, in_second = (reached_h > 4) & (reached_h < 11), (reached_h > 28) & (reached_h < 35)
    assert in_first.any()
    assert in_second.any()
    by_day = (reached_h > 14) & (reached_h < 25)
    assert slower[in_second].mean() - slower[by_day].mean() > 0.4 * SECOND_NIGHT
    assert abs(slower[in_first].mean() - slower[by_day].mean()) < 0.06


def test_the_night_moves_time_along_the_way_and_adds_none():
    told, without = race(EVENING), race(None)
    assert told.asked == without.asked
    assert told.way.pacing.share[-1] == 1.0
    half = len(told.way.pacing.share) // 2
    assert told.way.pacing.share[half] == pytest.approx(without.way.pacing.share[half], abs=0.01)


@pytest.mark.parametrize("start", [EVENING, EVENING + timedelta(hours=12)])
def test_a_day_that_ends_before_knows_no_second_night(start: datetime):
    told, without = race(start, 40.0), race(None, 40.0)
    assert told.way.pacing.share.tolist() == without.way.pacing.share.tolist()


@given(st.floats(60, 1e6), st.floats(1, 3))
def test_the_longer_the_day_the_slower_its_second_half(total_s: float, longer: float):
    route = flat_route(50_000)
    assert 0.0 <= usual_fade(route, total_s) <= usual_fade(route, longer * total_s) <= np.expm1(SLOWDOWN_ULTRA) + 1e-12


def test_halves_of_a_long_day_differ_by_what_was_measured():
    route = flat_route(100_000)
    half = float(pacing_of(route, "run", SLOWDOWN_ULTRA_FROM_S[-1]).share_at(np.array([50_000.0]))[0])
    assert np.log((1 - half) / half) == pytest.approx(SLOWDOWN_ULTRA, rel=0.02)
