"""What ayda relies on when a member leaves, or wants to see everything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from servicekit.jobs import Snooze
from tests.contracts.ayda_asks import shapes
from tests.contracts.ayda_asks.refusals import UNAVAILABLE, refused
from tests.contracts.ayda_asks.shapes import INTERNAL, MEMBER, MEMBER_ID, NOTHING_OF_MEMBER, PROFILED
from tests.contracts.houses import OpenAyda as Open
from tests.contracts.support import Exchange, PactWriter, problem

ATHLETE = f"{INTERNAL}/athletes/{MEMBER}"
ALIAS = f"{INTERNAL}/athletes/0123456"
LEAVING = {"receipt": None, "person": MEMBER, "athlete": None}
ERASURES = [
    ("to erase a member", PROFILED, shapes.ERASED_ENTIRELY),
    ("to erase somebody unknown, or again", NOTHING_OF_MEMBER, shapes.NOTHING_ERASED),
]


@pytest.mark.parametrize(("described", "state", "answer"), ERASURES, ids=[each[0] for each in ERASURES])
async def test_a_member_is_erased(
    writer: PactWriter, ayda_at: Open, described: str, state: str, answer: dict[str, Any]
):
    with writer.interaction(Exchange(described, ("DELETE", ATHLETE), 200, answer, state=state)) as url:
        async with ayda_at(url, connected=False) as ayda:
            await ayda.run("erase_at_predictor", **LEAVING)
            assert len(ayda.wire.asked) == 1


async def test_who_is_erased_is_named_by_who_they_were_at_ayda(writer: PactWriter, ayda_at: Open):
    described = "to erase a member for good"
    exchange = Exchange(
        described, ("DELETE", ATHLETE), 200, shapes.ERASED_ENTIRELY, state=PROFILED, query={"member_id": MEMBER_ID}
    )
    with writer.interaction(exchange) as url:
        async with ayda_at(url, connected=False) as ayda:
            await ayda.run("erase_at_predictor", **LEAVING, member=MEMBER_ID)


UNANSWERED = [
    *UNAVAILABLE,
    (
        "an alias",
        {"status": 422, "answer": problem(422, "validation_failed", "telegram_id"), "request": ("DELETE", ALIAS)},
    ),
]


@pytest.mark.parametrize(("why", "how"), UNANSWERED, ids=[each[0] for each in UNANSWERED])
async def test_what_a_member_was_promised_is_never_given_up(
    writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]
):
    exchange = replace(Exchange(f"to erase with {why}", ("DELETE", ATHLETE), 0, None), **how)
    person = exchange.request[1].rsplit("/", 1)[1]
    with writer.interaction(exchange) as url:
        async with ayda_at(url, connected=False, **exchange.caller) as ayda:
            with pytest.raises(Snooze):
                await ayda.run("erase_at_predictor", **{**LEAVING, "person": person})


PAGE = f"{ATHLETE}/export/page"
PAGES: list[tuple[str, dict[str, str]]] = [
    ("the first of all about a member", {}),
    ("what follows of all about a member", {"after": shapes.BEFORE_ALL}),
]


@pytest.mark.parametrize(("described", "query"), PAGES, ids=[each[0] for each in PAGES])
async def test_a_page_of_all_about_a_member_is_shown(
    writer: PactWriter, ayda_at: Open, described: str, query: dict[str, str]
):
    exchange = Exchange(described, ("GET", PAGE), 200, shapes.EXPORT, state=PROFILED, query=query)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            page = await ayda.predictor.export_page(MEMBER, query.get("after"))
    assert [(each.table, each.row["telegram_id"]) for each in page.rows] == [("athlete", MEMBER)]
    assert page.after is not None


async def test_of_a_stranger_there_is_nothing_to_show(writer: PactWriter, ayda_at: Open):
    exchange = Exchange("all about a stranger", ("GET", PAGE), 200, shapes.EXPORT_OVER, state=NOTHING_OF_MEMBER)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            document = b"".join([piece async for piece in await ayda.parts.exports.begun(int(MEMBER))])
    assert msgspec.json.decode(document)["predictor"] == {}


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_an_export_without_the_predictors_part_is_no_export(
    writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]
):
    exchange = replace(Exchange(f"an export with {why}", ("GET", PAGE), 0, None), **how)
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.parts.exports.begun(int(MEMBER)))


async def test_an_export_of_an_alias_is_refused(writer: PactWriter, ayda_at: Open):
    answer = problem(422, "validation_failed", "telegram_id")
    exchange = Exchange("an export of an alias", ("GET", f"{ALIAS}/export/page"), 422, answer)
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.predictor.export_page("0123456"))
