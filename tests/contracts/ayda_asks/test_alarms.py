"""What ayda relies on when it tells the operator of the predictor's alarms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ayda_service.sight.service import alarms_of
from tests.contracts.ayda_asks.refusals import UNAVAILABLE, refused
from tests.contracts.ayda_asks.shapes import ALARMED, WELL, alarm
from tests.contracts.houses import OpenAyda as Open
from tests.contracts.support import Exchange, PactWriter

ALARMS = ("GET", "/api/v1/internal/alarms")


async def test_alarms_of_both_kinds_are_told(writer: PactWriter, ayda_at: Open):
    answer = {"alarms": [alarm("JobsWait", "critical"), alarm("QuotaNearlyUsed", "warning")]}
    exchange = Exchange("the alarms that hold", ALARMS, 200, answer, state=ALARMED)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            told = await alarms_of(ayda.predictor)
    assert [(each.name, each.figure) for each in told] == [
        ("predictor:JobsWait", 812.5),
        ("predictor:QuotaNearlyUsed", 812.5),
    ]


async def test_a_predictor_that_is_well_tells_of_none(writer: PactWriter, ayda_at: Open):
    exchange = Exchange("the alarms of a predictor that is well", ALARMS, 200, {"alarms": []}, state=WELL)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            assert await alarms_of(ayda.predictor) == []


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_refused_alarms(writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]):
    exchange = replace(Exchange(f"alarms with {why}", ALARMS, 0, None), **how)
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.predictor.alarms())
