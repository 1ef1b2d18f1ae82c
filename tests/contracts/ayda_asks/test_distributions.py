"""What ayda relies on when it asks what to expect of many members on one course."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.contracts.ayda_asks import shapes
from tests.contracts.ayda_asks.refusals import UNAVAILABLE, refused
from tests.contracts.ayda_asks.shapes import (
    HIKING,
    INTERNAL,
    MEMBER,
    NO_ROUTE_ID,
    NOTHING,
    PRIVATE,
    PROFILED,
    ROUTE_ID,
    STORED,
    STRANGER,
)
from tests.contracts.houses import OpenAyda as Open
from tests.contracts.support import Exchange, PactWriter, problem

DISTRIBUTIONS = ("POST", f"{INTERNAL}/distributions")


def _asked(*ids: str, **changes: str) -> dict[str, Any]:
    named = {"route_id": ROUTE_ID, "gpx_file_id": None}
    return {"telegram_ids": list(ids), "type": "trail_run", "purpose": "matching", **named, **changes}


async def test_rows_come_in_the_order_asked_for(writer: PactWriter, ayda_at: Open):
    answer = {"distributions": [shapes.no_distribution(STRANGER, has_profile=False), shapes.distribution(MEMBER)]}
    state = f"{NOTHING} and {PROFILED} and {STORED}"
    exchange = Exchange(
        "distributions of runners", DISTRIBUTIONS, 200, answer, state=state, body=_asked(STRANGER, MEMBER)
    )
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            nobody, known = await ayda.predictor.distributions(ROUTE_ID, [STRANGER, MEMBER], "trail_run")
    assert (nobody.telegram_id, nobody.has_profile, nobody.reason) == (STRANGER, False, "no_profile")
    assert (known.telegram_id, known.has_profile, known.shareable, known.reason) == (MEMBER, True, True, None)
    assert (known.log_time_s, known.log_time_sd, known.climb, known.descent) == (8.1234, 0.1234, 0.0123, -0.0123)


async def test_hikers_are_asked_about_as_hikers(writer: PactWriter, ayda_at: Open):
    answer = {"distributions": [shapes.distribution(MEMBER)]}
    exchange = Exchange(
        "distributions of hikers", DISTRIBUTIONS, 200, answer, state=f"{HIKING} and {STORED}",
        body=_asked(MEMBER, type="hiking"),
    )  # fmt: skip
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            (told,) = await ayda.predictor.distributions(ROUTE_ID, [MEMBER], "hiking")
    assert told.shareable


async def test_figures_from_strava_are_not_told(writer: PactWriter, ayda_at: Open):
    answer = {"distributions": [shapes.no_distribution(MEMBER, has_profile=True)]}
    state = f"{PRIVATE} and {STORED}"
    exchange = Exchange("distributions from Strava", DISTRIBUTIONS, 200, answer, state=state, body=_asked(MEMBER))
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            (told,) = await ayda.predictor.distributions(ROUTE_ID, [MEMBER], "trail_run")
    assert (told.shareable, told.reason, told.log_time_s, told.log_time_sd) == (False, "private_source", None, None)


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_refused_distributions(writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]):
    exchange = replace(Exchange(f"distributions with {why}", DISTRIBUTIONS, 0, None, body=_asked(MEMBER)), **how)
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.predictor.distributions(ROUTE_ID, [MEMBER], "trail_run"))


async def test_distributions_on_a_course_that_is_not_stored(writer: PactWriter, ayda_at: Open):
    body, answer = _asked(MEMBER, route_id=NO_ROUTE_ID), problem(404, "route_not_found")
    exchange = Exchange("distributions on no course", DISTRIBUTIONS, 404, answer, body=body)
    await refused(
        writer, ayda_at, exchange, lambda ayda: ayda.predictor.distributions(NO_ROUTE_ID, [MEMBER], "trail_run")
    )


async def test_distributions_with_an_alias_are_refused(writer: PactWriter, ayda_at: Open):
    answer = problem(422, "validation_failed", "telegram_ids[0]")
    exchange = Exchange("distributions with an alias", DISTRIBUTIONS, 422, answer, body=_asked("0123456"))
    await refused(
        writer, ayda_at, exchange, lambda ayda: ayda.predictor.distributions(ROUTE_ID, ["0123456"], "trail_run")
    )
