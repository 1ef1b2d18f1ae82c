from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulators.strava.world.activity import Activity, iso_z
from tests.simulators.strava.conformance import Strava, fault, strava_with

READ_ALL, READ = "read,activity:read_all", "read,activity:read"
ALL_STREAMS = "time,distance,latlng,altitude,velocity_smooth,heartrate,cadence,watts,temp,moving,grade_smooth"


async def _athlete_with(count: int, scope: str = READ_ALL, **options: Any) -> tuple[Strava, int, str]:
    strava = strava_with()
    athlete = strava.simulator.add_athlete(activities=count, **options)
    return strava, athlete, (await strava.connect(athlete, scope))["access_token"]


def _one(strava: Strava, athlete: int, **wanted: object) -> Activity:
    own = strava.simulator.activities_of(athlete)
    return next(a for a in own if all(getattr(a, name) == value for name, value in wanted.items()))


async def test_without_after_the_newest_come_first() -> None:
    strava, _, token = await _athlete_with(40)
    starts = [a["start_date"] for a in (await strava.get("/athlete/activities", token)).json()]
    assert len(starts) == 30
    assert starts == sorted(starts, reverse=True)


async def test_with_after_alone_the_oldest_come_first_and_with_both_the_newest() -> None:
    strava, athlete, token = await _athlete_with(40)
    own = strava.simulator.activities_of(athlete)
    after, before = (int(a.shown_start.timestamp()) for a in (own[30], own[4]))
    rising = [a["id"] for a in (await strava.get("/athlete/activities", token, after=after)).json()]
    assert rising == [a.id for a in reversed(own[:30])]
    both = [a["id"] for a in (await strava.get("/athlete/activities", token, after=after, before=before)).json()]
    assert both == [a.id for a in own[5:30]]


