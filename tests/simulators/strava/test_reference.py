"""Answers against Strava's own definitions and recordings, when their folder is at hand."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.simulators.strava.conformance import Strava, strava_with
from tests.simulators.strava.track_files import gpx

REFERENCE = os.environ.get("AYDA_STRAVA_REFERENCE")
pytestmark = pytest.mark.skipif(
    REFERENCE is None, reason="AYDA_STRAVA_REFERENCE does not name the folder with strava-swagger and strava-samples"
)
SCALARS = frozenset({"string", "number", "integer", "boolean"})
STREAMS = "time,distance,latlng,altitude,velocity_smooth,heartrate,cadence,temp,moving,grade_smooth"


@cache
def _swagger() -> dict[str, Any]:
    text = Path(REFERENCE or "", "strava-swagger", "strava-swagger-merged.json").read_text(encoding="utf-8")
    return dict(_relaxed(json.loads(text)))


def _relaxed(node: Any) -> Any:
    """Scalars may be null and a position may be empty: what real answers need (the definitions' own README)."""
    if isinstance(node, list):
        return [_relaxed(item) for item in node]
    if not isinstance(node, dict):
        return node
    relaxed = {key: _relaxed(value) for key, value in node.items()}
    if isinstance(relaxed.get("type"), str) and relaxed["type"] in SCALARS:
        relaxed["type"] = [relaxed["type"], "null"]
        if "enum" in relaxed:
            relaxed["enum"] = [*relaxed["enum"], None]
    if relaxed.get("minItems") == 2:
        relaxed["minItems"] = 0
    return relaxed


def _check(answer: Any, method: str, path: str) -> None:
    responses = _swagger()["paths"][path][method]["responses"]
    schema = next(r for status, r in responses.items() if status.startswith("2"))["schema"]
    whole = {**schema, "definitions": _swagger()["definitions"]}
    problems = [
        f"{list(e.absolute_path)}: {e.message[:200]}"
        for e in jsonschema.Draft7Validator(whole).iter_errors(answer)
        if list(e.absolute_path)[-1:] != ["photos"]
    ]
    assert not problems


def _sample(name: str) -> Any:
    return json.loads(Path(REFERENCE or "", "strava-samples", name).read_text(encoding="utf-8"))


async def _everything() -> tuple[Strava, int, str]:
    strava = strava_with()
    athlete = strava.simulator.add_athlete(activities=40)
    return strava, athlete, (await strava.connect(athlete))["access_token"]


async def test_every_activity_answer_fits_the_definitions() -> None:
    strava, athlete, token = await _everything()
    listed = (await strava.get("/athlete/activities", token, per_page=200)).json()
    _check(listed, "get", "/athlete/activities")
    for activity in strava.simulator.activities_of(athlete):
        path = f"/activities/{activity.id}"
        _check((await strava.get(path, token)).json(), "get", "/activities/{id}")
        _check((await strava.get(f"{path}/laps", token)).json(), "get", "/activities/{id}/laps")
        _check((await strava.get(f"{path}/zones", token)).json(), "get", "/activities/{id}/zones")
        if not activity.manual:
            streams = await strava.get(f"{path}/streams", token, keys=STREAMS, key_by_type="true")
            _check(streams.json(), "get", "/activities/{id}/streams")


async def test_the_athletes_pages_fit_the_definitions() -> None:
    strava, athlete, token = await _everything()
    _check((await strava.get("/athlete", token)).json(), "get", "/athlete")
    _check((await strava.get("/athlete/zones", token)).json(), "get", "/athlete/zones")
    _check((await strava.get(f"/athletes/{athlete}/stats", token)).json(), "get", "/athletes/{id}/stats")


async def test_uploads_and_faults_fit_the_definitions() -> None:
    strava, _, token = await _everything()
    headers = {"Authorization": f"Bearer {token}"}
    sent = await strava.http.post(
        "/api/v3/uploads", headers=headers, files={"file": ("a.gpx", gpx())}, data={"data_type": "gpx"}
    )
    _check(sent.json(), "post", "/uploads")
    strava.simulator.clock.advance(2)
    _check((await strava.get(f"/uploads/{sent.json()['id']}", token)).json(), "get", "/uploads/{uploadId}")
    schema = {**_swagger()["definitions"]["fault"], "definitions": _swagger()["definitions"]}
    for answer in (await strava.get("/nowhere", token), await strava.get("/athlete", "f" * 40)):
        jsonschema.Draft7Validator(schema).validate(answer.json())


async def test_a_list_element_has_every_field_real_ones_always_have() -> None:
    strava, _, token = await _everything()
    recorded = _sample("athlete_activities_page1_default.json") + _sample("summary_trailrun_hike_manual_private.json")
    always = set.intersection(*(set(activity) for activity in recorded))
    for activity in (await strava.get("/athlete/activities", token, per_page=200)).json():
        assert not always - set(activity)


async def test_a_detail_has_every_field_two_recorded_runs_have() -> None:
    strava, athlete, token = await _everything()
    run = next(a for a in strava.simulator.activities_of(athlete) if a.sport_type == "TrailRun" and not a.manual)
    detail = (await strava.get(f"/activities/{run.id}", token)).json()
    recorded = [_sample(f"detailed_activity_run_{which}.json") for which in ("race", "hilly")]
    assert not set(recorded[0]) & set(recorded[1]) - set(detail) - {"gear"}
    for part in ("splits_metric", "laps", "best_efforts"):
        expected = set.intersection(*(set(row) for activity in recorded for row in activity[part]))
        assert not expected - set(detail[part][0]) - {"pace_zone", "average_heartrate"}, part


async def test_athlete_token_and_upload_have_the_recorded_fields() -> None:
    strava, athlete, token = await _everything()
    assert not set(_sample("athlete_detailed.json")) - set((await strava.get("/athlete", token)).json())
    totals = (await strava.get(f"/athletes/{athlete}/stats", token)).json()
    assert not set(_sample("athlete_stats.json")) - set(totals)
    exchange = next(t for t in _sample("http_traces.json") if t["source"] == "oauth/token_authorization_code.yml")
    tokens = await strava.connect(athlete)
    assert not set(exchange["response"]["body"]) - set(tokens)
    assert not set(exchange["response"]["body"]["athlete"]) - set(tokens["athlete"])
    streams = await strava.get(
        f"/activities/{strava.simulator.activities_of(athlete)[0].id}/streams", token, key_by_type="true"
    )
    assert set(streams.json()["distance"]) == set(_sample("streams_keyed_distance_only_2025.json")["distance"])


async def test_a_manual_activity_fits_the_definitions_and_has_the_recorded_fields() -> None:
    strava, _, token = await _everything()
    form = {"name": "a", "sport_type": "Run", "start_date_local": "2026-06-15T19:30:00Z", "elapsed_time": "60"}
    headers = {"Authorization": f"Bearer {token}"}
    made = (await strava.http.post("/api/v3/activities", headers=headers, data=form)).json()
    _check(made, "post", "/activities")
    assert not set(_sample("create_manual_activity_201.json")) - set(made) - {"gear"}
    changed = await strava.http.put(f"/api/v3/activities/{made['id']}", headers=headers, json={"name": "b"})
    _check(changed.json(), "put", "/activities/{id}")


async def test_subscriptions_and_the_end_of_a_consent_look_as_recorded() -> None:
    strava, _, token = await _everything()
    traces = {trace["source"]: trace["response"] for trace in _sample("http_traces.json")}
    credentials = {"client_id": "4242", "client_secret": "simulated-secret"}
    made = await strava.subscribe()
    listed = await strava.http.get("/api/v3/push_subscriptions", params=credentials)
    gone = await strava.http.delete(f"/api/v3/push_subscriptions/{made.json()['id']}", params=credentials)
    empty = await strava.http.get("/api/v3/push_subscriptions", params=credentials)
    ended = await strava.http.post("/oauth/deauthorize", headers={"Authorization": f"Bearer {token}"})
    for answer, source in (
        (made, "webhooks/create_push_subscription.yml"),
        (listed, "webhooks/push_subscriptions.yml"),
        (gone, "webhooks/delete_push_subscription.yml"),
        (empty, "webhooks/no_push_subscriptions.yml"),
        (ended, "client/deauthorize.yml"),
    ):
        recorded = traces[source]
        assert answer.status_code == recorded["status"], source
        body = answer.json() if answer.content else ""
        assert _fields(body) == _fields(recorded["body"]), source
        if "X-Ratelimit-Usage" in recorded["headers"]:
            assert "x-ratelimit-usage" in answer.headers, source


def _fields(body: Any) -> Any:
    if isinstance(body, list):
        return [_fields(element) for element in body]
    return set(body) if isinstance(body, dict) else body


async def test_an_upload_goes_through_the_recorded_states() -> None:
    strava, _, token = await _everything()
    headers = {"Authorization": f"Bearer {token}"}
    form = {"data_type": "gpx", "external_id": "a.gpx"}
    sent = await strava.http.post("/api/v3/uploads", headers=headers, files={"file": gpx()}, data=form)
    strava.simulator.clock.advance(2)
    ready = (await strava.get(f"/uploads/{sent.json()['id']}", token)).json()
    text = json.dumps(_sample("uploads_sequences.json"))
    for body in (sent.json(), ready):
        assert json.dumps(body["status"]) in text
        assert all(f'"{name}"' in text for name in body)
