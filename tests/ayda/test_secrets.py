"""Canaries through every path: no secret in a log, an error, an answer that is not its own, or the database."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import structlog

from ayda_service.settings import Settings
from servicekit.base.logs import configure_logs
from simulators.strava.application.fault_menu import PlannedFault
from tests.ayda.support import (
    BOT_TOKEN,
    CLIENT_SECRET,
    KEY_IN,
    KEY_OUT,
    MEMBER,
    OTHER,
    Ayda,
    World,
    eventually,
    init_data,
    problem,
)

LIFE_S = 6 * 3600


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything any library logs, at the noisiest level, with no list of known secrets to lean on."""
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    configure_logs("DEBUG", "json", stream=stream)
    for name in ("httpx", "httpcore", "sqlalchemy.engine", "asyncio"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield stream
    for name in ("httpx", "httpcore", "sqlalchemy.engine", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


class Recorder:
    """Every secret that appeared, and every answer anyone got."""

    def __init__(self, ayda: Ayda) -> None:
        self.secrets = {BOT_TOKEN, CLIENT_SECRET, KEY_IN, KEY_OUT}
        self.access_tokens: set[str] = set()
        self.answers: list[str] = []
        self.token_answers: list[str] = []
        ayda.http.event_hooks["response"] = [self._answered]

    async def _answered(self, response: object) -> None:
        await response.aread()  # type: ignore[attr-defined] - an httpx.Response
        text = f"{response.headers}{response.text}"  # type: ignore[attr-defined] - an httpx.Response
        path = response.request.url.path  # type: ignore[attr-defined] - an httpx.Response
        if path.endswith("/auth"):
            return  # whoever connects is told the state: it is theirs
        (self.token_answers if path.endswith("/token") else self.answers).append(text)

    def note_strava(self, world: World) -> None:
        """All tokens alive at Strava now."""
        for authorization in world.simulator.authorizations:
            self.access_tokens |= {access.token for access in authorization.access}
            self.secrets |= {authorization.refresh_token or BOT_TOKEN}


def forms(secret: str) -> set[str]:
    raw = secret.encode()
    return {secret, quote(secret, safe=""), base64.b64encode(raw).decode().rstrip("="), raw.hex()}


def hits(text: str, secrets: set[str]) -> set[str]:
    return {secret[:8] for secret in secrets for form in forms(secret) if form in text}


def dump(url: str) -> str:
    """Everything the database keeps, as text."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        return "".join(part.read_bytes().decode("latin-1") for part in path.parent.glob(f"{path.name}*"))
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        rows = [connection.execute(f'SELECT t::text FROM "{table}" t').fetchall() for (table,) in tables]  # noqa: S608 - names from the catalogue
    return str(rows)


async def walk(ayda: Ayda, world: World, seen: Recorder) -> None:
    """Connect, fail to connect, ask for tokens, refresh, predict, fail, go."""
    back = await ayda.consent(await ayda.begin(), world.simulator.add_athlete())
    seen.secrets |= {back.partition("code=")[2].partition("&")[0], back.partition("state=")[2].partition("&")[0]}
    seen.note_strava(world)
    await ayda.http.get(back)
    await ayda.http.get(back)
    seen.note_strava(world)
    proof = init_data(world.clock)
    seen.secrets |= {proof.rpartition("hash=")[2]}
    opened = await ayda.http.post("/api/v1/session", headers={"Authorization": f"tma {proof}"})
    session = opened.json()["token"]
    seen.answers.remove(next(answer for answer in seen.answers if session in answer))
    seen.secrets |= {session}
    await ayda.http.get("/api/v1/strava/status", headers={"Authorization": f"Bearer {session}x"})
    await ayda.http.get("/api/v1/strava/status", headers={"Authorization": f"tma {proof}x"})
    await ayda.http.post("/api/v1/predictions", json={"gpx_file_id": "x"}, headers=ayda.as_member())
    await ayda.token()
    world.clock.advance(LIFE_S)
    for kind in ("html", "cut"):
        world.simulator.faults.order(PlannedFault(kind=kind, path="/oauth/token"))  # type: ignore[arg-type] - both are
        await ayda.token()
        world.clock.advance(60)
    await ayda.token()
    seen.note_strava(world)
    world.predictor.answers["POST", "/api/v1/internal/predict"] = (401, problem(401, "invalid_api_key"))
    await ayda.http.post("/api/v1/predictions", json={"gpx_file_id": "x"}, headers=ayda.as_member())
    await ayda.http.get("/api/internal/strava/token", params={"telegram_id": "1"}, headers={"X-API-Key": KEY_IN + "x"})
    await ayda.http.post("/api/v1/strava/disconnect", headers=ayda.as_member(OTHER))


async def test_no_secret_leaves_its_place(world: World, with_worker: Settings, log: io.StringIO):
    async with world.running(with_worker) as ayda:
        seen = Recorder(ayda)
        await walk(ayda, world, seen)
        await eventually(lambda: bool(world.predictor.notices()))
        schema = (await ayda.http.get("/schema/openapi.json")).text
        metrics = (await ayda.http.get("/metrics")).text
    everything = seen.secrets | seen.access_tokens
    assert len(seen.access_tokens) >= 2
    assert "request" in log.getvalue()
    assert hits(log.getvalue(), everything) == set()
    assert hits(dump(with_worker.database_url), everything) == set()
    assert hits("".join(seen.answers) + schema + metrics, everything) == set()
    assert hits("".join(seen.token_answers), seen.secrets) == set()
    assert hits("".join(seen.token_answers), seen.access_tokens) != set()
    told = b"".join(request.content for request in world.predictor.requests).decode()
    assert hits(told, everything) == set()


async def test_a_database_that_is_no_good_shows_no_secret(
    world: World, settings: Settings, log: io.StringIO, tmp_path: Path
):
    nowhere = f"sqlite:///{tmp_path / 'empty.db'}"
    async with world.running(replace(settings, database_url=nowhere)) as ayda:
        proof = init_data(world.clock)
        answer = await ayda.http.get("/api/v1/strava/auth", headers={"Authorization": f"tma {proof}"})
    assert answer.status_code == 503
    assert answer.json()["code"] == "database_unavailable"
    assert "Traceback" not in answer.text + log.getvalue()
    secrets = {proof.rpartition("hash=")[2], proof, BOT_TOKEN, CLIENT_SECRET}
    assert "database_unavailable" in log.getvalue()
    assert hits(log.getvalue() + answer.text, secrets) == set()


def test_settings_show_no_secret(settings: Settings):
    shown = repr(settings) + str(settings)
    assert hits(shown, {BOT_TOKEN, CLIENT_SECRET, KEY_IN, KEY_OUT}) == set()
    assert str(MEMBER) not in shown
