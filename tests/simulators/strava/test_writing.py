"""Activities typed in or changed through the API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.simulators.strava.conformance import Strava, fault, strava_with

FORM = {
    "name": "Evening walk",
    "sport_type": "Hike",
    "start_date_local": "2026-06-15T19:30:00Z",
    "elapsed_time": "3600",
    "distance": "5000",
}


async def _writer(scope: str = "read,activity:read_all,activity:write") -> tuple[Strava, dict[str, str]]:
    strava = strava_with()
    tokens = await strava.connect(strava.simulator.add_athlete(), scope)
    return strava, {"Authorization": f"Bearer {tokens['access_token']}"}


async def _post(strava: Strava, headers: dict[str, str], **changed: Any) -> httpx.Response:
    return await strava.http.post("/api/v3/activities", headers=headers, data=FORM | changed)


async def test_a_manual_activity_comes_back_as_its_detail_and_is_listed() -> None:
    strava, headers = await _writer()
    made = await _post(strava, headers, description="by hand")
    assert made.status_code == 201
    detail = made.json()
    expected = {
        "resource_state": 3,
        "name": "Evening walk",
        "sport_type": "Hike",
        "manual": True,
        "upload_id": None,
        "start_latlng": [],
        "distance": 5000.0,
        "elapsed_time": 3600,
        "start_date": "2026-06-15T14:30:00Z",
        "start_date_local": "2026-06-15T19:30:00Z",
        "description": "by hand",
    }
    assert {name: detail[name] for name in expected} == expected
    assert detail["map"]["summary_polyline"] == ""
    listed = (await strava.http.get("/api/v3/athlete/activities", headers=headers)).json()
    assert [activity["id"] for activity in listed] == [detail["id"]]
    assert (await strava.http.get(f"/api/v3/activities/{detail['id']}", headers=headers)).json() == detail
    streams = await strava.http.get(f"/api/v3/activities/{detail['id']}/streams", headers=headers)
    assert streams.status_code == 404


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"name": ""}, "name", "missing"),
        ({"sport_type": "hike"}, "sport_type", "invalid"),
        ({"start_date_local": "yesterday"}, "start_date_local", "invalid"),
        ({"elapsed_time": ""}, "elapsed_time", "missing"),
        ({"elapsed_time": "an hour"}, "elapsed_time", "invalid"),
        ({"elapsed_time": "-5"}, "elapsed_time", "invalid"),
        ({"distance": "nan"}, "distance", "invalid"),
    ],
)
async def test_a_wrong_field_is_named(changed: dict[str, str], field: str, code: str) -> None:
    strava, headers = await _writer()
    assert fault(await _post(strava, headers, **changed)) == (400, "Bad Request", "Activity", field, code)
    assert strava.simulator.activities_of(strava.simulator.athletes()[0].id) == []


@pytest.mark.parametrize("word", ["trailrun", "TrailRun", "TRAILRUN"])
async def test_the_older_field_is_understood_in_any_case(word: str) -> None:
    strava, headers = await _writer()
    made = await _post(strava, headers, sport_type="", type=word)
    assert (made.status_code, made.json()["sport_type"]) == (201, "TrailRun")


async def test_writing_needs_its_scope() -> None:
    strava, headers = await _writer("read,activity:read_all")
    missing = (401, "Authorization Error", "AccessToken", "activity:write_permission", "missing")
    assert fault(await _post(strava, headers)) == missing
    assert fault(await strava.http.put("/api/v3/activities/1", headers=headers, json={})) == missing


async def test_creating_counts_as_a_write() -> None:
    strava, headers = await _writer()
    made = await _post(strava, headers)
    assert (made.headers["X-RateLimit-Usage"], made.headers["X-ReadRateLimit-Usage"]) == ("1,1", ",")


async def test_a_change_comes_back_and_a_wrong_or_foreign_one_does_not_happen() -> None:
    strava, headers = await _writer()
    path = f"/api/v3/activities/{(await _post(strava, headers)).json()['id']}"
    changed = await strava.http.put(path, headers=headers, json={"name": "Morning", "trainer": True})
    assert (changed.status_code, changed.json()["name"], changed.json()["trainer"]) == (200, "Morning", True)
    assert fault(await strava.http.put(path, headers=headers, json={"sport_type": "Chess"}))[3] == "sport_type"
    assert (await strava.http.get(path, headers=headers)).json()["sport_type"] == "Hike"
    other = strava.simulator.activities_of(strava.simulator.add_athlete(activities=1))[0].id
    refused = await strava.http.put(f"/api/v3/activities/{other}", headers=headers, json={"name": "Mine"})
    assert fault(refused)[:3] == (404, "Resource Not Found", "Activity")
