"""What ayda relies on when a member asks how long a course will take."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
import pytest

from ayda_service.errors import RefusedByPredictor
from kernel.contracts.prediction import CheckpointRequest, PredictionRequest
from kernel.contracts.said import Conditions
from servicekit.http.errors import UpstreamUnavailable
from tests.contracts.ayda_asks import shapes
from tests.contracts.ayda_asks.courses import PAGE, VARIANTS, WITH_ELEVATION, WITHOUT_ELEVATION, course
from tests.contracts.ayda_asks.refusals import UNAVAILABLE, refused
from tests.contracts.ayda_asks.shapes import (
    INTERNAL,
    MEMBER,
    NO_KEYS,
    NO_ROUTE_ID,
    NOTHING_OF_MEMBER,
    PROFILED,
    ROUTE_ID,
    STORED,
    USED_KEY,
    Told,
)
from tests.contracts.ayda_asks.test_routes import DISTANCE_ID, RACE_ID
from tests.contracts.houses import BOT_TOKEN, NOW
from tests.contracts.houses import OpenAyda as Open
from tests.contracts.support import Exchange, PactWriter, problem

PREDICT = ("POST", f"{INTERNAL}/predict")
BASE = {"telegram_id": MEMBER, "gpx_file_id": ROUTE_ID}
MEMBERS_KEY = "a-key-of-the-member"
OTHER_KEY = "another-key-of-the-member"


def key_header(key: str) -> dict[str, str]:
    """A member's key as the predictor sees it."""
    secret = hmac.digest(b"ayda requests", BOT_TOKEN.encode(), "sha256")
    return {"Idempotency-Key": hmac.digest(secret, f"{MEMBER}:{key}".encode(), "sha256").hex()}


CHECKPOINTS = [
    {"name": "CP1", "at_m": 1000.0, "stop_s": 120.0, "cutoff_s": 7200.0},
    {"name": "CP2", "at_m": 2000.0, "stop_s": 0.0},
]
PLANNED = {**BASE, "flat_pace": 330.0, "checkpoints": CHECKPOINTS}
AIMED = {**BASE, "start_at": "2026-06-13T06:00:00Z", "effort": "fast", "goal_s": 3600.0, "fade": 0.05}
ZONED = {**BASE, "start_at": "2026-06-13T11:00:00", "time_zone": "Asia/Almaty"}
SIX = "2026-06-13T11:00:00+05:00"
RACE = {"telegram_id": MEMBER, "race_id": RACE_ID, "distance_id": DISTANCE_ID, "mode": "hiking", "effort": "easy"}
INLINE = {"telegram_id": MEMBER, "gpx": WITH_ELEVATION}
ONE_OF_SEVERAL = {"telegram_id": MEMBER, "gpx": VARIANTS, "track": "Hill"}
NORTH_IN_JUNE = {"telegram_id": MEMBER, "gpx": course(78.0), "start_at": "2026-06-13T06:00:00Z"}
NORTH_IN_DECEMBER = {"telegram_id": MEMBER, "gpx": course(78.0), "start_at": "2026-12-20T06:00:00Z"}
HUT = {"at_m": 500.0, "stop_s": 21_600.0, "name": "Lake hut"}
DAY = {"surface": "rough", "heat_c": 30.0, "home_m": 200.0, "hut": HUT, "people": 2}
SAID = {**INLINE, "effort": "race", "distance_m": 1_200.0, "conditions": DAY}
EVENING = {**INLINE, "start_at": "2026-06-13T15:05:00Z"}
KNOWN = f"{PROFILED} and {STORED}"
UNKNOWN = f"{NOTHING_OF_MEMBER} and {STORED}"
PREDICTIONS: list[tuple[str, str, dict[str, Any], Told]] = [
    ("a personal prediction", KNOWN, BASE, Told(personal=True)),
    (
        "a prediction with checkpoints and a flat pace", KNOWN, PLANNED,
        Told(personal=True, checkpoints=True, kind="descent"),
    ),
    (
        "a prediction with an effort, a goal and a start", KNOWN, AIMED,
        Told(personal=True, plan=True, effort="fast", daylight=shapes.DAYLIGHT, kind="flat", start=SIX),
    ),
    (
        "a prediction with a band that was measured", f"{PROFILED} and {shapes.COMPARED} and {STORED}",
        BASE, Told(personal=True, measured_by="ledger"),
    ),
    ("a prediction for somebody unknown", UNKNOWN, BASE, Told(kind="rolling")),
    (
        "a prediction for a hiker in a race", NOTHING_OF_MEMBER, RACE,
        Told(effort="easy", gait="walk", course=shapes.OF_RACE),
    ),
    ("a prediction for an inline GPX", NOTHING_OF_MEMBER, INLINE, Told(course=shapes.OF_GPX)),
    (
        "a prediction for one course of a GPX", NOTHING_OF_MEMBER, ONE_OF_SEVERAL,
        Told(course={**shapes.OF_GPX, "name": "Hill"}),
    ),
    (
        "a prediction with a start on the clock of a zone", KNOWN, ZONED,
        Told(personal=True, daylight=shapes.DAYLIGHT, start=SIX),
    ),
    (
        "a prediction where the sun never sets", NOTHING_OF_MEMBER, NORTH_IN_JUNE,
        Told(daylight=shapes.POLAR_DAY, start=SIX, course=shapes.OF_GPX),
    ),
    (
        "a prediction where the sun never rises", NOTHING_OF_MEMBER, NORTH_IN_DECEMBER,
        Told(daylight=shapes.POLAR_NIGHT, start=SIX, course=shapes.OF_GPX),
    ),
    (
        "a prediction for a day that is told of", NOTHING_OF_MEMBER, SAID,
        Told(effort="race", said=shapes.SAID, climbs=True, course=shapes.OF_GPX, checkpointed=[shapes.HUT]),
    ),
    ("a prediction on a road", NOTHING_OF_MEMBER, {**INLINE, "conditions": {"surface": "road"}}, Told(
        course=shapes.OF_GPX, said=("surface",),
    )),
    ("a prediction on paths", NOTHING_OF_MEMBER, {**INLINE, "conditions": {"surface": "path"}}, Told(
        course=shapes.OF_GPX, said=("surface",),
    )),
    (
        "a prediction into the night", NOTHING_OF_MEMBER, EVENING,
        Told(daylight=shapes.EVENING, start=SIX, course=shapes.OF_GPX),
    ),
]  # fmt: skip


