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
from tests.contracts.ayda_asks.shapes import (
    HIKING,
    KNOWN_EVENT,
    LINKED,
    MEMBER,
    NO_KEYS,
    NOTHING,
    NOTHING_OF_MEMBER,
    PRIVATE,
    PROFILED,
    ROUTE_ID,
    STORED,
    STRANGER,
    USED_KEY,
)
from tests.contracts.ayda_asks.test_connections import EVENT
from tests.contracts.ayda_asks.test_predictions import OTHER_KEY, key_header
from tests.contracts.support import KEY, Switch, pact_under_test, verify_provider
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


class Stage:
    """Sets up what must hold before an interaction; the work is done on the loop of the server."""

    def __init__(self, server: LoopbackServer, switch: Switch) -> None:
        self._server = server
        self._switch = switch
        self._parts = switch.app.litestar.state.parts

    def opened(self, *works: Callable[[], Any]) -> Callable[[], None]:
        """A provider with keys where these works were done in turn."""

        async def each() -> None:
            for work in works:
                await work()

        def handler() -> None:
            self._switch.closed = False
            self._server.call(each())

        return handler

    async def anew(self, member: str = MEMBER) -> None:
        await states.nothing_known(self._parts, member)

    async def profiled(self, **how: Any) -> None:
        await states.athlete_has_profile(self._parts, MEMBER, **how)

    async def stored(self) -> None:
        await states.route_exists(self._parts, ROUTE_ID)

    async def linked(self) -> None:
        await states.athlete_connected(self._parts, MEMBER, 12345)

    async def used_key(self) -> None:
        race = {"telegram_id": MEMBER, "race_id": states.RACE_ID, "distance_id": states.DISTANCE_ID}
        await self._post("/predict", race, **key_header(OTHER_KEY))

    async def told_before(self) -> None:
        await self._post("/strava/events", EVENT)

    async def _post(self, path: str, body: dict[str, Any], **headers: str) -> None:
        async with httpx.AsyncClient(base_url=self._server.url, trust_env=False) as http:
            answer = await http.post(f"/api/v1/internal{path}", json=body, headers={"X-API-Key": KEY, **headers})
        assert answer.is_success, answer.text


def _states(server: LoopbackServer, switch: Switch) -> dict[str, Callable[[], None]]:
    on = Stage(server, switch)
    stranger = partial(on.anew, STRANGER)
    private = partial(on.profiled, provenance="strava_api")
    return {
        NOTHING: on.opened(stranger),
        NOTHING_OF_MEMBER: on.opened(on.anew),
        PROFILED: on.opened(on.anew, on.profiled),
        HIKING: on.opened(on.anew, partial(on.profiled, sport="hike")),
        PRIVATE: on.opened(on.anew, private),
        STORED: on.opened(on.stored),
        f"{PROFILED} and {STORED}": on.opened(on.anew, on.profiled, on.stored),
        f"{NOTHING_OF_MEMBER} and {STORED}": on.opened(on.anew, on.stored),
        f"{NOTHING} and {PROFILED}": on.opened(stranger, on.anew, on.profiled),
        USED_KEY: on.opened(on.anew, on.used_key),
        LINKED: on.opened(on.anew, on.linked),
        KNOWN_EVENT: on.opened(on.anew, on.linked, on.told_before),
        f"{LINKED} and has a profile": on.opened(on.anew, private, on.linked),
        NO_KEYS: switch.close,
        "": on.opened(),
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
