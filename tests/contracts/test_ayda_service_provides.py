"""The real ayda, on a socket and a real database, keeps what the predictor relies on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import delete

from ayda_service.app import create_app
from ayda_service.members.models import Member
from ayda_service.members.store import MemberStore
from ayda_service.settings import Settings
from ayda_service.strava.models import StravaToken
from ayda_service.strava.store import ConnectionStore
from servicekit.base.settings import Secret
from servicekit.base.vault import Vault, generate_setting
from servicekit.data.database import Database
from servicekit.data.migrations import upgrade
from servicekit.strava.oauth import Tokens
from servicekit.strava.tokens.seals import TokenSeals
from servicekit.strava.tokens.store import token_columns
from servicekit.web.api_keys import ApiKeys
from servicekit.web.app import WebApp
from tests.contracts.support import KEY, Switch, pact_under_test, verify_provider
from tests.contracts.test_1_predictor_asks_ayda import ATHLETE_ID, CONNECTED, NO_KEYS, NOW, TELEGRAM_ID
from tests.support_server import LoopbackServer

HOUR_S = 3600
FAR_PAST = datetime(2020, 1, 1, tzinfo=UTC)


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

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'ayda'}.db"
        upgrade("ayda_service", self.url)
        self.vault = Vault.from_setting(generate_setting())
        self.strava = FakeStrava()
        self.switch = Switch(self._app(ApiKeys.parse(KEY)), self._app(ApiKeys()))

    def _app(self, keys: ApiKeys) -> WebApp:
        settings = Settings(
            strava_client_id="4242",
            strava_client_secret=Secret("a-client-secret"),
            vault=self.vault,
            bot_token=Secret("4242:a-bot-token"),
            database_url=self.url,
            api_keys=keys,
            worker_embedded=False,
        )
        return create_app(settings, now=lambda: NOW, strava_transport=self.strava)

    async def reset(self) -> None:
        """Nobody is known, and Strava is up."""
        self.strava.down = False
        database = Database(self.url)
        with database.transaction() as session:
            session.execute(delete(StravaToken))
            session.execute(delete(Member))
        await database.close()

    async def member(self, *, connected: bool, left_s: int = 5 * HOUR_S, state: str = "active") -> None:
        """The member of the pact, with or without a connection."""
        await self.reset()
        tokens = Tokens("a1", "r1", int(NOW.timestamp()) + left_s)
        sealed = TokenSeals(self.vault, now=lambda: FAR_PAST).seal(ATHLETE_ID, tokens)
        columns = {"scope": "activity:read_all,read", **token_columns(sealed), "state": state}
        database = Database(self.url)
        with database.transaction() as session:
            member = MemberStore(session).find_or_create(int(TELEGRAM_ID), NOW)
            if connected:
                ConnectionStore(session).link(member.id, ATHLETE_ID, columns, NOW)
        await database.close()

    async def strava_is_down(self) -> None:
        await self.member(connected=True, left_s=-HOUR_S)
        self.strava.down = True


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


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
        "Strava is down and the token of member 123456 has expired": opened(stage.strava_is_down),
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
