from __future__ import annotations

from copy import copy
from html import unescape
from pathlib import Path

import pytest

from simulators.base.switches import sentences
from simulators.strava.application.switches import PushSwitches, Switches
from simulators.strava.web.trouble import FAULTS
from tests.simulators.strava.conformance import START, fault, strava_with
from tests.simulators.strava.track_files import fit, gpx
from trackfiles import MAX_FILE_BYTES


async def test_an_athlete_with_a_history_is_one_request() -> None:
    strava = strava_with()
    made = await strava.http.post("/_sim/athletes", json={"level": "advanced", "seed": 5, "activities": 12})
    assert made.status_code == 201
    assert made.json()["activities"] == 12
    assert (await strava.http.get("/_sim/athletes")).json() == [made.json()]


async def test_more_activities_can_be_generated_edited_and_deleted() -> None:
    strava = strava_with()
    athlete = strava.simulator.add_athlete()
    made = (await strava.http.post(f"/_sim/athletes/{athlete}/activities", json={"count": 3})).json()["activities"]
    token = (await strava.connect(athlete))["access_token"]
    await strava.http.patch(f"/_sim/activities/{made[0]}", json={"name": "New name", "visibility": "only_me"})
    detail = (await strava.get(f"/activities/{made[0]}", token)).json()
    assert (detail["name"], detail["private"]) == ("New name", True)
    assert (await strava.http.delete(f"/_sim/activities/{made[0]}")).status_code == 200
    assert (await strava.get(f"/activities/{made[0]}", token)).status_code == 404
    assert len((await strava.get("/athlete/activities", token)).json()) == 2


async def test_a_gpx_file_becomes_an_activity_with_its_own_streams() -> None:
    strava = strava_with()
    athlete = strava.simulator.add_athlete()
    answer = await strava.http.post(f"/_sim/athletes/{athlete}/files?sport_type=Hike", content=gpx())
    (activity,) = answer.json()["activities"]
    token = (await strava.connect(athlete))["access_token"]
    query = {"keys": "time,altitude,distance,latlng", "key_by_type": "true"}
    streams = (await strava.get(f"/activities/{activity}/streams", token, **query)).json()
    assert streams["time"]["data"][:3] == [0, 5, 10]
    assert streams["altitude"]["data"][-1] == 1099
    assert streams["distance"]["data"][-1] == pytest.approx(1991, rel=0.01)
    detail = (await strava.get(f"/activities/{activity}", token)).json()
    assert (detail["name"], detail["sport_type"], detail["elapsed_time"]) == ("Up", "Hike", 995)
    assert detail["start_date"] == "2026-05-28T20:26:40Z"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"<html>", "malformed"),
        (gpx(timed=False), "Time information"),
        (b"\x0e\x10\x00\x00", "malformed"),
    ],
)
async def test_an_unreadable_file_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    strava = strava_with()
    answer = await strava.http.post(f"/_sim/athletes/{strava.simulator.add_athlete()}/files", content=content)
    assert answer.status_code == 422
    assert sentence in answer.json()["error"]


async def test_a_fit_file_becomes_an_activity_with_its_heart_rate() -> None:
    strava = strava_with()
    athlete = strava.simulator.add_athlete()
    answer = await strava.http.post(f"/_sim/athletes/{athlete}/files?sport_type=TrailRun", content=fit())
    (activity,) = answer.json()["activities"]
    token = (await strava.connect(athlete))["access_token"]
    query = {"keys": "time,altitude,distance,latlng,heartrate", "key_by_type": "true"}
    streams = (await strava.get(f"/activities/{activity}/streams", token, **query)).json()
    assert [streams[k]["data"][-1] for k in ("time", "altitude", "distance", "heartrate")] == [118, 959, 354, 140]
    assert streams["latlng"]["data"][0] == pytest.approx([43.2, 76.9], abs=1e-6)


