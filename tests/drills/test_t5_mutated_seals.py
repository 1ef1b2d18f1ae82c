"""T5: a sealed token that was changed, cut, moved to another athlete or column, or lost its key never opens."""

from __future__ import annotations

import random
import string
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from servicekit.base.vault import KeyMissing, SealBroken, Vault
from servicekit.strava.oauth import Tokens
from servicekit.strava.tokens.seals import SealedTokens, TokenSeals
from tests.ayda.support import MEMBER, OTHER
from tests.drills.reporting import report
from tests.drills.vault_world import LIFE_S, new_world
from tests.servicekit.strava.support import Clock

MUTATIONS = 10_000
ALPHABET = string.ascii_letters + string.digits + "-_.=+/ "


def changed(rng: random.Random, text: str) -> str:
    place = rng.randrange(len(text))
    return text[:place] + rng.choice(ALPHABET) + text[place + 1 :]


def cut(rng: random.Random, text: str) -> str:
    return text[: rng.randrange(len(text))]


def grown(rng: random.Random, text: str) -> str:
    place = rng.randrange(len(text) + 1)
    return text[:place] + rng.choice(ALPHABET) + text[place:]


def swapped(rng: random.Random, text: str) -> str:
    one, other = sorted(rng.sample(range(len(text)), 2))
    return text[:one] + text[other] + text[one + 1 : other] + text[one] + text[other + 1 :]


def relabelled(rng: random.Random, text: str) -> str:
    return text.replace(".k1.", rng.choice([".k2.", ".k3.", ".K1.", "..", ".k1 ."]))


def test_no_mutation_of_a_sealed_token_is_accepted():
    rng, seals = random.Random(5), TokenSeals(Vault({"k1": bytes(range(32)), "k2": bytes(32)}), now=Clock().now)
    rows: list[SealedTokens] = [seals.seal(n, Tokens(f"access-{n}", f"refresh-{n}", 0)) for n in range(1, 21)]
    kinds: list[Callable[[random.Random, str], str]] = [changed, cut, grown, swapped, relabelled]
    accepted, tried = 0, Counter[str]()
    while tried.total() < MUTATIONS:
        number = rng.randrange(len(rows))
        athlete_id, own = number + 1, rows[number].access_token
        other = rng.choice(rows)
        kind = rng.choice([*kinds, None, None])
        name = "moved" if kind is None else kind.__name__
        text = rng.choice([other.access_token, rows[number].refresh_tokens[0]]) if kind is None else kind(rng, own)
        if text == own:
            continue
        tried[name] += 1
        try:
            seals.access_token(athlete_id, text)
        except SealBroken:
            continue
        accepted += 1
    report("T5", mutations=tried.total(), accepted=accepted, **tried)
    assert accepted == 0


def test_a_key_of_the_same_name_and_other_bytes_opens_nothing():
    sealed = TokenSeals(Vault({"k1": bytes(range(32))}), now=Clock().now).seal(1, Tokens("a", "r", 0))
    with pytest.raises(KeyMissing):
        TokenSeals(Vault({"k1": bytes(32)}), now=Clock().now).access_token(1, sealed.access_token)


async def test_a_row_that_was_changed_is_quarantined_its_member_told_once_and_the_thief_gets_nothing(tmp_path: Path):
    world = new_world(tmp_path)
    async with world.running() as ayda:
        await ayda.connect(MEMBER)
        victim = await ayda.connect(OTHER)
        database = ayda.app.litestar.state["parts"].database
        pasted = text(
            "UPDATE strava_token SET access_sealed = v.access_sealed, refresh_sealed = v.refresh_sealed FROM "
            "(SELECT access_sealed, refresh_sealed FROM strava_token WHERE athlete_id = :victim) AS v "
            "WHERE athlete_id <> :victim"
        )
        with database.transaction() as session:
            session.execute(pasted, {"victim": victim})
        world.clock.advance(LIFE_S)
        answers = {(await ayda.token(MEMBER)).status_code for _ in range(5)}
        with database.reading() as session:
            told = session.execute(text("SELECT count(*) FROM job WHERE name = 'tell_member'")).scalar_one()
        asked = world.strava.refreshes()
        shown = (await ayda.status(MEMBER))["state"]
        assert (await ayda.token(OTHER)).status_code == 200
        await ayda.connect(MEMBER)
        assert (await ayda.token(MEMBER)).status_code == 200
    report("T5 quarantine", answers=answers, messages=told, calls=asked, state=shown)
    assert answers == {409}
    assert (told, asked, shown) == (1, 0, "reauth_required")


async def test_a_key_set_wrongly_costs_nobody_their_connection(tmp_path: Path):
    world = new_world(tmp_path)
    async with world.running() as ayda:
        await ayda.connect(MEMBER)
    async with world.running(replace(world.settings, vault=Vault({"k1": bytes(32)}))) as ayda:
        world.clock.advance(LIFE_S)
        assert (await ayda.token(MEMBER)).status_code == 503
        with ayda.app.litestar.state["parts"].database.reading() as session:
            told = session.execute(text("SELECT count(*) FROM job WHERE name = 'tell_member'")).scalar_one()
        assert (told, (await ayda.status(MEMBER))["state"]) == (0, "connected")
    async with world.running() as ayda:
        assert (await ayda.token(MEMBER)).status_code == 200