def _request(body: dict[str, Any]) -> PredictionRequest:
    """The member's request, unchecked numbers included."""
    asked = {name: value for name, value in body.items() if name != "telegram_id"}
    asked["checkpoints"] = [CheckpointRequest(**each) for each in body.get("checkpoints", [])]
    if "conditions" in body:
        asked["conditions"] = msgspec.convert(body["conditions"], Conditions)
    if "start_at" in body:
        asked["start_at"] = datetime.fromisoformat(body["start_at"])
    return PredictionRequest(**asked)


def _sent(body: dict[str, Any]) -> dict[str, Any]:
    """The body on the wire: what has its default is left out."""
    if "checkpoints" not in body:
        return body
    return {**body, "checkpoints": [{"cutoff_s": None, **each} for each in body["checkpoints"]]}


@pytest.mark.parametrize(("described", "state", "body", "told"), PREDICTIONS, ids=[each[0] for each in PREDICTIONS])
async def test_a_prediction_is_answered(
    writer: PactWriter, ayda_at: Open, described: str, state: str, body: dict[str, Any], told: Told
):
    exchange = Exchange(described, PREDICT, 200, shapes.prediction(told), state=state, body=_sent(body))
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            prediction = await ayda.predictions.predict(int(MEMBER), NOW, _request(body))
            kept = await ayda.predictions.prediction(int(MEMBER), prediction.prediction_id)
    assert kept == prediction
    assert prediction.personalized is (prediction.profile_stats is not None) is told.personal
    assert prediction.times.moderate == "1:21:00"
    assert prediction.times_s.moderate == prediction.interval.p50_s == 4860
    assert prediction.route.gain_band_m == (890.0, 960.0)
    assert (prediction.terrain[0].kind, prediction.terrain[0].mode) == (told.kind, told.gait)
    assert [each.cause for each in prediction.minutes] == [*shapes.CAUSES, *told.said]
    assert (prediction.plan is not None) is told.plan
    assert (prediction.daylight is not None) is (told.daylight is not None)
    assert [each.cutoff_s for each in prediction.checkpoints] == (
        [7200, None] if told.checkpoints else [None] * len(told.checkpointed or [])
    )


