"""The real ayda, on a socket and a real database, keeps what the predictor relies on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import delete

from ayda_service.app import create_app
from ayda_service.members.models import Member
from ayda_service.settings import Settings
from ayda_service.strava.models import StravaToken
from servicekit.data.database import Database
from servicekit.web.api_keys import ApiKeys
from servicekit.web.app import WebApp
from tests.contracts.houses import NOW, ayda_settings, member
from tests.contracts.predictor_asks.test_tokens import CONNECTED, NO_KEYS, OUTAGE
from tests.contracts.support import Switch, pact_under_test, verify_provider
from tests.support_server import LoopbackServer

HOUR_S = 3600


class FakeStrava(httpx.AsyncBaseTransport):
    """Refreshes any token, unless it is down."""

    def __init__(self) -> None:
        self.down = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("no Strava here", request=request)
        expires_at = int(NOW.timestamp()) + 6 * HOUR_S
        answer = {"token_type": "Bearer", "access_token": "a2", "refresh_token": "r2", "expires_at": expires_at}
        return httpx.Response(200, json=answer, request=request)


class Stage:
    """One ayda with keys and one without, over one database and one Strava."""

    def __init__(self, blank: Path, folder: Path) -> None:
        self.url = f"sqlite:///{shutil.copy(blank, folder / 'ayda.db')}"
        self.strava = FakeStrava()
        settings = ayda_settings(self.url, None)
        closed = replace(settings, api_keys=ApiKeys())
        self.switch = Switch(self._app(settings), self._app(closed))

    def _app(self, settings: Settings) -> WebApp:
        return create_app(settings, now=lambda: NOW, strava_transport=self.strava)

    async def reset(self) -> None:
        """Nobody is known, and Strava is up."""
        self.strava.down = False
        database = Database(self.url)
        async with database.transaction() as session:
            await session.execute(delete(StravaToken))
            await session.execute(delete(Member))
        await database.close()

    async def member(self, *, connected: bool, left_s: int = 5 * HOUR_S, state: str = "active") -> None:
        """The member of the pact, with or without a connection."""
        await self.reset()
        await member(self.url, connected=connected, left_s=left_s, state=state)

    async def strava_is_down(self) -> None:
        await self.member(connected=True, left_s=-HOUR_S)
        self.strava.down = True


@pytest.fixture
def stage(blank_ayda: Path, tmp_path: Path) -> Stage:
    return Stage(blank_ayda, tmp_path)


@pytest.fixture
def server(stage: Stage) -> Iterator[LoopbackServer]:
    with LoopbackServer(stage.switch) as running:
        yield running


def _states(server: LoopbackServer, stage: Stage) -> dict[str, Callable[[], None]]:
    def opened(work: Callable[[], Any]) -> Callable[[], None]:
        def handler() -> None:
            stage.switch.closed = False
            server.call(work())

        return handler

    return {
        CONNECTED: opened(lambda: stage.member(connected=True)),
        "nobody with the Telegram id 123456 is known": opened(stage.reset),
        "member 123456 has not connected Strava": opened(lambda: stage.member(connected=False)),
        "member 123456 has to reconnect Strava": opened(lambda: stage.member(connected=True, state="reauth_required")),
        OUTAGE: opened(stage.strava_is_down),
        NO_KEYS: stage.switch.close,
    }


def test_ayda_keeps_the_pact(server: LoopbackServer, stage: Stage):
    verify_provider(
        "ayda_service", server.url, _states(server, stage), pact_under_test("predictor_service", "ayda_service")
    )


def test_an_ayda_that_breaks_the_pact_is_found_out(server: LoopbackServer, stage: Stage):
    nothing_done = dict.fromkeys(_states(server, stage), lambda: None)
    pact = pact_under_test("predictor_service", "ayda_service")
    with pytest.raises(AssertionError, match="pact failures"):
        verify_provider("ayda_service", server.url, nothing_done, pact)
