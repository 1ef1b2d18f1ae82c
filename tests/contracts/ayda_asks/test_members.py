"""What ayda relies on when a member leaves, or wants to see everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from servicekit.jobs import Snooze
from tests.contracts.ayda_asks import shapes
from tests.contracts.ayda_asks.refusals import UNAVAILABLE, refused
from tests.contracts.ayda_asks.shapes import INTERNAL, MEMBER, NOTHING_OF_MEMBER, PROFILED
from tests.contracts.houses import OpenAyda as Open
from tests.contracts.support import WRONG_KEY, Exchange, PactWriter, problem

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
    wrong = {"key": WRONG_KEY} if exchange.key == WRONG_KEY else {}
    person = exchange.request[1].rsplit("/", 1)[1]
    with writer.interaction(exchange) as url:
        async with ayda_at(url, connected=False, **wrong) as ayda:
            with pytest.raises(Snooze):
                await ayda.run("erase_at_predictor", **{**LEAVING, "person": person})


EXPORTS: list[tuple[str, str, dict[str, Any], Callable[[Any], bool]]] = [
    ("all about a member", PROFILED, shapes.EXPORT, lambda tables: tables["athlete"][0]["telegram_id"] == MEMBER),
    ("all about a stranger", NOTHING_OF_MEMBER, {**shapes.EXPORT, "tables": {}}, lambda tables: tables == {}),
]


@pytest.mark.parametrize(("described", "state", "answer", "holds"), EXPORTS, ids=[each[0] for each in EXPORTS])
async def test_all_about_a_member_is_shown(
    writer: PactWriter, ayda_at: Open, described: str, state: str, answer: Any, holds: Callable[[Any], bool]
):
    with writer.interaction(Exchange(described, ("GET", f"{ATHLETE}/export"), 200, answer, state=state)) as url:
        async with ayda_at(url) as ayda:
            shown = await ayda.parts.own_data.export(int(MEMBER))
    assert holds(shown.predictor)


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_an_export_without_the_predictors_part_is_no_export(
    writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]
):
    exchange = replace(Exchange(f"an export with {why}", ("GET", f"{ATHLETE}/export"), 0, None), **how)
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.parts.own_data.export(int(MEMBER)), repeated=True)


async def test_an_export_of_an_alias_is_refused(writer: PactWriter, ayda_at: Open):
    answer = problem(422, "validation_failed", "telegram_id")
    exchange = Exchange("an export of an alias", ("GET", f"{ALIAS}/export"), 422, answer)
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.predictor.export("0123456"), repeated=True)
