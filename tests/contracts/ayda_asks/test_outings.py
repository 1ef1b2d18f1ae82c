"""What ayda relies on when a member looks at what their profile rests on, or switches an outing off."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pact import match

from ayda_service.errors import RefusedByPredictor
from ayda_service.outings.service import OutingService
from kernel.contracts.activity import OutingChoice
from tests.contracts.ayda_asks.refusals import UNAVAILABLE, refused
from tests.contracts.ayda_asks.shapes import INTERNAL, KNOWN, LOCAL, MEMBER, NOTHING_OF_MEMBER, OUTINGS
from tests.contracts.houses import OpenAyda as Open
from tests.contracts.support import Exchange, PactWriter, problem

LIST = ("GET", f"{INTERNAL}/athletes/{MEMBER}/outings")
UNKNOWN_ID = "018f6b2a-0000-7000-8000-00000000ffff"


def id_of(number: int) -> str:
    return f"018f6b2a-0000-7000-8000-0000000c{201 + number:04d}"


def path_of(outing_id: str) -> tuple[str, str]:
    return "PUT", f"{INTERNAL}/athletes/{MEMBER}/outings/{outing_id}"


def known(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": id_of(number),
        "sport": "trail_run",
        "started_at": match.regex("2026-05-25T12:00:00Z", regex=LOCAL),
        "distance_m": match.number(8000.0),
        "moving_time_s": match.number(3040.0),
        "counts": True,
        "left_out": None,
        "switched_off": False,
        **more,
    }


ALL = [
    known(0),
    known(1, sport="run", counts=False, switched_off=True),
    known(2, sport="hike", counts=False, left_out="no_heights"),
    known(3, sport="walk", counts=False),
    *(known(number) for number in range(4, KNOWN)),
]


async def test_a_member_sees_what_counts_and_why_the_rest_does_not(writer: PactWriter, ayda_at: Open):
    answer = {"outings": ALL[:-1], "earlier": id_of(KNOWN - 2)}
    with writer.interaction(Exchange("what a profile rests on", LIST, 200, answer, state=OUTINGS)) as url:
        async with ayda_at(url) as ayda:
            page = await OutingService(ayda.parts.predictor).page(int(MEMBER), None)
    assert page.earlier == id_of(KNOWN - 2)
    assert [(one.counts, one.switched_off, one.left_out) for one in page.outings[:4]] == [
        (True, False, None), (False, True, None), (False, False, "no_heights"), (False, False, None)
    ]  # fmt: skip


async def test_the_last_page_names_no_earlier_one(writer: PactWriter, ayda_at: Open):
    before = id_of(KNOWN - 2)
    answer = {"outings": [ALL[-1]], "earlier": None}
    exchange = Exchange("the earliest outings", LIST, 200, answer, state=OUTINGS, query={"before": before})
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            page = await OutingService(ayda.parts.predictor).page(int(MEMBER), before)
    assert (len(page.outings), page.earlier) == (1, None)


async def test_of_somebody_unknown_nothing_is_known(writer: PactWriter, ayda_at: Open):
    answer = {"outings": [], "earlier": None}
    exchange = Exchange("what a profile of nobody rests on", LIST, 200, answer, state=NOTHING_OF_MEMBER)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            assert (await OutingService(ayda.parts.predictor).page(int(MEMBER), None)).outings == []


CHOICES = [
    ("an outing is switched off", 0, False, known(0, counts=False, switched_off=True)),
    ("an outing is switched on", 1, True, known(1, sport="run")),
]


@pytest.mark.parametrize(("described", "number", "counts", "answer"), CHOICES, ids=[each[0] for each in CHOICES])
async def test_a_member_says_whether_an_outing_counts(
    writer: PactWriter, ayda_at: Open, described: str, number: int, counts: bool, answer: dict[str, Any]
):
    exchange = Exchange(described, path_of(id_of(number)), 200, answer, state=OUTINGS, body={"counts": counts})
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            chosen = await OutingService(ayda.parts.predictor).choose(int(MEMBER), id_of(number), OutingChoice(counts))
    assert (chosen.counts, chosen.switched_off) == (counts, not counts)


async def test_what_is_not_there_is_not_switched(writer: PactWriter, ayda_at: Open):
    answer, body = problem(404, "outing_not_found"), {"counts": False}
    exchange = Exchange("an unknown outing is switched", path_of(UNKNOWN_ID), 404, answer, state=OUTINGS, body=body)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            with pytest.raises(RefusedByPredictor) as refusal:
                await OutingService(ayda.parts.predictor).choose(int(MEMBER), UNKNOWN_ID, OutingChoice(counts=False))
    assert refusal.value.problem.code == "outing_not_found"


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_a_refused_look(writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]):
    exchange = replace(Exchange(f"what a profile rests on with {why}", LIST, 0, None), **how)
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.predictor.outings(MEMBER))


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_a_refused_choice(writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]):
    exchange = replace(
        Exchange(f"an outing is switched with {why}", path_of(id_of(0)), 0, None, body={"counts": False}), **how
    )
    choice = OutingChoice(counts=False)
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.predictor.choose_outing(MEMBER, id_of(0), choice))
