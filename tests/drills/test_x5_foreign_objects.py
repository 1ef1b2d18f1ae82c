"""X5: nobody reaches what belongs to another member, at any endpoint the OpenAPI documents of both services know."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import httpx

from predictor_service.app import create_app as create_predictor
from servicekit.base.settings import Secret
from servicekit.base.vault import Vault
from servicekit.web.openapi import declare_problems
from tests.ayda.support import KEY_IN, KEY_OUT, init_data
from tests.drills.both_services import Both, both_services, predictor_settings
from tests.drills.reporting import report
from tests.predictor.support import lifespan_of
from tests.predictor.tracks import gpx
from tests.servicekit.strava.support import Clock
from tests.trackfiles.malformed.writers import gpx_of
from tests.trackfiles.outings import outing

OWNER, OTHER, STRANGER = 3_141_592_653_589, 2_718_281_828_459, 1_618_033_988_749
PUBLIC = {
    *("Races", "RaceCourse", "StravaCallback", "EnterStrava", "FileByTicket"),
    *("PredictForGuest", "PlanForGuest", "MakeGuestProfile", "Reforecast", "ReadTyped"),
}
SERVICES_ONLY = {"StravaTokenForMember", "OutingCompared"}
OWN = {
    *("OpenSession", "ConnectStrava", "StravaStatus", "OwnProfile", "Predict", "AddRoute", "ExportMe"),
    *("AddOwnActivity", "AddOwnImport", "OwnActivities", "Uploads", "PendingUploads", "CompleteStrava"),
    *("Matching", "ChooseMatching", "Matches", "PaceGroups"),
    *("Preferences", "ChoosePreferences", "OwnSync", "AddressOfFile", "OwnAccuracy", "OwnOutings"),
    *("OwnPaths", "ChooseOwnPaths"),
}
"""Endpoints without an id: they act for whoever asks, and must show nothing of anybody else."""
TAKEN_ALONG = ("PredictionCard", "PlanAsCsv", "CrewSheet")
"""What its owner gets of any prediction; the other files need a course that was stored."""
DESTRUCTIVE = {"DisconnectStrava", "EraseMe"}
CHOSEN_NAME = "Canary of the owner"
NOT_FOUND, CONFLICT, UNAUTHORIZED = 404, 409, 401
NOTHING_OF_THEIR_OWN = {
    "CompleteStrava": {400},  # nobody was given this claim
    "DisconnectStrava": {NOT_FOUND},  # nothing to end
    "OwnSync": {NOT_FOUND},  # nor to read
    "Matches": {CONFLICT},  # nobody here has opted in
    "PaceGroups": {CONFLICT},
}
UNKNOWN_ROUTE = "018f6b2a-0000-7000-8000-00000000ffff"
PREDICTORS_PUBLIC = {"Races", "Race", "RaceDistance", "LocalCallback"}
"""The catalogue, and where Strava sends browsers back to: both know no member."""


def an_archive() -> bytes:
    """One recording in a ZIP archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("1.gpx", gpx_of(outing()))
    return packed.getvalue()


async def objects_of(both: Both, member: int) -> dict[str, str]:
    """One object of each kind that has an id, by the name of its path parameter."""
    ayda = both.ayda
    body = {"gpx": gpx().decode()}
    answer = await ayda.http.post("/api/v1/predictions", json=body, headers=ayda.as_member(member))
    erased = await ayda.http.delete("/api/v1/me", headers=ayda.as_member(member))
    both.clock.advance(1)  # whoever comes back after an erasure has opened the app anew
    again = await ayda.http.post("/api/v1/predictions", json=body, headers=ayda.as_member(member))
    activity = await ayda.http.post(
        "/api/v1/activities", params={"sport": "run"}, content=gpx_of(outing()), headers=ayda.as_member(member)
    )
    sent = await ayda.http.post("/api/v1/imports", content=an_archive(), headers=ayda.as_member(member))
    query = {"telegram_id": str(member), "sport": "run"}
    learned = await both.predictor.post("/api/v1/internal/activities", params=query, content=gpx_of(outing()))
    codes = [each.status_code for each in (answer, erased, again, activity, sent)]
    assert codes == [201, 200, 201, 201, 202], sent.text
    assert learned.status_code in {200, 201}, learned.text  # ayda may have sent it on by then
    return {
        "prediction_id": again.json()["prediction_id"],
        "receipt_id": erased.json()["id"],
        "activity_id": activity.json()["activity"]["id"],
        "import_id": sent.json()["id"],
        "outing_id": learned.json()["id"],
    }


