from __future__ import annotations

import gzip
from typing import Any

import httpx
import pytest

from tests.simulators.strava.conformance import Strava, fault, strava_with
from tests.simulators.strava.track_files import gpx

PROCESSING = "Your activity is still being processed."
FAILED = "There was an error processing your activity."


async def _writer() -> tuple[Strava, int, str]:
    strava = strava_with()
    athlete = strava.simulator.add_athlete()
    return strava, athlete, (await strava.connect(athlete))["access_token"]


async def _upload(strava: Strava, token: str, content: bytes, **form: Any) -> httpx.Response:
    return await strava.http.post(
        "/api/v3/uploads",
        headers={"Authorization": f"Bearer {token}"},
        files={"file": ("a.gpx", content)},
        data={"data_type": "gpx"} | form,
    )


async def test_an_upload_is_processed_for_a_while_and_then_ready() -> None:
    strava, _, token = await _writer()
    sent = await _upload(strava, token, gpx(), external_id="ride-1", name="Evening", sport_type="TrailRun")
    assert sent.status_code == 201
    body = sent.json()
    upload = {"id": body["id"], "id_str": str(body["id"]), "external_id": None, "error": None, "activity_id": None}
    assert body == upload | {"status": PROCESSING}
    assert (await strava.get(f"/uploads/{body['id']}", token)).json() == body
    strava.simulator.clock.advance(2)
    ready = (await strava.get(f"/uploads/{body['id']}", token)).json()
    assert ready["status"] == "Your activity is ready."
    assert ready["external_id"] == "ride-1"
    detail = (await strava.get(f"/activities/{ready['activity_id']}", token)).json()
    assert (detail["name"], detail["sport_type"], detail["upload_id"]) == ("Evening", "TrailRun", body["id"])


@pytest.mark.parametrize("link", [False, True])
async def test_the_same_file_again_is_a_duplicate_of_the_activity(*, link: bool) -> None:
    strava, _, token = await _writer()
    strava.simulator.switches.link_in_duplicate_text = link
    first = (await _upload(strava, token, gpx(), external_id="a.gpx")).json()["id"]
    second = (await _upload(strava, token, gpx(), external_id="b.gpx")).json()["id"]
    strava.simulator.clock.advance(2)
    activity = (await strava.get(f"/uploads/{first}", token)).json()["activity_id"]
    twin = (await strava.get(f"/uploads/{second}", token)).json()
    text = f"<a href='/activities/{activity}' target='_blank'>Run</a>" if link else f"activity {activity}"
    assert twin["error"] == f"b.gpx duplicate of {text}"
    assert (twin["status"], twin["activity_id"]) == (FAILED, None)


async def test_the_same_external_id_again_is_a_duplicate() -> None:
    strava, _, token = await _writer()
    await _upload(strava, token, gpx(200), external_id="job-7")
    second = (await _upload(strava, token, gpx(150), external_id="job-7")).json()["id"]
    strava.simulator.clock.advance(2)
    assert "duplicate of activity" in (await strava.get(f"/uploads/{second}", token)).json()["error"]


async def test_a_malformed_file_fails_when_polled_not_when_sent() -> None:
    strava, _, token = await _writer()
    sent = await _upload(strava, token, b"<gpx>no end")
    assert sent.status_code == 201
    strava.simulator.clock.advance(2)
    polled = (await strava.get(f"/uploads/{sent.json()['id']}", token)).json()
    assert polled["status"] == FAILED
    assert "malformed" in polled["error"]


async def test_a_deleted_activity_leaves_a_failure_without_an_error() -> None:
    strava, _, token = await _writer()
    sent = (await _upload(strava, token, gzip.compress(gpx()), data_type="gpx.gz")).json()["id"]
    strava.simulator.clock.advance(2)
    activity = (await strava.get(f"/uploads/{sent}", token)).json()["activity_id"]
    strava.simulator.delete_activity(activity)
    gone = (await strava.get(f"/uploads/{sent}", token)).json()
    assert (gone["status"], gone["error"], gone["activity_id"]) == (
        "The created activity has been deleted.",
        None,
        None,
    )


async def test_uploading_needs_its_scope_a_type_and_a_file() -> None:
    strava, athlete, token = await _writer()
    assert fault(await _upload(strava, token, gpx(), data_type="exe"))[3] == "data_type"
    assert fault(await _upload(strava, token, gpx(), sport_type="run"))[3] == "sport_type"
    bare = await strava.http.post(
        "/api/v3/uploads", headers={"Authorization": f"Bearer {token}"}, data={"data_type": "gpx"}
    )
    assert fault(bare)[3] == "file"
    narrow = (await strava.connect(athlete, "read,activity:read"))["access_token"]
    expected = (401, "Authorization Error", "AccessToken", "activity:write_permission", "missing")
    assert fault(await _upload(strava, narrow, gpx())) == expected


async def test_a_file_sent_again_after_its_activity_was_deleted_is_an_activity_that_has_duplicates_of_its_own() -> None:
    strava, _, token = await _writer()
    activities = []
    for number in range(3):
        sent = (await _upload(strava, token, gpx(), external_id=f"{number}.gpx")).json()["id"]
        strava.simulator.clock.advance(2)
        activities.append((await strava.get(f"/uploads/{sent}", token)).json())
        if number == 0:
            strava.simulator.delete_activity(activities[0]["activity_id"])
    assert activities[1]["status"] == "Your activity is ready."
    assert activities[2]["error"] == f"2.gpx duplicate of activity {activities[1]['activity_id']}"
