"""T10: canaries of every kind through every path, searched for in every sink in every likely spelling."""

from __future__ import annotations

import base64
import io
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import structlog

from ayda_service.keys.rewrap import Rewrap
from servicekit.base.logs import configure_logs
from servicekit.base.vault import Vault
from servicekit.strava.tokens.seals import TokenSeals
from tests.ayda.support import MEMBER, World, eventually
from tests.ayda.test_secrets import Recorder, dump, walk
from tests.drills.reporting import report
from tests.drills.vault_world import LIFE_S, new_world

LOUD = ("httpx", "httpcore", "sqlalchemy.engine", "sqlalchemy.pool", "asyncio")
KEYS = {"k2": b"canary-vault-key-two-EEEEEEEEEEE", "k1": bytes(range(32))}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything any library says at its loudest, SQL with its parameters included."""
    stream, root = io.StringIO(), logging.getLogger()
    before, level = root.handlers[:], root.level
    configure_logs("DEBUG", "json", stream=stream)
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield stream
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def forms(secret: str) -> set[str]:
    """The secret in clear, percent-encoded, in hex, and in base64 at each of the three places it can begin at."""
    raw = secret.encode()
    encoded = {raw.hex(), raw.hex().upper(), quote(secret, safe=""), quote_plus(secret)}
    for shift in range(3):
        # what stands before and after changes the first and the last characters only
        inner = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")[4 if shift else 0 : -2]
        encoded |= {inner, inner.replace("+", "-").replace("/", "_")}
    return {secret, *encoded}


def hits(text: str, secrets: set[str]) -> int:
    return sum(form in text for secret in secrets for form in forms(secret))


async def everything(world: World, seen: Recorder) -> None:
    """The paths of the suite's walk, then rotation, changing the athlete, losing the connection, a crash."""
    async with world.running() as ayda:
        ayda.http.event_hooks["response"] = [seen._answered]
        await walk(ayda, world, seen)
        await ayda.connect(MEMBER)
        seen.note_strava(world)
        parts = ayda.app.litestar.state["parts"]
        vault = world.settings.vault
        await Rewrap(parts.database, vault, TokenSeals(vault, now=world.clock.now)).run()
        world.clock.advance(LIFE_S)
        await ayda.token()
        seen.note_strava(world)
        for athlete in world.simulator.athletes():
            world.simulator.authorizations.revoke_athlete(athlete.id)
        world.clock.advance(LIFE_S)
        await ayda.token(force="1")
        parts.consents.oauth._client_id = object()  # a fault of our own in the middle of a request
        world.clock.advance(LIFE_S)
        await ayda.http.get("/api/v1/strava/auth", headers=ayda.as_member())


async def test_no_canary_is_found_in_any_sink(tmp_path: Path, log: io.StringIO):
    world = new_world(tmp_path, vault=Vault(KEYS), worker_embedded=True)
    async with world.running() as ayda:
        seen = Recorder(ayda)
    keys = {key.decode("latin-1") for key in KEYS.values()}
    await everything(world, seen)
    await eventually(lambda: bool(world.predictor.notices()))
    told = b"".join(request.content + str(request.url).encode() for request in world.predictor.requests)
    canaries = seen.secrets | seen.access_tokens | keys
    sinks = {
        "log": log.getvalue(),
        "dump": dump(world.settings.database_url),
        "answers": "".join(seen.answers),
        "to_predictor": told.decode("latin-1"),
    }
    found = {name: hits(text, canaries) for name, text in sinks.items()}
    report("T10", canaries=len(canaries), bytes=sum(map(len, sinks.values())), hits=found)
    assert "BEGIN" in sinks["log"], "SQL was not echoed, so nothing was proved about it"
    assert len(seen.access_tokens) >= 3
    assert set(found.values()) == {0}
    assert hits("".join(seen.token_answers), seen.secrets) == 0
    assert hits("".join(seen.token_answers), seen.access_tokens) > 0, "the search would find a canary where it may be"


def test_a_traceback_of_the_vault_quotes_nothing_it_holds():
    vault = Vault(KEYS)
    sealed = vault.seal("canary-token-0123456789", subject="1", purpose="p")
    try:
        vault.open(sealed[:-1] + ("A" if sealed[-1] != "A" else "B"), subject="1", purpose="p")
    except Exception as error:  # noqa: BLE001 - whatever it is
        shown = "".join(traceback.format_exception(error)) + repr(vault) + str(error)
    assert hits(shown, {"canary-token-0123456789", *(key.decode("latin-1") for key in KEYS.values())}) == 0