def operations(both: Both) -> dict[str, tuple[str, str, list[str]]]:
    """Method, path and path parameters of every operation, by its id."""
    return operations_of(declare_problems(both.ayda.app.litestar.openapi_schema.to_schema()))


def operations_of(document: dict[str, Any]) -> dict[str, tuple[str, str, list[str]]]:
    return {
        operation["operationId"]: (
            method.upper(),
            path,
            [each["name"] for each in operation.get("parameters", []) if each["in"] == "path"],
        )
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in {"get", "post", "put", "patch", "delete"}
    }


def bodies() -> dict[tuple[str, str], dict[str, Any]]:
    """What goes with a request, by its method and the end of its path."""
    return {
        ("POST", "/predictions"): {"json": {"gpx": gpx().decode()}},
        ("POST", "/activities"): {"content": gpx_of(outing()), "params": {"sport": "run"}},
        ("POST", "/imports"): {"content": an_archive()},
        ("PUT", "/matching"): {"json": {"opted_in": False}},
        ("PUT", "/own-paths"): {"json": {"remembered": False}},
        ("PUT", "/preferences"): {"json": {"units": "metric"}},
        ("PUT", "/outing"): {"json": {"activity_id": None}},
        ("PUT", "/outings"): {"json": {"counts": False}},
        ("POST", "/downloads"): {"json": {"what": "export"}},
        ("GET", "/matches"): {"params": {"route_id": UNKNOWN_ROUTE}},
        ("POST", "/groups"): {"json": {"route_id": UNKNOWN_ROUTE}},
        ("POST", "/complete"): {"json": {"claim": "A" * 43}},
        ("POST", "/routes"): {"content": gpx()},
    }


async def ask(both: Both, method: str, path: str, headers: dict[str, str]) -> Any:
    kind = "/outings" if "/outings/" in path else f"/{path.rpartition('/')[2]}"
    body = bodies().get((method, kind), {})
    if path.endswith("/routes"):
        headers = {**headers, "Content-Type": "application/gpx+xml"}
    return await both.ayda.http.request(method, path, headers=headers, **body)


async def test_every_operation_is_refused_to_whom_it_is_not_for(tmp_path: Path):
    async with both_services(tmp_path) as both:
        known = operations(both)
        athlete = both.simulator.add_athlete()
        objects = await objects_of(both, OWNER)
        await both.ayda.connect(OWNER, athlete)
        choice = {"opted_in": True, "name": CHOSEN_NAME}
        chosen = await both.ayda.http.put("/api/v1/matching", json=choice, headers=both.ayda.as_member(OWNER))
        assert chosen.status_code == 200, chosen.text
        marks = [str(OWNER), str(athlete), CHOSEN_NAME, *objects.values()]
        leaks, wrong, asked = [], [], 0
        for name, (method, path, parameters) in known.items():
            if name in PUBLIC:
                continue
            unknown = set(parameters) - set(objects)
            assert not unknown, f"{name} takes ids of a kind this matrix has no object of: {unknown}"
            address = path.format_map(objects)
            for role in (OTHER, STRANGER):
                for proof in (proof_of, session_of, nothing_of, key_of):
                    both.clock.advance(1)  # who was erased by the one before has opened the app anew
                    headers = await proof(both, role)
                    answer = await ask(both, method, address, dict(headers))
                    asked += 1
                    if any(mark in answer.text for mark in marks):
                        leaks.append((name, answer.text[:80]))
                    if answer.status_code not in allowed(name, parameters, headers):
                        wrong.append((name, sorted(headers), answer.status_code, answer.text[:120]))
        status = await both.ayda.status(OWNER)
        still = (await both.ayda.http.get("/api/v1/matching", headers=both.ayda.as_member(OWNER))).json()
        mine = [await both.ayda.http.get(known[name][1].format_map(objects), headers=both.ayda.as_member(OWNER))
                for name in ("Prediction", "ErasureReceipt", *TAKEN_ALONG)]  # fmt: skip
    covered = set(known) - PUBLIC
    report("X5", operations=len(known), covered=len(covered), requests=asked, leaks=len(leaks), wrong=len(wrong))
    assert leaks == []
    assert wrong == []
    assert status["state"] == "connected"
    assert (still["opted_in"], still["name"]) == (True, CHOSEN_NAME)
    assert [answer.status_code for answer in mine] == [200] * (2 + len(TAKEN_ALONG))
    classified = PUBLIC | SERVICES_ONLY | OWN | DESTRUCTIVE
    assert {name for name in covered - classified if not known[name][2]} == set()


