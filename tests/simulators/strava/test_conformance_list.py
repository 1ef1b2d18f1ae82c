"""The list of what a simulated Strava must do, one test per item; SIM-3 is test_events.py and SIM-9 test_push.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from simulators.strava.application.quota import RateLimits
from simulators.strava.application.switches import RotationMode
from simulators.strava.shapes.line import cropped
from tests.simulators.strava.conformance import START, Strava, fault, strava_with
from tests.simulators.strava.track_files import gpx, tcx

HTML = "text/html"


async def _connected(scope: str | None = None, **options: Any) -> tuple[Strava, int, str]:
    strava = strava_with(**options)
    athlete = strava.simulator.add_athlete(activities=30)
    tokens = await (strava.connect(athlete) if scope is None else strava.connect(athlete, scope))
    return strava, athlete, tokens["access_token"]


async def test_sim_1_the_consent_page_can_be_unticked_denied_and_full() -> None:
    strava = strava_with(athlete_capacity=1)
    first, second = strava.simulator.add_athlete(), strava.simulator.add_athlete()
    query = {
        "client_id": 4242,
        "redirect_uri": "http://localhost/",
        "response_type": "code",
        "scope": "read,activity:read",
    }
    page = await strava.http.get("/oauth/authorize", params=query)
    assert page.text.count('type="checkbox"') == 2
    unticked = httpx.URL((await strava.consent(first, scope="read,activity:read", granted=[])).headers["location"])
    assert (unticked.params["scope"], unticked.params["state"]) == ("read", "s1")
    denied = httpx.URL((await strava.consent(first, decision="deny")).headers["location"])
    assert dict(denied.params) == {"state": "s1", "error": "access_denied"}
    full = await strava.consent(second)
    assert (full.status_code, "location" in full.headers) == (403, False)
    assert "Limit of connected athletes exceeded" in full.text


async def test_sim_1_a_full_application_can_refuse_at_the_exchange_instead() -> None:
    strava = strava_with(athlete_capacity=0)
    strava.simulator.switches.capacity_answer = "exchange"
    athlete = strava.simulator.add_athlete()
    refused = await strava.token(grant_type="authorization_code", code=await strava.code(athlete))
    assert fault(refused) == (403, "Forbidden", "Application", "athletes", "limit exceeded")
    assert strava.simulator.authorizations.of(athlete) is None


@pytest.mark.parametrize(
    ("rotation", "changes", "old_works_at_once", "old_works_later"),
    [("stable", False, True, True), ("grace", True, True, False), ("strict", True, False, False)],
)
async def test_sim_2_tokens_live_six_hours_and_rotate_by_the_mode(
    rotation: RotationMode, *, changes: bool, old_works_at_once: bool, old_works_later: bool
) -> None:
    strava = strava_with(rotation=rotation, grace_s=300)
    tokens = await strava.connect(strava.simulator.add_athlete())
    assert tokens["expires_in"] == 21_600
    strava.simulator.clock.advance(5 * 3600 - 1)
    same = (await strava.refresh(tokens["refresh_token"])).json()
    assert (same["access_token"], same["expires_in"]) == (tokens["access_token"], 3601)
    strava.simulator.clock.advance(1)
    new = (await strava.refresh(tokens["refresh_token"])).json()
    assert new["access_token"] != tokens["access_token"]
    assert "athlete" not in new
    assert (new["refresh_token"] != tokens["refresh_token"]) == changes
    assert ((await strava.refresh(tokens["refresh_token"])).status_code == 200) == old_works_at_once
    assert (await strava.get("/athlete", tokens["access_token"])).status_code == 200
    strava.simulator.clock.advance(3599)
    assert ((await strava.refresh(tokens["refresh_token"])).status_code == 200) == old_works_later
    assert (await strava.get("/athlete", tokens["access_token"])).status_code == 200
    strava.simulator.clock.advance(1)
    assert fault(await strava.get("/athlete", tokens["access_token"]))[2:] == ("Athlete", "access_token", "invalid")
    assert (await strava.get("/athlete", new["access_token"])).status_code == 200


async def test_sim_4_windows_are_natural_refused_calls_count_and_headers_have_their_quirks() -> None:
    strava, _, token = await _connected(limits=RateLimits(20, 30, 2, 5))
    assert START.minute % 15 == 1
    statuses = [(await strava.get("/athlete", token)).status_code for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    strava.simulator.clock.advance(14 * 60)
    after = await strava.get("/athlete", token)
    assert (after.status_code, after.headers["X-ReadRateLimit-Usage"]) == (200, "1,5")
    write = await strava.http.post("/api/v3/uploads", headers={"Authorization": f"Bearer {token}"})
    assert (write.headers["X-ReadRateLimit-Usage"], write.headers["X-RateLimit-Usage"]) == (",", "2,6")
    strava.simulator.clock.advance(900)
    assert (await strava.get("/athlete", token)).status_code == 429
    strava.simulator.clock.advance((timedelta(days=1) - timedelta(hours=10, minutes=30)).total_seconds())
    assert strava.simulator.clock.now().strftime("%H:%M") == "00:00"
    assert strava.simulator.quota.headers(strava.simulator.clock.now_s(), read=True)["X-Readratelimit-Usage"] == "0,0"


async def test_sim_4_token_requests_count_only_when_ordered() -> None:
    strava, athlete, token = await _connected()
    assert (await strava.get("/athlete", token)).headers["X-RateLimit-Usage"] == "1,1"
    strava.simulator.switches.token_requests_count = True
    await strava.connect(athlete)
    last = await strava.get("/athlete", token)
    assert (last.headers["X-RateLimit-Usage"], last.headers["X-ReadRateLimit-Usage"]) == ("3,3", "2,2")


async def test_sim_4_the_host_announced_for_2027_serves_the_same_paths_without_their_prefix() -> None:
    strava, athlete, token = await _connected()
    headers = {"Host": "api-v3.strava.test", "Authorization": f"Bearer {token}"}
    assert (await strava.http.get("/athlete", headers=headers)).json()["id"] == athlete
    assert (await strava.http.get("/athlete", headers=headers | {"Host": "strava.test"})).status_code == 404


async def test_sim_5_the_list_is_ordered_by_its_bounds_and_hides_what_it_must() -> None:
    strava, athlete, token = await _connected()
    after = (START - timedelta(days=4000)).timestamp()
    bounds: list[dict[str, float]] = [{}, {"before": START.timestamp()}, {"after": after}]
    bounds.append({"after": after, "before": START.timestamp()})
    for params, newest_first in zip(bounds, (True, True, False, True), strict=True):
        listed = (await strava.get("/athlete/activities", token, per_page=200, **params)).json()
        starts = [activity["start_date"] for activity in listed]
        assert starts == sorted(starts, reverse=newest_first), params
        assert len(starts) == 30
    strava.simulator.switches.both_bounds_order = "oldest_first"
    listed = (await strava.get("/athlete/activities", token, **bounds[3])).json()
    assert listed[0]["start_date"] < listed[-1]["start_date"]
    assert (await strava.get("/athlete/activities", token, page=9)).json() == []
    future = await strava.get("/athlete/activities", token, after=int(after * 1000))
    assert fault(future) == (400, "Bad Request", "Application", "after", "future")
    narrow = (await strava.connect(athlete, "read,activity:read"))["access_token"]
    seen = (await strava.get("/athlete/activities", narrow, per_page=200)).json()
    hidden = [a for a in strava.simulator.activities_of(athlete) if a.visibility == "only_me"]
    assert hidden
    assert len(seen) == 30 - len(hidden)
    midnights = [a for a in seen if a["start_date"].endswith("T00:00:01Z")]
    assert len(midnights) == 1


async def test_sim_5_a_privacy_zone_crops_streams_and_line_without_read_all() -> None:
    strava = strava_with()
    athlete = strava.simulator.add_athlete(activities=10, privacy_zone_m=300, specials=False)
    wide, narrow = [
        (await strava.connect(athlete, f"read,activity:{scope}"))["access_token"] for scope in ("read_all", "read")
    ]
    activity = strava.simulator.activities_of(athlete)[0]
    path = f"/activities/{activity.id}"
    sizes = [
        (await strava.get(f"{path}/streams", token, keys="latlng", key_by_type="true")).json()["latlng"][
            "original_size"
        ]
        for token in (wide, narrow)
    ]
    owner, track = strava.simulator.athlete(athlete), activity.track
    assert track is not None
    outside = cropped(track, owner.home, 300)
    assert outside is not None
    assert sizes == [track.size, outside.size]
    assert (await strava.get(path, narrow)).json()["start_latlng"] == []
    assert (await strava.get(path, wide)).json()["start_latlng"] != []


async def test_sim_6_details_have_splits_with_gap_for_runs_and_a_partial_last_one() -> None:
    strava, athlete, token = await _connected()
    for activity in strava.simulator.activities_of(athlete):
        if activity.manual:
            continue
        detail = (await strava.get(f"/activities/{activity.id}", token)).json()
        splits = detail["splits_metric"]
        gaps = [split["average_grade_adjusted_speed"] for split in splits]
        if activity.sport_type in {"Run", "TrailRun"}:
            assert all(gap is not None for gap in gaps)
        elif activity.sport_type in {"Hike", "Walk"}:
            assert gaps == [None] * len(splits)
        assert all(990 < split["distance"] < 1010 for split in splits[:-1])
        assert splits[-1]["distance"] < 1010
        assert sum(split["distance"] for split in splits) == pytest.approx(detail["distance"], abs=0.1 * len(splits))


async def test_sim_7_streams_can_be_missing_have_nulls_be_distance_only_or_not_be_there() -> None:
    strava, athlete, token = await _connected()
    activities = strava.simulator.activities_of(athlete)
    outdoor = next(a for a in activities if not a.manual and not a.trainer)
    keys = "time,distance,latlng,altitude,heartrate,watts"
    await strava.http.patch(f"/_sim/activities/{outdoor.id}", json={"sensor_gaps": True})
    path = f"/activities/{outdoor.id}/streams"
    streams = (await strava.get(path, token, keys=keys, key_by_type="true")).json()
    assert "watts" not in streams
    assert len({len(stream["data"]) for stream in streams.values()}) == 1
    for key in ("latlng", "altitude"):
        assert 0.05 < streams[key]["data"].count(None) / len(streams[key]["data"]) < 0.15
    assert None not in streams["time"]["data"] + streams["distance"]["data"]
    assert list((await strava.get(path, token, key_by_type="true")).json()) == ["distance"]
    manual = next(a for a in activities if a.manual)
    gone = await strava.get(f"/activities/{manual.id}/streams", token, keys=keys, key_by_type="true")
    assert gone.status_code == 404


async def test_sim_8_uploads_go_from_processing_to_one_of_four_ends() -> None:
    strava, _, token = await _connected()
    strava.simulator.switches.upload_processing_s = 30
    headers = {"Authorization": f"Bearer {token}"}

    async def send(content: bytes, data_type: str = "gpx") -> int:
        sent = await strava.http.post(
            "/api/v3/uploads", headers=headers, files={"file": content}, data={"data_type": data_type}
        )
        return int(sent.json()["id"])

    async def poll(upload: int) -> tuple[str, str | None, bool]:
        body = (await strava.get(f"/uploads/{upload}", token)).json()
        return body["status"], body["error"], body["activity_id"] is not None

    ids = [await send(gpx()), await send(gpx()), await send(b"<gpx>no end"), await send(tcx(), "tcx")]
    strava.simulator.clock.advance(29)
    assert {await poll(upload) for upload in ids} == {("Your activity is still being processed.", None, False)}
    strava.simulator.clock.advance(1)
    ready, twin, malformed, other = [await poll(upload) for upload in ids]
    assert ready == other == ("Your activity is ready.", None, True)
    activity = (await strava.get(f"/uploads/{ids[0]}", token)).json()["activity_id"]
    failed = "There was an error processing your activity."
    assert twin == (failed, f"upload_{ids[1]}.gpx duplicate of activity {activity}", False)
    assert malformed[0] == failed
    assert "malformed" in str(malformed[1])
    strava.simulator.switches.link_in_duplicate_text = True
    linked = await send(gpx())
    strava.simulator.clock.advance(30)
    assert f"<a href='/activities/{activity}' target='_blank'>" in str((await poll(linked))[1])
    strava.simulator.delete_activity(activity)
    assert await poll(ids[0]) == ("The created activity has been deleted.", None, False)


async def test_sim_10_an_inactive_application_gets_tokens_but_403_everywhere_else() -> None:
    strava, athlete, token = await _connected()
    strava.simulator.switches.inactive = True
    inactive = (403, "Forbidden", "Application", "Status", "Inactive")
    assert fault(await strava.get("/athlete", token)) == inactive
    assert fault(await strava.get("/push_subscriptions", token)) == inactive
    assert "access_token" in await strava.connect(athlete)


async def test_sim_10_a_new_activity_can_be_404_for_a_while_and_its_streams_longer() -> None:
    strava, athlete, token = await _connected()
    strava.simulator.switches.not_found_after_create_s = 30
    strava.simulator.switches.streams_after_s = 300
    (activity,) = strava.simulator.generate_activities(athlete, 1)
    paths = (f"/activities/{activity}", f"/activities/{activity}/streams")
    seen = []
    for wait_s in (0, 29, 1, 269, 1):
        strava.simulator.clock.advance(wait_s)
        seen.append([(await strava.get(path, token)).status_code for path in paths])
    assert seen == [[404, 404], [404, 404], [200, 404], [200, 404], [200, 200]]


async def test_sim_10_html_errors_resets_and_silence_come_on_order() -> None:
    strava, _, token = await _connected()
    for status in (500, 502, 503, 504):
        await strava.http.post("/_sim/faults", json={"kind": "html", "status": status, "path": "/api/"})
        answer = await strava.get("/athlete", token)
        assert (answer.status_code, answer.headers["content-type"]) == (status, HTML)
    for order in ({"kind": "reset"}, {"kind": "cut"}, {"kind": "blackhole", "seconds": 0.01}):
        await strava.http.post("/_sim/faults", json=order)
        with pytest.raises(ConnectionResetError):
            await strava.get("/athlete", token)
    statuses = [entry.status for entry in strava.simulator.request_log.matching("GET", "/api/v3/athlete")]
    assert statuses == [500, 502, 503, 504, None, None, None]
    assert (await strava.get("/athlete", token)).status_code == 200


@pytest.mark.parametrize("path", ["/athlete/profile", "/activities/{id}/export_gpx", "/activities/{id}/export_tcx"])
async def test_sim_11_paths_that_strava_does_not_have_are_404(path: str) -> None:
    strava, athlete, token = await _connected()
    activity = strava.simulator.activities_of(athlete)[0].id
    answer = await strava.get(path.format(id=activity), token)
    assert answer.status_code == 404
    assert answer.json()["message"] == "Record Not Found"


async def test_sim_12_the_admin_paths_create_edit_delete_revoke_advance_and_limit() -> None:
    strava = strava_with()
    athlete = (await strava.http.post("/_sim/athletes", json={"activities": 1})).json()["id"]
    token = (await strava.connect(athlete))["access_token"]
    query = {"data_type": "gpx", "name": "From a file"}
    made = await strava.http.post(f"/_sim/athletes/{athlete}/files", params=query, content=gpx())
    (activity,) = made.json()["activities"]
    assert (await strava.get(f"/activities/{activity}", token)).json()["name"] == "From a file"
    await strava.http.patch(f"/_sim/activities/{activity}", json={"name": "Renamed"})
    assert (await strava.get(f"/activities/{activity}", token)).json()["name"] == "Renamed"
    await strava.http.delete(f"/_sim/activities/{activity}")
    assert (await strava.get(f"/activities/{activity}", token)).status_code == 404
    moved = (await strava.http.post("/_sim/clock", json={"advance_s": 90})).json()
    assert moved["now_s"] == START.timestamp() + 90
    await strava.http.post("/_sim/limits", json={"read_quarter": 0})
    assert (await strava.get("/athlete", token)).status_code == 429
    await strava.http.post(f"/_sim/athletes/{athlete}/revoke")
    assert strava.simulator.authorizations.of(athlete) is None


async def test_sim_13_the_request_log_answers_how_many_reads_a_job_took() -> None:
    strava, athlete, token = await _connected()
    await strava.http.delete("/_sim/requests")
    for activity in strava.simulator.activities_of(athlete)[:3]:
        await strava.get(f"/activities/{activity.id}", token)
    await strava.get("/athlete", "f" * 40)
    log = (await strava.http.get("/_sim/requests", params={"path": "/api/v3/activities/"})).json()
    assert log["total"] == 3
    assert all(entry["counted"] and entry["athlete_id"] == athlete for entry in log["requests"])
    everything = (await strava.http.get("/_sim/requests")).json()["requests"]
    assert [entry["counted"] for entry in everything] == [True, True, True, False]
    assert token not in str(everything)
