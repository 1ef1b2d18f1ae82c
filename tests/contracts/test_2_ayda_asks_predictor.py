"""What ayda_service relies on when it asks predictor_service: connections, predictions, profiles, routes, races.

The client under test is the one members' requests go through. Bodies are written out by hand: a renamed field must
break this file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from pact import Pact

from ayda_service.predictions.client import PredictorClient
from kernel.contracts.connection import StravaConnected, StravaDisconnected, StravaEvent
from kernel.contracts.prediction import CheckpointRequest, PredictRequest
from servicekit.http.client import ApiClient, UpstreamRefused, UpstreamUnavailable
from tests.contracts import shapes
from tests.contracts.support import KEY, WRONG_KEY, PactWriter, problem

MEMBER = "123456"
STRANGER = "654321"
ROUTE_ID = "018f6b2a-0000-7000-8000-000000000001"
NO_ROUTE_ID = "018f6b2a-0000-7000-8000-00000000ffff"
RACE_ID = "fa90e528-03d4-5396-9354-04c64bc43b26"
DISTANCE_ID = "76d2ff31-a193-5b36-988a-e6eb9af63644"
INTERNAL = "/api/v1/internal"
CONNECTED = {"telegram_id": MEMBER, "athlete_id": 12345}
PREDICT = {"telegram_id": MEMBER, "gpx_file_id": ROUTE_ID}
KNOWN_KEY = "contract-key-1"
NOTHING = "nothing is known of member 654321"
PROFILED = "member 123456 has a trail_run profile from files"
STORED = f"the route {ROUTE_ID} is stored"
NO_KEYS = "the internal API has no key configured"
USED_KEY = "the idempotency key contract-key-1 was used with another body"

FLAT = "<trkpt lat='43.0' lon='77.0'{0}</trkpt><trkpt lat='43.01' lon='77.0'{0}</trkpt>"
GPX = "<gpx version='1.1' creator='contract'><trk><trkseg>{}</trkseg></trk></gpx>"
WITH_ELEVATION = GPX.format(FLAT.format("><ele>800</ele>"))
WITHOUT_ELEVATION = GPX.format(FLAT.format(">"))


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> PactWriter:
    return PactWriter("ayda_service", "predictor_service", tmp_path_factory.mktemp("pacts"))


@asynccontextmanager
async def asking(url: str, key: str = KEY) -> AsyncIterator[PredictorClient]:
    client = ApiClient(url, "predictor", headers={"X-API-Key": key}, internal=True, retry_delays_s=())
    try:
        yield PredictorClient(client)
    finally:
        await client.close()


def exchange(
    description: str,
    state: str | None,
    request: tuple[str, str],
    answer: tuple[int, Any],
    *,
    body: Any = None,
    text: str | None = None,
    query: dict[str, str] | None = None,
    key: str = KEY,
    idempotency_key: str | None = None,
) -> Callable[[Pact], Any]:
    """One request and its answer."""

    def describe(pact: Pact) -> Any:
        interaction = pact.upon_receiving(description)
        if state is not None:
            interaction = interaction.given(state)
        interaction = interaction.with_request(*request)
        if request[1].startswith(INTERNAL):
            interaction = interaction.with_header("X-API-Key", key)
        for name, value in (query or {}).items():
            interaction = interaction.with_query_parameter(name, value)
        if idempotency_key is not None:
            interaction = interaction.with_header("Idempotency-Key", idempotency_key)
        if body is not None:
            interaction = interaction.with_body(body, content_type="application/json")
        if text is not None:
            interaction = interaction.with_binary_body(text.encode(), content_type="application/gpx+xml")
        status, content = answer
        kind = "application/json" if status < 400 else "application/problem+json"
        return interaction.will_respond_with(status).with_body(content, content_type=kind)

    return describe


def refused(status: int, code: str) -> tuple[int, Any]:
    return status, problem(status, code)


async def _expect(url: str, call: Callable[[PredictorClient], Any], status: int, code: str, *, key: str = KEY) -> None:
    """The real client turns the refusal into its error with status and code."""
    async with asking(url, key) as client:
        with pytest.raises((UpstreamRefused, UpstreamUnavailable)) as caught:
            await call(client)
    error = caught.value
    assert error.problem is not None
    assert (error.problem.status, error.problem.code) == (status, code)
    assert isinstance(error, UpstreamUnavailable) == (status >= 500)


POST_CONNECTED = ("POST", f"{INTERNAL}/strava/connected")
NOTICE = StravaConnected(telegram_id=MEMBER, athlete_id=12345)


@pytest.mark.parametrize("state", [f"nothing is known of member {MEMBER}", PROFILED], ids=["new", "known"])
async def test_a_connection_triggers_a_sync(writer: PactWriter, state: str):
    describe = exchange(
        f"a connection notice when {state}", state, POST_CONNECTED, (200, shapes.SYNC_TRIGGERED), body=CONNECTED
    )
    with writer.interaction(describe) as url:
        async with asking(url) as client:
            answer = await client.connected(NOTICE)
    assert answer.status == "sync_triggered"
    assert answer.user_id


CONNECTED_REFUSALS = [
    (401, "invalid_api_key", None, CONNECTED, WRONG_KEY, None),
    (409, "idempotency_conflict", USED_KEY, CONNECTED, KEY, KNOWN_KEY),
    (422, "validation_failed", None, {"telegram_id": "0123456", "athlete_id": 12345}, KEY, None),
    (503, "internal_api_not_configured", NO_KEYS, CONNECTED, KEY, None),
]


@pytest.mark.parametrize(("status", "code", "state", "body", "key", "used"), CONNECTED_REFUSALS)
async def test_a_refused_connection_notice(
    writer: PactWriter, status: int, code: str, state: str | None, body: dict[str, Any], key: str, used: str | None
):
    describe = exchange(
        f"a connection notice answered {code}", state, POST_CONNECTED, refused(status, code),
        body=body, key=key, idempotency_key=used,
    )  # fmt: skip
    notice = StravaConnected(**body)
    with writer.interaction(describe) as url:
        await _expect(url, lambda client: client.connected(notice, idempotency_key=used), status, code, key=key)


POST_EVENT = ("POST", f"{INTERNAL}/strava/events")
EVENT = {
    "event_id": "018f6b2a-0000-7000-8000-00000000000e",
    "telegram_id": MEMBER,
    "athlete_id": 12345,
    "object_type": "activity",
    "object_id": 16_000_000_001,
    "aspect_type": "create",
    "updates": {},
    "event_time": 1_516_126_040,
}
LINKED = "member 123456 has connected Strava athlete 12345"


def _event(body: dict[str, Any]) -> StravaEvent:
    return StravaEvent(**{**body, "event_id": UUID(body["event_id"])})


EVENTS = [
    ("an event about an activity", LINKED, "accepted"),
    ("an event about a stranger", NOTHING, "ignored"),
]


@pytest.mark.parametrize(("description", "state", "status"), EVENTS, ids=[each[0] for each in EVENTS])
async def test_an_event_is_taken(writer: PactWriter, description: str, state: str, status: str):
    body = EVENT if state == LINKED else {**EVENT, "telegram_id": STRANGER}
    describe = exchange(description, state, POST_EVENT, (202, {"status": status}), body=body)
    with writer.interaction(describe) as url:
        async with asking(url) as client:
            answer = await client.event(_event(body))
    assert answer.status == status


EVENT_REFUSALS = [
    (401, "invalid_api_key", None, EVENT, WRONG_KEY),
    (422, "validation_failed", None, {**EVENT, "aspect_type": "merge"}, KEY),
    (503, "internal_api_not_configured", NO_KEYS, EVENT, KEY),
]


@pytest.mark.parametrize(("status", "code", "state", "body", "key"), EVENT_REFUSALS)
async def test_a_refused_event(
    writer: PactWriter, status: int, code: str, state: str | None, body: dict[str, Any], key: str
):
    description = f"an event answered {code}"
    describe = exchange(description, state, POST_EVENT, refused(status, code), body=body, key=key)
    with writer.interaction(describe) as url:
        await _expect(url, lambda client: client.event(_event(body)), status, code, key=key)


POST_DISCONNECTED = ("POST", f"{INTERNAL}/strava/disconnected")
ENDINGS = [
    ("the end of a connection", f"{LINKED} and has a profile", MEMBER, shapes.ERASED),
    ("the end of a stranger's connection", NOTHING, STRANGER, shapes.NOTHING_ERASED),
]


@pytest.mark.parametrize(("description", "state", "member", "answer"), ENDINGS, ids=[each[0] for each in ENDINGS])
async def test_the_end_of_a_connection_is_answered_with_a_receipt(
    writer: PactWriter, description: str, state: str, member: str, answer: dict[str, Any]
):
    body = {"telegram_id": member, "athlete_id": 12345}
    with writer.interaction(exchange(description, state, POST_DISCONNECTED, (200, answer), body=body)) as url:
        async with asking(url) as client:
            receipt = await client.disconnected(StravaDisconnected(**body))
    assert receipt.status == "erased"
    assert bool(receipt.erased) == (member == MEMBER)


ENDING_REFUSALS = [
    (401, "invalid_api_key", None, WRONG_KEY, CONNECTED),
    (422, "validation_failed", None, KEY, {"telegram_id": "0123456", "athlete_id": 12345}),
    (503, "internal_api_not_configured", NO_KEYS, KEY, CONNECTED),
]


@pytest.mark.parametrize(("status", "code", "state", "key", "body"), ENDING_REFUSALS)
async def test_a_refused_notice_of_an_end(
    writer: PactWriter, status: int, code: str, state: str | None, key: str, body: dict[str, Any]
):
    description = f"the end of a connection answered {code}"
    describe = exchange(description, state, POST_DISCONNECTED, refused(status, code), body=body, key=key)
    notice = StravaDisconnected(**body)
    with writer.interaction(describe) as url:
        await _expect(url, lambda client: client.disconnected(notice), status, code, key=key)


POST_PREDICT = ("POST", f"{INTERNAL}/predict")
FULL = {
    **PREDICT,
    "flat_pace": 330.0,
    "checkpoints": [{"name": "CP1", "at_m": 1000.0, "stop_s": 120.0, "cutoff_s": 7200.0}],
}
AIMED = {**PREDICT, "start_at": "2026-06-13T06:00:00Z", "effort": "fast", "goal_s": 3600.0, "fade": 0.05}
PREDICTIONS = [
    ("a personal prediction for a stored route", [PROFILED, STORED], PREDICT, True),
    ("a prediction with checkpoints and a flat pace", [PROFILED, STORED], FULL, True),
    ("a prediction with an effort, a goal and a start", [PROFILED, STORED], AIMED, True),
    ("a prediction for a stranger", [NOTHING, STORED], {**PREDICT, "telegram_id": STRANGER}, False),
    (
        "a prediction for a race distance", [NOTHING],
        {"telegram_id": STRANGER, "race_id": RACE_ID, "distance_id": DISTANCE_ID, "mode": "hiking"}, False,
    ),
    ("a prediction for an inline GPX", [NOTHING], {"telegram_id": STRANGER, "gpx": WITH_ELEVATION}, False),
]  # fmt: skip


def _request(body: dict[str, Any]) -> PredictRequest:
    """The body as a client holds it, unchecked numbers included."""
    checkpoints = [CheckpointRequest(**each) for each in body.get("checkpoints", [])]
    start_at = datetime.fromisoformat(body["start_at"]) if "start_at" in body else None
    return PredictRequest(**{**body, "checkpoints": checkpoints, "start_at": start_at})


@pytest.mark.parametrize(("description", "states", "body", "personal"), PREDICTIONS, ids=[p[0] for p in PREDICTIONS])
async def test_a_prediction_is_answered(
    writer: PactWriter, description: str, states: list[str], body: dict[str, Any], personal: bool
):
    answer = shapes.prediction(personal=personal, checkpoints="checkpoints" in body, goal="goal_s" in body)
    describe = exchange(description, " and ".join(states), POST_PREDICT, (200, answer), body=body)
    with writer.interaction(describe) as url:
        async with asking(url) as client:
            prediction = await client.predict(_request(body))
    assert prediction.personalized is personal
    assert (prediction.profile_stats is not None) is personal
    assert prediction.times.moderate == "1:21:00"
    assert prediction.times_s.moderate == prediction.interval.p50_s == 4860
    assert prediction.gap_time_s == 4500
    assert prediction.route.gain_band_m == (890.0, 960.0)
    assert prediction.splits[0].time_s.p50 == 420
    assert prediction.elapsed_s.p50 == 5000
    assert [each.cause for each in prediction.minutes] == list(shapes.CAUSES)
    assert (prediction.plan is not None) is (prediction.daylight is not None) is ("goal_s" in body)


PREDICT_REFUSALS = [
    (401, "invalid_api_key", None, PREDICT, WRONG_KEY, None),
    (404, "route_not_found", None, {**PREDICT, "gpx_file_id": NO_ROUTE_ID}, KEY, None),
    (
        404,
        "race_not_found",
        None,
        {"telegram_id": MEMBER, "race_id": NO_ROUTE_ID, "distance_id": DISTANCE_ID},
        KEY,
        None,
    ),
    (409, "idempotency_conflict", USED_KEY, PREDICT, KEY, KNOWN_KEY),
    (422, "bad_gpx", None, {"telegram_id": MEMBER, "gpx": "<html><body>Sign in</body></html>"}, KEY, None),
    (422, "no_elevation", None, {"telegram_id": MEMBER, "gpx": WITHOUT_ELEVATION}, KEY, None),
    (422, "ambiguous_route", None, {**PREDICT, "gpx": WITH_ELEVATION}, KEY, None),
    (422, "validation_failed", None, {**PREDICT, "flat_pace": 5.0}, KEY, None),
    (422, "goal_impossible", f"{PROFILED} and {STORED}", {**PREDICT, "goal_s": 60.0}, KEY, None),
    (503, "internal_api_not_configured", NO_KEYS, PREDICT, KEY, None),
]


@pytest.mark.parametrize(("status", "code", "state", "body", "key", "used"), PREDICT_REFUSALS)
async def test_a_refused_prediction(
    writer: PactWriter, status: int, code: str, state: str | None, body: dict[str, Any], key: str, used: str | None
):
    describe = exchange(
        f"a prediction answered {code}", state, POST_PREDICT, refused(status, code),
        body=body, key=key, idempotency_key=used,
    )  # fmt: skip
    with writer.interaction(describe) as url:
        await _expect(url, lambda client: client.predict(_request(body), idempotency_key=used), status, code, key=key)


GET_PROFILE = ("GET", f"{INTERNAL}/profile")


@pytest.mark.parametrize(
    ("member", "state", "known"), [(MEMBER, PROFILED, True), (STRANGER, NOTHING, False)], ids=["known", "unknown"]
)
async def test_a_profile_is_shown(writer: PactWriter, member: str, state: str, known: bool):
    query = {"telegram_id": member, "type": "trail_run"}
    answer = (200, shapes.profile(member) if known else shapes.no_profile(member))
    describe = exchange(f"a profile when {state}", state, GET_PROFILE, answer, query=query)
    with writer.interaction(describe) as url:
        async with asking(url) as client:
            profile = await client.profile(member, "trail_run")
    assert profile.telegram_id == member
    assert profile.has_profile is known
    assert (profile.flat_pace_p50 == 330) is known
    assert (profile.level == "intermediate") is known
    assert (profile.gradient_coverage == 11) is known


PROFILE_REFUSALS = [
    (401, "invalid_api_key", None, MEMBER, WRONG_KEY),
    (422, "validation_failed", None, "0123456", KEY),
    (503, "internal_api_not_configured", NO_KEYS, MEMBER, KEY),
]


@pytest.mark.parametrize(("status", "code", "state", "member", "key"), PROFILE_REFUSALS)
async def test_a_refused_profile(writer: PactWriter, status: int, code: str, state: str | None, member: str, key: str):
    query = {"telegram_id": member, "type": "trail_run"}
    describe = exchange(f"a profile answered {code}", state, GET_PROFILE, refused(status, code), query=query, key=key)
    with writer.interaction(describe) as url:
        await _expect(url, lambda client: client.profile(member, "trail_run"), status, code, key=key)


POST_BATCH = ("POST", f"{INTERNAL}/profiles/batch")
BATCH = {"telegram_ids": [STRANGER, MEMBER], "type": "trail_run", "purpose": "own"}
PRIVATE = f"member {MEMBER} has a trail_run profile from Strava"


async def test_a_batch_keeps_the_order_asked_for(writer: PactWriter):
    answer = (200, {"profiles": [shapes.no_profile(STRANGER), shapes.profile(MEMBER)]})
    describe = exchange("a batch of profiles", f"{NOTHING} and {PROFILED}", POST_BATCH, answer, body=BATCH)
    with writer.interaction(describe) as url:
        async with asking(url) as client:
            profiles = await client.profiles([STRANGER, MEMBER], "trail_run")
    assert [(each.telegram_id, each.has_profile) for each in profiles] == [(STRANGER, False), (MEMBER, True)]


async def test_a_profile_from_strava_is_hidden_in_matching(writer: PactWriter):
    answer = (200, {"profiles": [shapes.private_profile(MEMBER)]})
    body = {"telegram_ids": [MEMBER], "type": "trail_run", "purpose": "matching"}
    describe = exchange("a batch for matching", PRIVATE, POST_BATCH, answer, body=body)
    with writer.interaction(describe) as url:
        async with asking(url) as client:
            profile = (await client.profiles([MEMBER], "trail_run", purpose="matching"))[0]
    assert (profile.shareable, profile.reason) == (False, "private_source")
    assert profile.flat_pace_p50 is None
    assert profile.level is None


BATCH_REFUSALS = [
    (401, "invalid_api_key", None, [MEMBER], WRONG_KEY),
    (422, "validation_failed", None, ["0123456"], KEY),
    (503, "internal_api_not_configured", NO_KEYS, [MEMBER], KEY),
]


@pytest.mark.parametrize(("status", "code", "state", "ids", "key"), BATCH_REFUSALS)
async def test_a_refused_batch(writer: PactWriter, status: int, code: str, state: str | None, ids: list[str], key: str):
    body = {"telegram_ids": ids, "type": "trail_run", "purpose": "own"}
    describe = exchange(f"a batch answered {code}", state, POST_BATCH, refused(status, code), body=body, key=key)
    with writer.interaction(describe) as url:
        await _expect(url, lambda client: client.profiles(ids, "trail_run"), status, code, key=key)


POST_ROUTES = ("POST", f"{INTERNAL}/routes")


async def test_a_course_is_stored(writer: PactWriter):
    describe = exchange("a course to store", None, POST_ROUTES, (201, shapes.ROUTE), text=WITH_ELEVATION)
    with writer.interaction(describe) as url:
        async with asking(url) as client:
            route = await client.add_route(WITH_ELEVATION.encode())
    assert route.id == ROUTE_ID
    assert route.facts.distance_m > 0
    assert route.elevation[0].distance_m == 0


ROUTE_REFUSALS = [
    (401, "invalid_api_key", None, WITH_ELEVATION, WRONG_KEY),
    (422, "bad_gpx", None, "<html><body>Sign in</body></html>", KEY),
    (422, "no_elevation", None, WITHOUT_ELEVATION, KEY),
    (503, "internal_api_not_configured", NO_KEYS, WITH_ELEVATION, KEY),
]


@pytest.mark.parametrize(("status", "code", "state", "gpx", "key"), ROUTE_REFUSALS)
async def test_a_refused_course(writer: PactWriter, status: int, code: str, state: str | None, gpx: str, key: str):
    describe = exchange(f"a course answered {code}", state, POST_ROUTES, refused(status, code), text=gpx, key=key)
    with writer.interaction(describe) as url:
        await _expect(url, lambda client: client.add_route(gpx.encode()), status, code, key=key)


async def test_a_stored_course_is_shown(writer: PactWriter):
    describe = exchange("a stored course", STORED, ("GET", f"{INTERNAL}/routes/{ROUTE_ID}"), (200, shapes.ROUTE))
    with writer.interaction(describe) as url:
        async with asking(url) as client:
            assert (await client.route(ROUTE_ID)).id == ROUTE_ID


async def test_an_unknown_course_is_not_found(writer: PactWriter):
    path = f"{INTERNAL}/routes/{NO_ROUTE_ID}"
    describe = exchange("an unknown course", None, ("GET", path), refused(404, "route_not_found"))
    with writer.interaction(describe) as url:
        await _expect(url, lambda client: client.route(NO_ROUTE_ID), 404, "route_not_found")


ATHLETE = f"{INTERNAL}/athletes/{MEMBER}"
NOBODY = f"{INTERNAL}/athletes/{STRANGER}"


async def test_a_member_is_erased(writer: PactWriter):
    answer = (200, shapes.ERASED_ENTIRELY)
    describe = exchange("to erase a member", PROFILED, ("DELETE", ATHLETE), answer)
    with writer.interaction(describe) as url:
        async with asking(url) as client:
            assert (await client.erase(MEMBER)).erased["athlete"] == 1


async def test_somebody_unknown_has_nothing_to_erase(writer: PactWriter):
    answer = (200, {"status": "erased", "erased": {}})
    describe = exchange("to erase somebody unknown", NOTHING, ("DELETE", NOBODY), answer)
    with writer.interaction(describe) as url:
        async with asking(url) as client:
            assert (await client.erase(STRANGER)).erased == {}


async def test_all_about_a_member_is_shown(writer: PactWriter):
    describe = exchange("all about a member", PROFILED, ("GET", f"{ATHLETE}/export"), (200, shapes.EXPORT))
    with writer.interaction(describe) as url:
        async with asking(url) as client:
            assert (await client.export(MEMBER))["tables"]["athlete"][0]["telegram_id"] == MEMBER


ATHLETE_REFUSALS = [
    (401, "invalid_api_key", None, MEMBER, WRONG_KEY),
    (422, "validation_failed", None, "0123456", KEY),
    (503, "internal_api_not_configured", NO_KEYS, MEMBER, KEY),
]


@pytest.mark.parametrize(("status", "code", "state", "member", "key"), ATHLETE_REFUSALS)
async def test_a_refused_erasure(writer: PactWriter, status: int, code: str, state: str | None, member: str, key: str):
    path = f"{INTERNAL}/athletes/{member}"
    describe = exchange(f"an erasure answered {code}", state, ("DELETE", path), refused(status, code), key=key)
    with writer.interaction(describe) as url:
        await _expect(url, lambda client: client.erase(member), status, code, key=key)


async def test_the_catalogue_is_public(writer: PactWriter):
    describe = exchange("the race catalogue", None, ("GET", "/api/v1/races"), (200, shapes.RACES))
    with writer.interaction(describe) as url:
        async with asking(url) as client:
            race = (await client.races()).races[0]
    assert (race.id, race.distances[0].id) == (RACE_ID, DISTANCE_ID)


def test_the_pact_is_published(writer: PactWriter, request: pytest.FixtureRequest):
    writer.publish_if_complete(request)