async def test_the_predictor_answers_nobody_but_the_services(tmp_path: Path):
    """Members have no way to it: whatever proof they hold, every operation that is not public is a 401."""
    own_app = {"strava_client_id": "77", "strava_client_secret": Secret("s"), "vault": Vault({"k": bytes(32)})}
    predictor = create_predictor(predictor_settings(tmp_path, **own_app))
    known = operations_of(declare_problems(predictor.litestar.openapi_schema.to_schema()))
    transport = httpx.ASGITransport(app=predictor, raise_app_exceptions=False)
    roles: list[dict[str, str]] = [
        {},
        {"X-API-Key": "wrong"},
        {"X-API-Key": KEY_IN},  # of the other direction
        {"Authorization": f"tma {init_data(Clock(), OWNER)}"},
        {"Authorization": f"Bearer {KEY_OUT}"},
    ]
    wrong = []
    async with lifespan_of(predictor), httpx.AsyncClient(transport=transport, base_url="http://p.test") as http:
        for name, (method, path, parameters) in known.items():
            address = path.format_map(dict.fromkeys(parameters, str(OWNER)))
            query = {"telegram_id": str(OWNER), "athlete_id": "1"}
            for headers in roles:
                answer = await http.request(method, address, params=query, headers=headers)
                if (answer.status_code == UNAUTHORIZED) == (name in PREDICTORS_PUBLIC):
                    wrong.append((name, sorted(headers), answer.status_code))
    report("X5", predictor_operations=len(known), public=len(PREDICTORS_PUBLIC & set(known)), wrong=len(wrong))
    assert wrong == []
    assert set(known) >= PREDICTORS_PUBLIC


async def proof_of(both: Both, member: int) -> dict[str, str]:
    return both.ayda.as_member(member)


async def nothing_of(_both: Both, _member: int) -> dict[str, str]:
    return {}


async def key_of(_both: Both, _member: int) -> dict[str, str]:
    return {"X-API-Key": KEY_IN}


async def session_of(both: Both, member: int) -> dict[str, str]:
    opened = await both.ayda.http.post("/api/v1/session", headers=await proof_of(both, member))
    return {"Authorization": f"Bearer {opened.json()['token']}"}


def allowed(name: str, parameters: list[str], headers: dict[str, str]) -> set[int]:
    """The statuses that give nothing away: 404 for what is another's, 401 for those who prove nothing."""
    if name in SERVICES_ONLY:
        return {UNAUTHORIZED, 422}  # with the key: the id of a member is missing
    proof = headers.get("Authorization")
    if proof is None or (name == "OpenSession" and proof.startswith("Bearer")):  # a session opens no session
        return {UNAUTHORIZED}
    if parameters:
        return {NOT_FOUND}
    return NOTHING_OF_THEIR_OWN.get(name, {200, 201, 202, 302})