async def test_a_broken_fit_file_is_refused_with_a_sentence() -> None:
    strava = strava_with()
    path = f"/_sim/athletes/{strava.simulator.add_athlete()}/files?data_type=fit"
    answer = await strava.http.post(path, content=b"\x0e\x10\xd9\x07\x05\x00\x00\x00.FITxxxxxxxxx")
    assert answer.status_code == 422
    assert "FIT" in answer.json()["error"] or "timed points" in answer.json()["error"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/_sim/athletes", {"level": "pro"}, 422),
        ("/_sim/athletes", {"activities": 100_000}, 422),
        ("/_sim/athletes", {"colour": 1}, 422),
        ("/_sim/clock", {"advance_s": -1}, 422),
        ("/_sim/faults", {"kind": "fire"}, 422),
        ("/_sim/athletes/1/activities", {}, 404),
        ("/_sim/nowhere", {}, 404),
    ],
)
async def test_a_wrong_admin_request_gets_a_clear_error(path: str, body: dict[str, object], status: int) -> None:
    answer = await strava_with().http.post(path, json=body)
    assert answer.status_code == status
    assert answer.json()["error"]


async def test_a_body_beyond_the_bound_is_refused() -> None:
    strava = strava_with()
    athlete = strava.simulator.add_athlete()
    answer = await strava.http.post(f"/_sim/athletes/{athlete}/files", content=b"x" * (MAX_FILE_BYTES + 2 * 1024**2))
    assert answer.status_code == 413


async def test_the_clock_moves_forward_on_request() -> None:
    strava = strava_with()
    answer = await strava.http.post("/_sim/clock", json={"advance_s": 3600})
    assert answer.json()["now_s"] == START.timestamp() + 3600
    assert strava.simulator.clock.now_s() == START.timestamp() + 3600


async def test_revoking_from_the_athletes_side_kills_the_tokens() -> None:
    strava = strava_with()
    athlete = strava.simulator.add_athlete()
    tokens = await strava.connect(athlete)
    answer = await strava.http.post(f"/_sim/athletes/{athlete}/revoke")
    assert answer.json() == {"was_connected": True}
    assert fault(await strava.refresh(tokens["refresh_token"]))[2] == "RefreshToken"
    assert (await strava.get("/athlete", tokens["access_token"])).status_code == 401


async def test_tokens_can_be_made_to_expire_soon() -> None:
    strava = strava_with()
    athlete = strava.simulator.add_athlete()
    tokens = await strava.connect(athlete)
    await strava.http.post(f"/_sim/athletes/{athlete}/expire", json={"left_s": 60})
    assert (await strava.get("/athlete", tokens["access_token"])).status_code == 200
    strava.simulator.clock.advance(60)
    assert (await strava.get("/athlete", tokens["access_token"])).status_code == 401
    assert (await strava.refresh(tokens["refresh_token"])).status_code == 200


async def test_limits_usage_and_settings_can_be_set() -> None:
    strava = strava_with()
    token = (await strava.connect(strava.simulator.add_athlete()))["access_token"]
    await strava.http.post("/_sim/limits", json={"read_quarter": 100, "read_usage": [99, 500]})
    assert (await strava.get("/athlete", token)).headers["x-readratelimit-usage"] == "100,501"
    assert (await strava.get("/athlete", token)).status_code == 429
    await strava.http.post("/_sim/settings", json={"rotation": "stable", "inactive": True})
    assert strava.simulator.switches.rotation == "stable"
    strava.simulator.clock.advance(900)
    inactive = await strava.get("/athlete", token)
    assert fault(inactive) == (403, "Forbidden", "Application", "Status", "Inactive")


