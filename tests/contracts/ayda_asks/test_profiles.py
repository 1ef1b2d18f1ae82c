"""What ayda relies on when it asks for profiles, one or many."""

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
    NOTHING,
    NOTHING_OF_MEMBER,
    PRIVATE,
    PROFILED,
    STRANGER,
)
from tests.contracts.houses import OpenAyda as Open
from tests.contracts.support import Exchange, PactWriter, problem

GET = ("GET", f"{INTERNAL}/profile")
QUERY = {"telegram_id": MEMBER, "type": "trail_run"}
PROFILES = [
    ("a trail running profile", PROFILED, "trail_run", shapes.profile(MEMBER)),
    ("a hiking profile", HIKING, "hiking", shapes.profile(MEMBER, mode="hiking", level="beginner")),
    ("the profile of somebody unknown", NOTHING_OF_MEMBER, "trail_run", shapes.no_profile(MEMBER)),
]


@pytest.mark.parametrize(("described", "state", "mode", "answer"), PROFILES, ids=[each[0] for each in PROFILES])
async def test_a_profile_is_shown(
    writer: PactWriter, ayda_at: Open, described: str, state: str, mode: Any, answer: dict[str, Any]
):
    with writer.interaction(Exchange(described, GET, 200, answer, state=state, query={**QUERY, "type": mode})) as url:
        async with ayda_at(url) as ayda:
            profile = await ayda.predictions.profile(int(MEMBER), mode)
    known = state != NOTHING_OF_MEMBER
    assert (profile.telegram_id, profile.type, profile.has_profile) == (MEMBER, mode, known)
    assert [profile.flat_pace_p50, profile.total_activities, profile.gradient_coverage] == (
        [330, 111, 11] if known else [None] * 3
    )
    assert [point.pace_s_per_km.p50 for point in profile.curve] == ([330.5] if known else [])
    assert (profile.endurance is not None and profile.endurance.longest_s == 12_600.5) is known
    assert (profile.level_evidence is not None and profile.level_evidence.flat_10k_s == 3_300.5) is known


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_a_refused_profile(writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]):
    exchange = replace(Exchange(f"a profile with {why}", GET, 0, None, query=QUERY), **how)
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.predictions.profile(int(MEMBER), "trail_run"))


async def test_the_profile_of_an_alias_is_refused(writer: PactWriter, ayda_at: Open):
    answer = problem(422, "validation_failed", "telegram_id")
    exchange = Exchange("the profile of an alias", GET, 422, answer, query={**QUERY, "telegram_id": "0123456"})
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.predictor.profile("0123456", "trail_run"))


BATCH = ("POST", f"{INTERNAL}/profiles/batch")


def _batch(*ids: str, **changes: str) -> dict[str, Any]:
    return {"telegram_ids": list(ids), "type": "trail_run", "purpose": "own", **changes}


async def test_a_batch_keeps_the_order_asked_for(writer: PactWriter, ayda_at: Open):
    answer = {"profiles": [shapes.no_profile(STRANGER), shapes.profile(MEMBER, level="advanced")]}
    state = f"{NOTHING} and {PROFILED}"
    exchange = Exchange("a batch of profiles", BATCH, 200, answer, state=state, body=_batch(STRANGER, MEMBER))
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            profiles = await ayda.predictor.profiles([STRANGER, MEMBER], "trail_run")
    assert [(each.telegram_id, each.has_profile) for each in profiles] == [(STRANGER, False), (MEMBER, True)]


async def test_a_batch_of_hikers(writer: PactWriter, ayda_at: Open):
    answer = {"profiles": [shapes.profile(MEMBER, mode="hiking", level="elite")]}
    body = _batch(MEMBER, type="hiking")
    with writer.interaction(Exchange("a batch of hikers", BATCH, 200, answer, state=HIKING, body=body)) as url:
        async with ayda_at(url) as ayda:
            (profile,) = await ayda.predictor.profiles([MEMBER], "hiking")
    assert (profile.type, profile.level) == ("hiking", "elite")


async def test_a_profile_from_strava_is_hidden_in_matching(writer: PactWriter, ayda_at: Open):
    answer = {"profiles": [shapes.private_profile(MEMBER)]}
    body = _batch(MEMBER, purpose="matching")
    with writer.interaction(Exchange("a batch for matching", BATCH, 200, answer, state=PRIVATE, body=body)) as url:
        async with ayda_at(url) as ayda:
            (profile,) = await ayda.predictor.profiles([MEMBER], "trail_run", purpose="matching")
    assert (profile.shareable, profile.reason) == (False, "private_source")
    assert (profile.flat_pace_p50, profile.level, profile.curve) == (None, None, [])


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_a_refused_batch(writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]):
    exchange = replace(Exchange(f"a batch with {why}", BATCH, 0, None, body=_batch(MEMBER)), **how)
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.predictor.profiles([MEMBER], "trail_run"))


async def test_a_batch_with_an_alias_is_refused(writer: PactWriter, ayda_at: Open):
    answer = problem(422, "validation_failed", "telegram_ids[0]")
    exchange = Exchange("a batch with an alias", BATCH, 422, answer, body=_batch("0123456"))
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.predictor.profiles(["0123456"], "trail_run"))
