"""Darkness and turning around; the sun's times are held against astral's own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest
from astral import Observer
from astral.sun import dawn, dusk, sunrise, sunset
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.prediction import CheckpointRequest
from kernel.contracts.times import Daylight, QuantilesS
from kernel.forecast import Place, forecast_to_wire, predict
from kernel.forecast.pacing import pacing_of
from kernel.tracks import RouteGeometry, route_from_arrays
from tests.kernel.forecast.synthetic import flat_route, route_of

ALMATY = Place(43.2, 76.9)
TROMSO = Place(69.6, 19.0)
OULU = Place(65.0, 25.5)
LONGYEARBYEN = Place(78.2, 15.6)
JUNE, DECEMBER = date(2026, 6, 13), date(2026, 12, 13)
NEAR = timedelta(seconds=60)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def walked(start: datetime, place: Place = ALMATY, km: float = 20, places: list[CheckpointRequest] | None = None):
    return predict(
        flat_route(1000 * km),
        mode="hiking",
        profile=None,
        flat_pace_s_per_km=900,
        start_at=start,
        place=place,
        checkpoints=places or [],
    )


def daylight(start: datetime, place: Place = ALMATY, km: float = 20, places: list[CheckpointRequest] | None = None):
    forecast = walked(start, place, km, places)
    assert forecast.daylight is not None
    return forecast.daylight, forecast.clock


@pytest.mark.parametrize("place", [ALMATY, Place(-33.9, 18.4), Place(-16.5, 179.9), Place(37.7, -122.4), Place(0, 0)])
@pytest.mark.parametrize("day", [JUNE, DECEMBER])
def test_the_suns_times_are_astrals(place: Place, day: date):
    noon = at(day, 12) - timedelta(hours=place.lon_deg / 15)
    told, _ = daylight(noon, place, km=2)
    observer = Observer(place.lat_deg, place.lon_deg)
    events = {"sunrise": sunrise, "sunset": sunset, "civil_dusk": dusk}
    for name, event in events.items():
        near = [event(observer, (noon + timedelta(days=shift)).date()) for shift in (-1, 0, 1)]
        assert min(abs(getattr(told, name) - each) for each in near) < 3 * NEAR
    assert told.sun == "rises_and_sets"
    assert told.sunrise < noon < told.sunset < told.civil_dusk < told.sunset + timedelta(hours=1)


def test_a_walk_that_ends_by_day_sees_no_dark():
    told, _ = daylight(at(JUNE, 2))
    assert told.dark_s == QuantilesS(0, 0, 0)
    assert told.finish_before_dark_p > 0.99


def test_a_walk_into_the_night_counts_its_dark_seconds():
    told, clock = daylight(at(JUNE, 12))
    assert told.civil_dusk is not None
    lit_s = (told.civil_dusk - at(JUNE, 12)).total_seconds()
    dark_s = [told.dark_s.p10, told.dark_s.p50, told.dark_s.p90]
    assert dark_s == pytest.approx([max(0.0, clock.total_at(z) - lit_s) for z in (-1.2816, 0, 1.2816)], abs=1)
    assert told.finish_before_dark_p == pytest.approx(clock.chance_within(lit_s), abs=1e-3)


def test_the_night_ends_at_civil_dawn():
    """Two days on foot have two nights, each from dusk to dawn."""
    told, clock = daylight(at(JUNE, 2), km=130)
    observer = Observer(ALMATY.lat_deg, ALMATY.lon_deg)
    night_s = (dawn(observer, JUNE) - dusk(observer, JUNE)).total_seconds() % 86_400
    assert 46 * 3600 < clock.total_at(0.0) < 60 * 3600
    assert told.dark_s.p50 == pytest.approx(2 * night_s, rel=0.01)


def test_who_starts_at_night_is_in_the_dark_until_dawn_and_has_the_next_dusk():
    start = at(JUNE, 20)
    told, _ = daylight(start, km=15)
    observer = Observer(ALMATY.lat_deg, ALMATY.lon_deg)
    assert told.dark_s.p50 == pytest.approx((dawn(observer, JUNE) - start).total_seconds(), abs=120)
    assert told.civil_dusk is not None
    assert told.civil_dusk.date() == date(2026, 6, 14)
    assert told.turn_around is None
    (night,) = told.nights
    assert (night.begins, night.from_m) == (start, 0.0)
    assert (night.ends - start).total_seconds() == pytest.approx(told.dark_s.p50, abs=2)


def test_each_night_is_told_by_itself_and_where_it_falls():
    told, clock = daylight(at(JUNE, 2), km=130)
    first, second = told.nights
    assert first.begins == told.civil_dusk
    assert 0 < first.from_m < first.to_m < second.from_m < second.to_m <= 130_000
    dark_s = sum((night.ends - night.begins).total_seconds() for night in told.nights)
    assert dark_s == pytest.approx(told.dark_s.p50, abs=2)
    share, pacing = (
        (first.begins - at(JUNE, 2)).total_seconds() / clock.total_at(0.0),
        walked(at(JUNE, 2), km=130).way.pacing,
    )
    assert first.from_m == pytest.approx(np.interp(share, pacing.share, pacing.edges_m), rel=0.03)


def test_nobody_need_turn_who_is_done_before_dark():
    assert daylight(at(JUNE, 2), km=10)[0].turn_around is None
    assert daylight(at(JUNE, 9), km=24)[0].turn_around is not None


def test_the_midnight_sun_never_sets():
    told, _ = daylight(at(JUNE, 20), TROMSO)
    assert (told.sun, told.sunrise, told.sunset, told.civil_dusk) == ("never_sets", None, None, None)
    assert (told.dark_s, told.finish_before_dark_p) == (QuantilesS(0, 0, 0), 1.0)
    assert (told.latest_start, told.turn_around) == (None, None)


def test_a_white_night_has_a_sunset_and_no_dusk():
    told, _ = daylight(at(JUNE, 18), OULU)
    assert told.sun == "rises_and_sets"
    assert told.sunset is not None
    assert (told.civil_dusk, told.finish_before_dark_p) == (None, 1.0)


def test_under_the_polar_night_noon_is_twilight_or_nothing():
    twilight, clock = daylight(at(DECEMBER, 10), TROMSO)
    assert (twilight.sun, twilight.sunrise, twilight.sunset) == ("never_rises", None, None)
    assert twilight.civil_dusk is not None
    assert 0 < twilight.dark_s.p50 < clock.total_at(0.0)
    dark, clock = daylight(at(DECEMBER, 10), LONGYEARBYEN)
    assert (dark.sun, dark.civil_dusk, dark.finish_before_dark_p) == ("never_rises", None, 0.0)
    assert dark.dark_s.p50 == pytest.approx(clock.total_at(0.0), abs=0.5)


def test_any_zone_goes_in_and_utc_comes_out():
    almaty = timezone(timedelta(hours=5))
    told, _ = daylight(datetime(2026, 6, 13, 7, tzinfo=almaty))
    assert told == daylight(at(JUNE, 2))[0]
    assert told.sunset is not None
    assert told.sunset.tzinfo is UTC


@pytest.mark.parametrize("year", [1, 1850, 2150, 9999])
def test_years_the_sun_is_not_computed_for_have_no_daylight(year: int):
    start = datetime(year, 6, 1, tzinfo=UTC)
    assert predict(flat_route(5000), mode="hiking", profile=None, start_at=start, place=ALMATY).daylight is None


def test_without_a_start_or_a_place_there_is_no_daylight():
    route = flat_route(5000)
    assert predict(route, mode="hiking", profile=None, start_at=at(JUNE, 2)).daylight is None
    assert predict(route, mode="hiking", profile=None, place=ALMATY).daylight is None


def test_the_latest_start_ends_before_dusk_nine_times_in_ten():
    told, _ = daylight(at(JUNE, 2))
    assert told.latest_start is not None
    assert daylight(told.latest_start)[0].finish_before_dark_p == pytest.approx(0.9, abs=2e-3)


def reversed_start(route: RouteGeometry, at_m: float) -> RouteGeometry:
    """The first `at_m` of a route, run back."""
    keep = route.distance_m <= at_m
    return route_from_arrays(route.distance_m[keep], route.elevation_m[keep][::-1])


def test_who_turns_in_time_is_back_by_dusk_nine_times_in_ten():
    """Up a valley: out at the forecast's pace and back down by the population's curve fill the time to dusk."""
    route, start = route_of(np.full(2000, 0.08)), at(JUNE, 8)
    forecast = predict(route, mode="hiking", profile=None, start_at=start, place=ALMATY)
    told = forecast.daylight
    assert told is not None
    assert told.civil_dusk is not None
    assert told.turn_around is not None
    assert 2000 < told.turn_around.at_m < route.length_m
    late = forecast.clock.moving_at(1.2816) + forecast.clock.unplanned_at(1.2816)
    out_s = late * float(pacing_of(route, "walk", forecast.asked.p50_s).share_at(np.array([told.turn_around.at_m]))[0])
    assert (told.turn_around.by - start).total_seconds() == pytest.approx(out_s, abs=2)
    back = reversed_start(route, told.turn_around.at_m)
    whole = predict(route, mode="hiking", profile=None)
    way_back = predict(back, mode="hiking", profile=None)
    back_s = late * (way_back.times.p50_s / whole.times.p50_s)
    assert (told.civil_dusk - told.turn_around.by).total_seconds() == pytest.approx(back_s, rel=0.06)


def test_a_planned_stop_on_the_way_out_brings_the_turn_nearer():
    start = at(JUNE, 9)
    free, stopping = (daylight(start, km=40, places=p)[0] for p in ([], [CheckpointRequest("tea", 3000, stop_s=7200)]))
    assert free.turn_around is not None
    assert stopping.turn_around is not None
    assert stopping.turn_around.at_m < free.turn_around.at_m


def test_a_dusk_too_near_to_stop_turns_around_before_the_stop():
    told, _ = daylight(at(JUNE, 13), km=40, places=[CheckpointRequest("nap", 3000, stop_s=20_000)])
    assert told.turn_around is not None
    assert told.turn_around.at_m == 3000


@settings(max_examples=80, deadline=None)
@given(
    st.integers(-600_000_000, 3_700_000_000).map(lambda s: datetime.fromtimestamp(s, UTC)),
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.floats(0.5, 80),
)
def test_everywhere_and_always_daylight_is_in_order(start: datetime, lat: float, lon: float, km: float):
    answer = forecast_to_wire(
        predict(flat_route(1000 * km), mode="hiking", profile=None, start_at=start, place=Place(lat, lon)), "id"
    )
    told = answer.daylight
    assert told is not None
    assert 0 <= told.dark_s.p10 <= told.dark_s.p50 <= told.dark_s.p90 <= answer.elapsed_s.p90
    assert 0.0 <= told.finish_before_dark_p <= 1.0
    assert (told.civil_dusk is None) == (told.latest_start is None)
    if told.turn_around is not None:
        assert told.civil_dusk is not None
        assert start < told.turn_around.by <= told.civil_dusk
        assert 0 <= told.turn_around.at_m <= answer.route.distance_m / 2 + 0.1
    reached_m = 0.0
    for night in told.nights:
        assert start <= night.begins <= night.ends
        assert reached_m <= night.from_m <= night.to_m <= answer.route.distance_m + 0.1
        reached_m = night.to_m


def test_daylight_is_the_same_every_time():
    first, second = (daylight(at(DECEMBER, 4))[0] for _ in range(2))
    assert isinstance(first, Daylight)
    assert first == second