async def test_pages_cover_everything_once_and_end_in_an_empty_one() -> None:
    strava, athlete, token = await _athlete_with(25)
    pages = [(await strava.get("/athlete/activities", token, page=p, per_page=10)).json() for p in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [10, 10, 5, 0]
    assert [a["id"] for page in pages for a in page] == [a.id for a in strava.simulator.activities_of(athlete)]


async def test_two_hundred_per_page_is_the_most() -> None:
    strava, _, token = await _athlete_with(1)
    assert (await strava.get("/athlete/activities", token, per_page=200)).status_code == 200
    assert (await strava.get("/athlete/activities", token, per_page=201)).status_code == 400


async def test_milliseconds_are_refused_as_the_future() -> None:
    strava, _, token = await _athlete_with(1)
    answer = await strava.get("/athlete/activities", token, after=1_781_000_000_000)
    assert fault(answer) == (400, "Bad Request", "Application", "after", "future")


async def test_only_me_activities_need_read_all() -> None:
    strava, athlete, token = await _athlete_with(20)
    secret = _one(strava, athlete, visibility="only_me")
    assert (await strava.get(f"/activities/{secret.id}", token)).json()["private"] is True
    narrow = (await strava.connect(athlete, READ))["access_token"]
    listed = (await strava.get("/athlete/activities", narrow, per_page=200)).json()
    assert len(listed) == 19
    assert secret.id not in {a["id"] for a in listed}
    assert (await strava.get(f"/activities/{secret.id}", narrow)).status_code == 404
    assert (await strava.get(f"/activities/{secret.id}/streams", narrow)).status_code == 404


async def test_a_missing_scope_is_a_401_that_names_it() -> None:
    strava, athlete, token = await _athlete_with(1, scope="read")
    expected = (401, "Authorization Error", "AccessToken", "activity:read_permission", "missing")
    activity = strava.simulator.activities_of(athlete)[0].id
    for path in ("/athlete/activities", f"/activities/{activity}", f"/activities/{activity}/streams"):
        assert fault(await strava.get(path, token)) == expected


async def test_another_athletes_activity_is_not_found() -> None:
    strava, _, token = await _athlete_with(1)
    other = strava.simulator.add_athlete(activities=1)
    activity = strava.simulator.activities_of(other)[0].id
    expected = (404, "Resource Not Found", "Activity", "", "not found")
    assert fault(await strava.get(f"/activities/{activity}", token)) == expected


async def test_a_hidden_start_is_one_second_past_midnight() -> None:
    strava, athlete, token = await _athlete_with(20)
    hidden = _one(strava, athlete, hidden_start=True)
    detail = (await strava.get(f"/activities/{hidden.id}", token)).json()
    assert detail["start_date"].endswith("T00:00:01Z")
    assert detail["start_date_local"] == detail["start_date"]


async def test_a_local_start_wears_an_untrue_z() -> None:
    strava, athlete, token = await _athlete_with(1)
    activity = strava.simulator.activities_of(athlete)[0]
    detail = (await strava.get(f"/activities/{activity.id}", token)).json()
    assert detail["start_date"] == iso_z(activity.started_at)
    assert detail["start_date_local"][11:13] == f"{(activity.started_at.hour + 5) % 24:02d}"
    assert detail["utc_offset"] == 18_000.0


@pytest.mark.parametrize("sport", ["Run", "TrailRun", "Hike", "VirtualRun"])
async def test_list_detail_splits_and_streams_tell_one_story(sport: str) -> None:
    strava, athlete, token = await _athlete_with(40)
    activity = _one(strava, athlete, sport_type=sport, manual=False)
    detail = (await strava.get(f"/activities/{activity.id}", token)).json()
    (summary,) = (a for a in await _all(strava, token) if a["id"] == activity.id)
    keys = {"keys": ALL_STREAMS, "key_by_type": "true"}
    streams = (await strava.get(f"/activities/{activity.id}/streams", token, **keys)).json()
    column = {name: np.array(stream["data"]) for name, stream in streams.items()}
    assert {len(c) for c in column.values()} == {streams["time"]["original_size"]}
    for field in ("distance", "moving_time", "elapsed_time", "total_elevation_gain", "average_speed", "start_latlng"):
        assert summary[field] == detail[field], field
    seconds = np.diff(column["time"])
    assert detail["elapsed_time"] == column["time"][-1] == sum(s["elapsed_time"] for s in detail["splits_metric"])
    assert detail["moving_time"] == seconds[column["moving"][1:]].sum()
    assert detail["moving_time"] == sum(s["moving_time"] for s in detail["splits_metric"])
    assert detail["distance"] == pytest.approx(column["distance"][-1], abs=0.1)
    assert detail["distance"] == pytest.approx(sum(s["distance"] for s in detail["splits_metric"]), abs=1.0)
    if sport == "VirtualRun":
        return
    rise = sum(s["elevation_difference"] for s in detail["splits_metric"])
    assert rise == pytest.approx(column["altitude"][-1] - column["altitude"][0], abs=2.0)
    assert detail["start_latlng"] == streams["latlng"]["data"][0]
    lat, lon = (np.radians(column["latlng"][:, i]) for i in (0, 1))
    path_m = 6_371_000 * np.hypot(np.diff(lat), np.diff(lon) * np.cos(lat[:-1])).sum()
    assert path_m == pytest.approx(detail["distance"], rel=0.08)
    assert _first_point(detail["map"]["polyline"]) == pytest.approx(detail["start_latlng"], abs=1e-5)


async def test_splits_end_at_samples_and_the_last_one_is_partial() -> None:
    strava, athlete, token = await _athlete_with(40)
    activity = _one(strava, athlete, sport_type="Run", manual=False)
    splits = (await strava.get(f"/activities/{activity.id}", token)).json()["splits_metric"]
    assert all(990 < s["distance"] < 1010 for s in splits[:-1])
    assert splits[-1]["distance"] < 1000
    assert [s["split"] for s in splits] == list(range(1, len(splits) + 1))


async def test_gap_is_a_number_for_runs_and_null_for_hikes() -> None:
    strava, athlete, token = await _athlete_with(40)
    for sport, present in (("TrailRun", True), ("Hike", False)):
        activity = _one(strava, athlete, sport_type=sport)
        splits = (await strava.get(f"/activities/{activity.id}", token)).json()["splits_metric"]
        assert all((s["average_grade_adjusted_speed"] is not None) == present for s in splits), sport


async def test_streams_without_keys_are_the_distance_only() -> None:
    strava, athlete, token = await _athlete_with(1)
    path = f"/activities/{strava.simulator.activities_of(athlete)[0].id}/streams"
    assert list((await strava.get(path, token, key_by_type="true")).json()) == ["distance"]


async def test_streams_without_key_by_type_are_a_list() -> None:
    strava, athlete, token = await _athlete_with(1)
    path = f"/activities/{strava.simulator.activities_of(athlete)[0].id}/streams"
    listed = (await strava.get(path, token, keys="time,distance")).json()
    assert [stream["type"] for stream in listed] == ["time", "distance"]


async def test_what_was_not_recorded_is_absent_and_a_manual_activity_has_no_streams() -> None:
    strava, athlete, token = await _athlete_with(40)
    indoor = _one(strava, athlete, sport_type="VirtualRun")
    streams = await strava.get(f"/activities/{indoor.id}/streams", token, keys=ALL_STREAMS, key_by_type="true")
    assert not {"latlng", "altitude", "grade_smooth", "watts"} & set(streams.json())
    assert {"time", "distance", "moving"} <= set(streams.json())
    manual = _one(strava, athlete, manual=True)
    assert (await strava.get(f"/activities/{manual.id}/streams", token, keys="time")).status_code == 404
    assert (await strava.get(f"/activities/{manual.id}", token)).json()["start_latlng"] == []


async def test_the_privacy_zone_is_cut_off_without_read_all() -> None:
    strava, athlete, token = await _athlete_with(3, privacy_zone_m=600)
    activity = strava.simulator.activities_of(athlete)[0].id
    narrow = (await strava.connect(athlete, READ))["access_token"]
    query = {"keys": "latlng,distance", "key_by_type": "true"}
    whole = (await strava.get(f"/activities/{activity}/streams", token, **query)).json()
    part = (await strava.get(f"/activities/{activity}/streams", narrow, **query)).json()
    assert len(part["latlng"]["data"]) < len(whole["latlng"]["data"])
    home = strava.simulator.athlete(athlete).home
    for lat, lon in (part["latlng"]["data"][0], part["latlng"]["data"][-1]):
        assert 111_195 * np.hypot(lat - home[0], (lon - home[1]) * np.cos(np.radians(home[0]))) > 599
    assert (await strava.get(f"/activities/{activity}", narrow)).json()["start_latlng"] == []


@pytest.mark.parametrize("path", ["/athlete/profile", "/activities/{id}/export_gpx", "/nowhere"])
async def test_paths_strava_does_not_have_answer_404(path: str) -> None:
    strava, athlete, token = await _athlete_with(1)
    activity = strava.simulator.activities_of(athlete)[0].id
    answer = await strava.get(path.replace("{id}", str(activity)), token)
    assert answer.status_code == 404
    assert answer.json()["message"] == "Record Not Found"


async def test_the_athlete_is_detailed_only_with_profile_read_all() -> None:
    strava, athlete, token = await _athlete_with(1)
    assert (await strava.get("/athlete", token)).json()["resource_state"] == 2
    assert fault(await strava.get("/athlete/zones", token))[3] == "profile:read_all_permission"
    wide = (await strava.connect(athlete, "read,profile:read_all"))["access_token"]
    assert (await strava.get("/athlete", wide)).json()["resource_state"] == 3
    assert (await strava.get("/athlete/zones", wide)).json()["heart_rate"]["zones"][-1]["max"] == -1


async def test_totals_are_for_the_athlete_itself_and_count_public_runs() -> None:
    strava, athlete, token = await _athlete_with(30)
    totals = (await strava.get(f"/athletes/{athlete}/stats", token)).json()
    own = strava.simulator.activities_of(athlete)
    runs = [a for a in own if a.sport_type in {"Run", "TrailRun", "VirtualRun"} and a.visibility == "everyone"]
    assert totals["all_run_totals"]["count"] == len(runs)
    assert (await strava.get("/athletes/1/stats", token)).status_code == 403


async def _all(strava: Strava, token: str) -> list[dict[str, Any]]:
    return list((await strava.get("/athlete/activities", token, per_page=200)).json())


def _first_point(polyline: str) -> list[float]:
    numbers, value, shift = [], 0, 0
    for letter in polyline:
        value |= ((ord(letter) - 63) & 0x1F) << shift
        shift += 5
        if ord(letter) - 63 < 0x20:
            numbers.append((~(value >> 1) if value & 1 else value >> 1) / 1e5)
            value, shift = 0, 0
        if len(numbers) == 2:
            break
    return numbers