async def test_the_request_log_tells_path_athlete_and_token_outcome_but_no_secret() -> None:
    strava = strava_with()
    athlete = strava.simulator.add_athlete()
    tokens = await strava.connect(athlete)
    await strava.refresh(tokens["refresh_token"])
    await strava.http.get(f"/api/v3/athlete?access_token={tokens['access_token']}")
    await strava.get("/athlete", tokens["access_token"])
    log = (await strava.http.get("/_sim/requests")).json()
    assert [(e["path"], e["status"], e["outcome"]) for e in log["requests"]] == [
        ("/oauth/authorize", 302, None),
        ("/oauth/token", 200, "new"),
        ("/oauth/token", 200, "same"),
        ("/api/v3/athlete", 401, None),
        ("/api/v3/athlete", 200, None),
    ]
    assert [e["grant_type"] for e in log["requests"]][1:3] == ["authorization_code", "refresh_token"]
    assert log["requests"][-1]["athlete_id"] == athlete
    assert log["requests"][-1]["counted"] is True
    text = str(log)
    assert not any(secret in text for secret in (tokens["access_token"], tokens["refresh_token"], "simulated-secret"))
    assert (await strava.http.get("/_sim/requests?path=/oauth/token&limit=1")).json()["total"] == 2


async def test_an_ordered_fault_meets_the_next_requests_and_no_more() -> None:
    strava = strava_with()
    token = (await strava.connect(strava.simulator.add_athlete()))["access_token"]
    await strava.http.post("/_sim/faults", json={"kind": "html", "path": "/api/v3/", "count": 2, "status": 502})
    answers = [await strava.get("/athlete", token) for _ in range(3)]
    assert [a.status_code for a in answers] == [502, 502, 200]
    assert answers[0].text.startswith("<html>")
    assert [e.fault for e in strava.simulator.request_log][-3:] == ["html", "html", None]


async def test_a_fault_after_the_work_loses_the_answer_only() -> None:
    strava = strava_with()
    tokens = await strava.connect(strava.simulator.add_athlete())
    strava.simulator.clock.advance(20_000)
    order = {"kind": "empty", "path": "/oauth/token", "status": 504, "after": True}
    await strava.http.post("/_sim/faults", json=order)
    assert (await strava.refresh(tokens["refresh_token"])).status_code == 504
    assert (await strava.refresh(tokens["refresh_token"])).status_code == 400


async def test_a_rate_limit_on_order_is_a_429() -> None:
    strava = strava_with()
    token = (await strava.connect(strava.simulator.add_athlete()))["access_token"]
    await strava.http.post("/_sim/faults", json={"kind": "rate_limited"})
    assert (await strava.get("/athlete", token)).status_code == 429
    await strava.http.post("/_sim/faults", json={"kind": "reset", "count": 9})
    with pytest.raises(ConnectionResetError):
        await strava.get("/athlete", token)
    await strava.http.delete("/_sim/faults")
    assert (await strava.get("/athlete", token)).status_code == 200


async def test_the_page_explains_the_admin_paths() -> None:
    page = await strava_with().http.get("/_sim")
    assert page.status_code == 200
    assert "/_sim/requests" in page.text


TABLES = {kind: fault.does for kind, fault in FAULTS.items()}, sentences(Switches), sentences(PushSwitches)


@pytest.mark.parametrize("table", TABLES)
async def test_page_and_manual_say_what_the_tables_of_faults_and_switches_say(table: dict[str, str]) -> None:
    page = unescape((await strava_with().http.get("/")).text)
    manual = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text()
    for name, does in table.items():
        assert f"<td><code>{name}</code></td><td>{does}</td>" in page
        assert f"| `{name}` | {does} |\n" in manual


@pytest.mark.parametrize("wrong", [{"no_such": 1}, {"rotation": "often"}, {"athlete_capacity": -1}])
async def test_a_switch_that_there_is_not_or_not_so_changes_nothing(wrong: dict[str, object]) -> None:
    strava = strava_with()
    before = copy(strava.simulator.switches)
    answer = await strava.http.post("/_sim/settings", json={"inactive": True} | wrong)
    assert answer.status_code == 422
    assert "is not right" in answer.json()["error"]
    assert strava.simulator.switches == before
