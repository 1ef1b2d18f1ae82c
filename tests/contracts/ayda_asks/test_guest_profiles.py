"""What ayda relies on when a guest's past is read, and when it comes along with a question."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ayda_service.errors import RefusedByPredictor
from kernel.contracts.guest import GuestQuestion, ReadingLine
from tests.contracts.ayda_asks import shapes
from tests.contracts.ayda_asks.courses import PAGE, archive, recording
from tests.contracts.ayda_asks.pasts import old_past, sealed_past
from tests.contracts.ayda_asks.refusals import UNAVAILABLE, refused
from tests.contracts.ayda_asks.shapes import INTERNAL, Told
from tests.contracts.ayda_asks.test_predictions import PREDICT
from tests.contracts.ayda_asks.test_routes import DISTANCE_ID, RACE_ID
from tests.contracts.houses import Ayda
from tests.contracts.houses import OpenAyda as Open
from tests.contracts.support import Exchange, Lines, PactWriter, problem

MAKE = ("POST", f"{INTERNAL}/guest-profiles")
ZIP = "application/octet-stream"
COUNTED = r"\A(\{(\"read\":\d+,)?(\"of\":\d+)?\}\n)*"
PROFILE = {
    "sealed": "v1.k1.0a1b2c3d.c2VhbGVk",
    "expires_at": "2026-07-01T12:00:00Z",
    "outings": {"trail_run": 1},
    "dropped": {"other_sport": 1},
}
MADE = Lines(
    [{"read": 1, "of": 2}, {"read": 2, "of": 2, "profile": PROFILE}],
    COUNTED + r'\{"read":2,"of":2,"profile":\{"sealed":"v1\.[A-Za-z0-9._-]+",'
    r'"expires_at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ","outings":\{"trail_run":1\},"dropped":\{"other_sport":1\}\}\}\n\z',
)
NO_OUTINGS = Lines(
    [{"read": 1, "of": 1}, {"problem": {"type": "about:blank", "title": "Unprocessable Entity", "status": 422,
     "detail": "What happened, in a sentence.", "code": "no_outings", "request_id": "contract-0001", "errors": []}}],
    COUNTED + r'\{"problem":\{"type":"about:blank","title":"[^"]+","status":422,"detail":"[^"]+","code":"no_outings",'
    r'"request_id":"contract-0001","errors":\[\]\}\}\n\z',
)  # fmt: skip


async def _read(ayda: Ayda, body: bytes) -> list[ReadingLine]:
    path = ayda.sent(body).path
    async with ayda.predictor.guest_profile(path, ZIP, "trail_run") as lines:
        return [line async for line in lines]


def _exchange(what: str, status: int, answer: Any, body: bytes) -> Exchange:
    query = {"sport": "trail_run"}
    return Exchange(f"a guest's past {what}", MAKE, status, answer, text=body, text_type=ZIP, query=query)


async def test_a_past_is_read_line_by_line_into_a_profile(writer: PactWriter, ayda_at: Open):
    body = archive(recording("trail_running"), recording("cycling"))
    with writer.interaction(_exchange("with a run and a ride", 200, MADE, body)) as url:
        async with ayda_at(url) as ayda:
            begun, made = await _read(ayda, body)
            assert len(ayda.wire.asked) == 1
    assert (begun.read, begun.of, begun.is_last) == (1, 2, False)
    assert (made.read, made.of, made.is_last) == (2, 2, True)
    assert made.profile is not None
    assert made.profile.sealed == PROFILE["sealed"]
    assert made.profile.outings == {"trail_run": 1}


async def test_a_past_without_an_outing_is_a_problem_in_the_last_line(writer: PactWriter, ayda_at: Open):
    body = archive(PAGE.encode())
    with writer.interaction(_exchange("without an outing", 200, NO_OUTINGS, body)) as url:
        async with ayda_at(url) as ayda:
            last = (await _read(ayda, body))[-1]
    assert last.problem is not None
    assert (last.problem.status, last.problem.code) == (422, "no_outings")


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_refused_pasts(writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]):
    body = archive(recording("trail_running"))
    await refused(
        writer, ayda_at, replace(_exchange(f"with {why}", 0, None, body), **how), lambda ayda: _read(ayda, body)
    )


async def test_an_empty_past_is_refused_before_anything_is_read(writer: PactWriter, ayda_at: Open):
    exchange = _exchange("without a byte", 422, problem(422, "file_missing"), b"")
    await refused(writer, ayda_at, exchange, lambda ayda: _read(ayda, b""))


def _question(described: str, profile: str, status: int, answer: Any) -> Exchange:
    body = {"race_id": RACE_ID, "distance_id": DISTANCE_ID, "profile": profile}
    return Exchange(described, PREDICT, status, answer, body=body)


async def test_a_guest_with_a_past_is_answered_as_a_member_is(writer: PactWriter, ayda_at: Open):
    described = "a guest's prediction with a past"
    answer = shapes.prediction(Told(course=shapes.OF_RACE, guest=True, personal=True))
    profile = sealed_past(described)
    with writer.interaction(_question(described, profile, 200, answer)) as url:
        async with ayda_at(url) as ayda:
            question = GuestQuestion(race_id=RACE_ID, distance_id=DISTANCE_ID, profile=profile)
            told = await ayda.guests.predict(question)
    assert told.personalized
    assert told.profile_stats is not None


CHANGED, OLD = "a guest's prediction with a changed past", "a guest's prediction with an old past"


@pytest.mark.parametrize(
    ("described", "profile", "code"),
    [(CHANGED, "v1.k1.00000000.AAAA", "bad_guest_profile"), (OLD, old_past(OLD), "guest_profile_expired")],
    ids=["changed", "old"],
)
async def test_a_past_that_opens_no_longer_is_said_to_be_made_anew(
    writer: PactWriter, ayda_at: Open, described: str, profile: str, code: str
):
    with writer.interaction(_question(described, profile, 422, problem(422, code, "profile"))) as url:
        async with ayda_at(url) as ayda:
            with pytest.raises(RefusedByPredictor) as refusal:
                await ayda.guests.predict(GuestQuestion(race_id=RACE_ID, distance_id=DISTANCE_ID, profile=profile))
    assert refusal.value.problem.code == code
