"""The real predictor, on a socket and a real database, keeps what ayda relies on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from predictor_service.app import create_app
from predictor_service.settings import Settings
from servicekit.data.migrations import upgrade
from servicekit.web.api_keys import ApiKeys
from servicekit.web.app import WebApp
from tests.contracts.support import KEY, Switch, pact_under_test, verify_provider
from tests.contracts.test_2_ayda_asks_predictor import (
    KNOWN_KEY,
    LINKED,
    MEMBER,
    NO_KEYS,
    NOTHING,
    PRIVATE,
    PROFILED,
    ROUTE_ID,
    STORED,
    STRANGER,
    USED_KEY,
)
from tests.predictor import states
from tests.support_server import LoopbackServer

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def _app(folder: Path, name: str, keys: ApiKeys) -> WebApp:
    url = f"sqlite:///{folder / name}.db"
    upgrade("predictor_service", url)
    settings = Settings(database_url=url, api_keys=keys, background_sync_enabled=False, worker_embedded=False)
    return create_app(settings, now=lambda: NOW)


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[tuple[LoopbackServer, Switch]]:
    switch = Switch(_app(tmp_path, "open", ApiKeys.parse(KEY)), _app(tmp_path, "closed", ApiKeys()))
    with LoopbackServer(switch) as server:
        yield server, switch


def _states(server: LoopbackServer, switch: Switch) -> dict[str, Callable[[], None]]:
    parts = switch.app.litestar.state.parts

    def opened(*works: Callable[[], Any]) -> Callable[[], None]:
        async def each() -> None:
            for work in works:
                await work()

        def handler() -> None:
            switch.closed = False
            server.call(each())

        return handler

    async def use_key() -> None:
        other = {"telegram_id": STRANGER, "athlete_id": 777}
        headers = {"X-API-Key": KEY, "Idempotency-Key": KNOWN_KEY}
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            await http.post("/api/v1/internal/strava/connected", json=other, headers=headers)
            race = {"telegram_id": STRANGER, "race_id": states.RACE_ID, "distance_id": states.DISTANCE_ID}
            await http.post("/api/v1/internal/predict", json=race, headers=headers)

    def nothing(member: str) -> Callable[[], Any]:
        return lambda: states.nothing_known(parts, member)

    def profiled() -> Any:
        return states.athlete_has_profile(parts, MEMBER)

    async def private() -> None:
        await states.nothing_known(parts, MEMBER)
        await states.athlete_has_profile(parts, MEMBER, provenance="strava_api")

    def stored() -> Any:
        return states.route_exists(parts, ROUTE_ID)

    anew = nothing(MEMBER)
    linked = partial(states.athlete_connected, parts, MEMBER, 12345)
    return {
        NOTHING: opened(nothing(STRANGER)),
        f"nothing is known of member {MEMBER}": opened(nothing(MEMBER)),
        PROFILED: opened(anew, profiled),
        PRIVATE: opened(private),
        STORED: opened(stored),
        f"{PROFILED} and {STORED}": opened(anew, profiled, stored),
        f"{NOTHING} and {STORED}": opened(nothing(STRANGER), stored),
        f"{NOTHING} and {PROFILED}": opened(nothing(STRANGER), anew, profiled),
        USED_KEY: opened(use_key),
        LINKED: opened(anew, linked),
        f"{LINKED} and has a profile": opened(private, linked),
        NO_KEYS: switch.close,
        "": opened(),
    }


def test_the_predictor_keeps_the_pact(provider: tuple[LoopbackServer, Switch]):
    server, switch = provider
    pact = pact_under_test("ayda_service", "predictor_service")
    verify_provider("predictor_service", server.url, _states(server, switch), pact)


def test_a_provider_that_breaks_the_pact_is_found_out(provider: tuple[LoopbackServer, Switch]):
    server, switch = provider
    switch.closed = True
    pact = pact_under_test("ayda_service", "predictor_service")
    with pytest.raises(AssertionError, match="pact failures"):
        verify_provider("predictor_service", server.url, dict.fromkeys(_states(server, switch), lambda: None), pact)
