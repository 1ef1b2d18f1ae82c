"""What the simulator knows outlives its process, whatever moment it is killed at."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.strava import Simulator, create_app
from simulators.strava.application.quota import RateLimits
from simulators.strava.application.switches import RotationMode
from simulators.strava.push.events import Attempt
from tests.simulators.strava.conformance import ALL_SCOPES, START, Callback, Strava, fault
from tests.simulators.strava.track_files import gpx
from tests.system.processes import Process, free_port, killed_at_the_end


def _open(path: Path) -> Strava:
    """A simulator on this file, with whatever another one has left in it."""
    simulator = Simulator(now=lambda: START, database=path, headerless_streams_every=0)
    callback = Callback()
    transport = httpx.ASGITransport(create_app(simulator, callback))  # type: ignore[arg-type]
    return Strava(simulator, httpx.AsyncClient(transport=transport, base_url="http://strava.test"), callback)


async def test_token_families_outlive_a_kill_down_to_the_rotated_tokens(tmp_path: Path) -> None:
    before = _open(tmp_path / "truth.db")
    athlete = before.simulator.add_athlete()
    first = await before.connect(athlete)
    before.simulator.clock.advance(5 * 3600)
    second = (await before.refresh(first["refresh_token"])).json()
    unused = await before.code(athlete)

    after = _open(tmp_path / "truth.db")
    assert fault(await after.refresh(first["refresh_token"]))[2] == "RefreshToken"
    assert (await after.refresh(second["refresh_token"])).json()["access_token"] == second["access_token"]
    for tokens in (first, second):
        assert (await after.get("/athlete", tokens["access_token"])).json()["id"] == athlete
    assert (await after.token(grant_type="authorization_code", code=unused)).status_code == 200
    assert fault(await after.token(grant_type="authorization_code", code=unused))[2] == "AuthorizationCode"


async def test_clock_quota_switches_and_the_request_log_outlive_a_kill(tmp_path: Path) -> None:
    before = _open(tmp_path / "truth.db")
    token = (await before.connect(before.simulator.add_athlete()))["access_token"]
    await before.http.post("/_sim/clock", json={"advance_s": 600})
    await before.http.post("/_sim/limits", json={"read_quarter": 3})
    await before.http.post("/_sim/settings", json={"rotation": "grace", "streams_after_s": 60})
    await before.http.post("/_sim/push", json={"signing_secrets": ["k"], "signature": "signed"})
    await before.get("/athlete", token)

    after = _open(tmp_path / "truth.db")
    assert after.simulator.clock.now() == before.simulator.clock.now()
    assert after.simulator.quota.limits == RateLimits(600, 6000, 3, 3000)
    assert (await after.get("/athlete", token)).headers["X-ReadRateLimit-Usage"] == "2,2"
    assert after.simulator.switches == before.simulator.switches
    assert after.simulator.push.switches == before.simulator.push.switches
    assert after.simulator.switches.rotation == "grace"
    logged = [(e.method, e.path, e.status, e.outcome) for e in after.simulator.request_log]
    assert logged[-2:] == [("GET", "/api/v3/athlete", 200, None)] * 2
    assert ("POST", "/oauth/token", 200, "new") in logged


async def test_activities_of_every_kind_outlive_a_kill(tmp_path: Path) -> None:
    before = _open(tmp_path / "truth.db")
    athlete = before.simulator.add_athlete(activities=20)
    token = (await before.connect(athlete))["access_token"]
    await before.http.post(f"/_sim/athletes/{athlete}/files", params={"data_type": "gpx"}, content=gpx())
    deleted = before.simulator.activities_of(athlete)[3].id
    await before.http.delete(f"/_sim/activities/{deleted}")
    seen = (await before.get("/athlete/activities", token, per_page=200)).json()
    stream = f"/activities/{seen[0]['id']}/streams"
    streams = (await before.get(stream, token, keys="time,latlng,heartrate,altitude", key_by_type="true")).json()

    after = _open(tmp_path / "truth.db")
    assert (await after.get("/athlete/activities", token, per_page=200)).json() == seen
    again = await after.get(stream, token, keys="time,latlng,heartrate,altitude", key_by_type="true")
    assert again.json() == streams
    assert after.simulator.add_athlete() == athlete + 1
    assert min(after.simulator.generate_activities(athlete, 1)) > max(a["id"] for a in seen)


async def test_an_upload_waiting_to_be_processed_is_processed_after_the_kill(tmp_path: Path) -> None:
    before = _open(tmp_path / "truth.db")
    token = (await before.connect(before.simulator.add_athlete()))["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    form: dict[str, Any] = {"data_type": "gpx", "external_id": "one", "name": "Kept"}
    sent = await before.http.post("/api/v3/uploads", headers=headers, files={"file": gpx()}, data=form)

    middle = _open(tmp_path / "truth.db")
    middle.simulator.clock.advance(2)
    ready = (await middle.get(f"/uploads/{sent.json()['id']}", token)).json()
    assert ready["status"] == "Your activity is ready."

    after = _open(tmp_path / "truth.db")
    assert (await after.get(f"/uploads/{ready['id']}", token)).json() == ready
    assert (await after.get(f"/activities/{ready['activity_id']}", token)).json()["name"] == "Kept"
    twin = await after.http.post("/api/v3/uploads", headers=headers, files={"file": gpx()}, data=form)
    after.simulator.clock.advance(5)
    error = (await after.get(f"/uploads/{twin.json()['id']}", token)).json()["error"]
    assert error == f"one duplicate of activity {ready['activity_id']}"


async def test_the_subscription_and_every_attempt_outlive_a_kill(tmp_path: Path) -> None:
    before = _open(tmp_path / "truth.db")
    athlete = before.simulator.add_athlete()
    await before.connect(athlete)
    subscription = (await before.subscribe()).json()["id"]
    before.callback.statuses = [500]
    before.simulator.generate_activities(athlete, 1)
    await before.deliver()

    after = _open(tmp_path / "truth.db")
    assert await after.deliver(119) == []
    (event,) = await after.deliver(1)
    assert (event["subscription_id"], event["aspect_type"]) == (subscription, "create")
    (delivery,) = after.simulator.push.deliveries()
    assert delivery.attempts == [
        Attempt(START.timestamp(), 500),
        Attempt(START.timestamp() + 120, 200),
    ]
    after.simulator.generate_activities(athlete, 1)
    assert [e.id for e in after.simulator.push.events()] == [1, 2]


def test_without_a_file_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    simulator = Simulator(now=lambda: START)
    simulator.add_athlete(activities=1)
    simulator.save()
    assert list(tmp_path.iterdir()) == []


STEPS = st.sampled_from(
    [
        "consent",
        "connect",
        "refresh",
        "wait",
        "revoke",
        "record",
        "rename",
        "delete",
        "read",
        "deliver",
        "refuse",
        "reopen",
    ]
)


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(STEPS, min_size=4, max_size=25), rotation=st.sampled_from(["stable", "grace", "strict"]))
def test_whatever_happened_the_reopened_truth_is_the_same(steps: list[str], rotation: RotationMode) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "truth.db")
        simulator = Simulator(now=lambda: START, database=path, rotation=rotation)
        athlete, callback = simulator.add_athlete(), Callback()
        asyncio.run(simulator.push.subscribe("http://app.test/", "v", callback))
        for step in steps:
            if step == "reopen":
                simulator.close()
                simulator = Simulator(now=lambda: START, database=path)
            else:
                _do(step, simulator, athlete, callback)
        simulator.save()
        reopened = Simulator(now=lambda: START, database=path)
        assert _told(reopened) == _told(simulator)
        reopened.close()
        simulator.close()


def _do(step: str, simulator: Simulator, athlete: int, callback: Callback) -> None:
    now_s, truth = simulator.clock.now_s(), simulator.authorizations
    authorization = truth.of(athlete)
    if step == "consent":
        truth.consent(athlete, ("read",), now_s)
    elif step == "connect":
        truth.exchange(truth.consent(athlete, ("read", "activity:read_all"), now_s), now_s)
    elif step == "refresh" and authorization is not None and authorization.refresh_token:
        truth.refresh(authorization.refresh_token, now_s)
    elif step == "wait":
        simulator.clock.advance(7000)
    elif step == "revoke":
        truth.revoke_athlete(athlete)
    elif step in {"record", "rename", "delete"}:
        _change(step, simulator, athlete)
    elif step == "read":
        simulator.quota.take(now_s, read=True)
    elif step in {"deliver", "refuse"}:
        callback.statuses = [200 if step == "deliver" else 500] * 50
        asyncio.run(simulator.push.deliver_due(callback))


def _change(step: str, simulator: Simulator, athlete: int) -> None:
    activities = simulator.activities_of(athlete)
    if step == "record":
        simulator.generate_activities(athlete, 1)
    elif step == "rename" and activities:
        simulator.edit_activity(activities[0].id, name=f"{activities[0].name}!")
    elif step == "delete" and activities:
        simulator.delete_activity(activities[0].id)


def _told(simulator: Simulator) -> dict[str, Any]:
    tokens = [token.token for authorization in simulator.authorizations for token in authorization.access]
    return {
        "authorizations": list(simulator.authorizations),
        "living": [simulator.authorizations.find_access(token, simulator.clock.now_s()) for token in tokens],
        "activities": [
            activity for athlete in simulator.athletes() for activity in simulator.activities_of(athlete.id)
        ],
        "athletes": simulator.athletes(),
        "quota": simulator.quota,
        "clock": simulator.clock.now(),
        "subscription": simulator.push.subscription,
        "events": simulator.push.events(),
        "deliveries": simulator.push.deliveries(),
        "due": simulator.next_due_s(),
        "standing": simulator.standing,
    }


@pytest.mark.system
def test_a_process_killed_after_an_answer_never_forgets_it(tmp_path: Path) -> None:
    database = str(tmp_path / "truth.db")
    command = ("sim", "strava", "--db", database, "--activities", "2")
    strava = Process(command, free_port(), {}, tmp_path, "/_sim")
    secret = {"client_id": "4242", "client_secret": "simulated-secret"}
    with killed_at_the_end(strava), httpx.Client(base_url=strava.url, trust_env=False, timeout=120) as http:
        strava.start()
        (athlete,) = http.get("/_sim/athletes").json()
        consent = {"client_id": "4242", "redirect_uri": "http://localhost/", "response_type": "code"}
        form = consent | {"scope": ALL_SCOPES, "granted": ALL_SCOPES.split(","), "decision": "allow"}
        form["athlete_id"] = str(athlete["id"])
        sent_to = httpx.URL(http.post("/oauth/authorize", data=form).headers["location"])
        tokens = http.post("/oauth/token", data=secret | {"grant_type": "authorization_code", **sent_to.params}).json()
        for _ in range(3):
            http.post("/_sim/clock", json={"advance_s": 21_000})
            refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
            tokens = http.post("/oauth/token", data=secret | refresh).json()
            strava.kill()
            strava.start()
            answer = http.get("/api/v3/athlete", headers={"Authorization": f"Bearer {tokens['access_token']}"})
            assert answer.json()["id"] == athlete["id"]
        log = http.get("/_sim/requests", params={"path": "/oauth/token"}).json()
        assert [entry["outcome"] for entry in log["requests"]] == ["new"] * 4