async def test_a_prediction_asked_for_again_with_its_key_is_answered_as_before(writer: PactWriter, ayda_at: Open):
    answer = shapes.prediction(Told(personal=True))
    exchange = Exchange(
        "a prediction with a key", PREDICT, 200, answer, state=KNOWN, body=BASE, headers=key_header(MEMBERS_KEY)
    )
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            for _ in range(2):
                await ayda.predictions.predict(int(MEMBER), NOW, _request(BASE), idempotency_key=MEMBERS_KEY)
            assert len(ayda.wire.asked) == 2


MEMBERS_FAULTS = [
    (404, "route_not_found", None, {**BASE, "gpx_file_id": NO_ROUTE_ID}, ()),
    (404, "race_not_found", None, {**RACE, "race_id": NO_ROUTE_ID}, ()),
    (422, "bad_gpx", None, {"telegram_id": MEMBER, "gpx": PAGE}, ()),
    (422, "no_elevation", None, {"telegram_id": MEMBER, "gpx": WITHOUT_ELEVATION}, ()),
    (422, "ambiguous_route", None, {**BASE, "gpx": WITH_ELEVATION}, ()),
    (422, "validation_failed", None, {**BASE, "flat_pace": 5.0}, ("flat_pace",)),
    (422, "goal_impossible", KNOWN, {**BASE, "goal_s": 60.0}, ("goal_s",)),
    (422, "length_implausible", None, {**INLINE, "distance_m": 2_000.0}, ("distance_m",)),
]


@pytest.mark.parametrize(("status", "code", "state", "body", "fields"), MEMBERS_FAULTS)
async def test_a_prediction_refused_for_a_reason_the_member_can_mend(
    writer: PactWriter,
    ayda_at: Open,
    status: int,
    code: str,
    state: str | None,
    body: dict[str, Any],
    fields: tuple[str, ...],
):
    answer = problem(status, code, *fields)
    exchange = Exchange(f"a prediction answered {code}", PREDICT, status, answer, state=state, body=body)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            with pytest.raises(RefusedByPredictor) as refusal:
                await ayda.predictions.predict(int(MEMBER), NOW, _request(body))
            assert len(ayda.wire.asked) == 1
    found = refusal.value.problem
    assert (found.status, found.code, [each.field for each in found.errors]) == (status, code, list(fields))


async def test_a_key_used_for_something_else_is_a_conflict(writer: PactWriter, ayda_at: Open):
    answer = problem(409, "idempotency_conflict")
    exchange = Exchange(
        "a prediction with a used key", PREDICT, 409, answer, state=USED_KEY, body=BASE, headers=key_header(OTHER_KEY)
    )
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            with pytest.raises(RefusedByPredictor):
                await ayda.predictions.predict(int(MEMBER), NOW, _request(BASE), idempotency_key=OTHER_KEY)


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_a_prediction_without_a_key_is_asked_for_once(
    writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]
):
    exchange = replace(Exchange(f"a prediction with {why}", PREDICT, 0, None, body=BASE), **how)
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.predictions.predict(int(MEMBER), NOW, _request(BASE)))


AWAY = {"answer": problem(503, "internal_api_not_configured"), "state": NO_KEYS, "body": BASE, "wait_s": 1}


@pytest.mark.parametrize(("key", "asked"), [(None, 1), (MEMBERS_KEY, 3)], ids=["without a key", "with its key"])
async def test_only_a_prediction_with_a_key_is_asked_for_again_after_an_outage(
    writer: PactWriter, ayda_at: Open, key: str | None, asked: int
):
    headers = {} if key is None else key_header(key)
    described = f"a prediction asked for {asked} times during an outage"
    with writer.interaction(Exchange(described, PREDICT, 503, headers=headers, **AWAY)) as url:
        async with ayda_at(url) as ayda:
            with pytest.raises(UpstreamUnavailable):
                await ayda.predictions.predict(int(MEMBER), NOW, _request(BASE), idempotency_key=key)
            assert len(ayda.wire.asked) == asked
