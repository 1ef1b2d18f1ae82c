"""What ayda relies on when a member asks to have their paths remembered, or forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pact import match

from ayda_service.outings.service import OutingService
from kernel.contracts.activity import OwnPathsChoice
from tests.contracts.ayda_asks.refusals import UNAVAILABLE, refused
from tests.contracts.ayda_asks.shapes import INTERNAL, LOCAL, MEMBER, NOTHING_OF_MEMBER
from tests.contracts.houses import OpenAyda as Open
from tests.contracts.support import Exchange, PactWriter

PATH = f"{INTERNAL}/athletes/{MEMBER}/own-paths"
NOTHING = {"remembered": False, "since": None, "outings": 0}
BEGUN = {"remembered": True, "since": match.regex("2026-05-25T12:00:00Z", regex=LOCAL), "outings": 0}


async def test_nothing_is_remembered_of_somebody_unknown(writer: PactWriter, ayda_at: Open):
    exchange = Exchange("whether paths are remembered", ("GET", PATH), 200, NOTHING, state=NOTHING_OF_MEMBER)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            assert (await OutingService(ayda.parts.predictor).paths(int(MEMBER))).remembered is False


@pytest.mark.parametrize(("remembered", "answer"), [(True, BEGUN), (False, NOTHING)], ids=["remember", "forget"])
async def test_a_member_says_whether_paths_are_remembered(
    writer: PactWriter, ayda_at: Open, remembered: bool, answer: dict[str, Any]
):
    described = "paths shall be remembered" if remembered else "paths shall be forgotten"
    body = {"remembered": remembered}
    with writer.interaction(Exchange(described, ("PUT", PATH), 200, answer, state=NOTHING_OF_MEMBER, body=body)) as url:
        async with ayda_at(url) as ayda:
            choice = OwnPathsChoice(remembered)
            told = await OutingService(ayda.parts.predictor).choose_paths(int(MEMBER), choice)
    assert told.remembered is remembered


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_a_refused_look(writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]):
    exchange = replace(Exchange(f"whether paths are remembered with {why}", ("GET", PATH), 0, None), **how)
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.predictor.own_paths(MEMBER))


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_a_refused_choice(writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]):
    body = {"remembered": True}
    exchange = replace(Exchange(f"paths are remembered with {why}", ("PUT", PATH), 0, None, body=body), **how)
    choice = OwnPathsChoice(remembered=True)
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.predictor.choose_own_paths(MEMBER, choice))
