from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from predictor_service.neighbours import open_ayda
from predictor_service.settings import Settings
from predictor_service.strava.ayda_client import AydaRunClient
from servicekit.base.logs import configure_logs
from servicekit.base.vault import Vault
from servicekit.strava.errors import NotConnected, ReauthRequired, TokenUnavailable
from servicekit.web.api_keys import ApiKeys

KEY = "a-key-for-ayda-000000000000000000000000"
MEMBER = "123456"
Answer = Callable[[httpx.Request], httpx.Response]


class Ayda:
    """Answers with tokens numbered in the order they were asked for."""

    def __init__(self) -> None:
        self.now = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
        self.requests: list[httpx.Request] = []
        self.life_s = 6 * 3600
        self.status = 200
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.client = self.with_keys(ApiKeys.parse(KEY))

    def with_keys(self, keys: ApiKeys) -> AydaRunClient:
        settings = Settings(vault=Vault({"k1": bytes(32)}), ayda_url="http://ayda/", ayda_api_keys=keys)
        client = open_ayda(settings, lambda: self.now, httpx.MockTransport(self._answer))
        assert client is not None
        return client

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        number = len(self.requests)
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        if self.status != 200:
            return httpx.Response(self.status, json={"code": "whatever"})
        expires_at = int(self.now.timestamp()) + self.life_s
        token: dict[str, Any] = {"access_token": f"token-{number}", "athlete_id": 12345, "scope": "read,activity:read"}
        return httpx.Response(200, json={**token, "expires_at": expires_at})

    async def ask(self, **options: bool) -> str:
        return (await self.client.token(MEMBER, **options)).access_token


@pytest.fixture
async def ayda():
    made = Ayda()
    yield made
    await made.client.close()


async def test_the_request_is_the_one_of_the_brief(ayda: Ayda):
    await ayda.ask()
    (request,) = ayda.requests
    assert str(request.url) == f"http://ayda/api/internal/strava/token?telegram_id={MEMBER}"
    assert request.headers["X-API-Key"] == KEY
    assert "X-Deadline-Ms" in request.headers


async def test_a_token_is_remembered_for_thirty_minutes_and_no_longer(ayda: Ayda):
    assert await ayda.ask() == "token-1"
    ayda.now += timedelta(minutes=29, seconds=59)
    assert await ayda.ask() == "token-1"
    ayda.now += timedelta(seconds=1)
    assert await ayda.ask() == "token-2"


async def test_a_token_near_its_end_is_remembered_until_two_minutes_before_it(ayda: Ayda):
    ayda.life_s = 600
    await ayda.ask()
    ayda.now += timedelta(seconds=479)
    assert await ayda.ask() == "token-1"
    ayda.now += timedelta(seconds=1)
    assert await ayda.ask() == "token-2"


async def test_a_token_with_two_minutes_left_is_used_and_not_remembered(ayda: Ayda):
    ayda.life_s = 120
    assert [await ayda.ask(), await ayda.ask()] == ["token-1", "token-2"]


async def test_a_404_is_not_cached(ayda: Ayda):
    ayda.status = 404
    with pytest.raises(NotConnected):
        await ayda.ask()
    assert await ayda.client.get_strava_token(MEMBER) is None
    ayda.status = 200
    assert await ayda.ask() == "token-3"


async def test_a_409_says_that_the_member_has_to_reconnect(ayda: Ayda):
    ayda.status = 409
    with pytest.raises(ReauthRequired):
        await ayda.ask()
    assert await ayda.client.get_strava_token(MEMBER) is None


@pytest.fixture
def audible() -> Iterator[None]:
    configure_logs("WARNING", "console")
    yield
    configure_logs("CRITICAL", "console")


@pytest.mark.parametrize("status", [401, 422, 500, 503])
async def test_anything_else_is_logged_and_none(ayda: Ayda, audible: None, status: int):
    ayda.status = status
    with capture_logs() as logs:
        assert await ayda.client.get_strava_token(MEMBER) is None
    assert "warning" in {entry["log_level"] for entry in logs}
    with pytest.raises(TokenUnavailable):
        await ayda.ask()


@pytest.mark.parametrize("error", [httpx.ReadTimeout("late"), httpx.ConnectError("refused")])
async def test_a_broken_connection_is_an_outage_and_no_verdict(ayda: Ayda, error: Exception):
    ayda.error = error
    with pytest.raises(TokenUnavailable):
        await ayda.ask()
    assert await ayda.client.get_strava_token(MEMBER) is None


async def test_without_a_key_nothing_is_sent(ayda: Ayda):
    keyless = ayda.with_keys(ApiKeys())
    with pytest.raises(TokenUnavailable):
        await keyless.token(MEMBER)
    assert ayda.requests == []
    await keyless.close()


async def test_a_burst_asks_once(ayda: Ayda):
    assert set(await asyncio.gather(*(ayda.ask() for _ in range(50)))) == {"token-1"}
    assert len(ayda.requests) == 1


async def test_a_caller_who_goes_away_does_not_take_the_answer_of_the_others_along(ayda: Ayda):
    ayda.gate.clear()
    first, second = asyncio.create_task(ayda.ask()), asyncio.create_task(ayda.ask())
    await asyncio.sleep(0.01)
    first.cancel()
    ayda.gate.set()
    assert await second == "token-1"
    assert len(ayda.requests) == 1


async def test_force_asks_for_another_token_and_replaces_the_remembered_one(ayda: Ayda):
    await ayda.ask()
    assert await ayda.ask(force=True) == "token-2"
    assert dict(ayda.requests[1].url.params)["force"] == "1"
    assert await ayda.ask() == "token-2"


async def test_an_older_answer_does_not_overwrite_a_forced_one(ayda: Ayda):
    ayda.gate.clear()
    slow = asyncio.create_task(ayda.ask())
    await asyncio.sleep(0.01)
    forced = asyncio.create_task(ayda.ask(force=True))
    await asyncio.sleep(0.01)
    ayda.gate.set()
    assert [await slow, await forced] == ["token-1", "token-2"]
    assert await ayda.ask() == "token-2"


async def test_a_dropped_token_is_asked_for_anew_even_when_it_was_on_its_way(ayda: Ayda):
    ayda.gate.clear()
    on_its_way = asyncio.create_task(ayda.ask())
    await asyncio.sleep(0.01)
    ayda.client.drop(MEMBER)
    ayda.gate.set()
    assert await on_its_way == "token-1"
    assert await ayda.ask() == "token-2"


async def test_members_do_not_share_tokens(ayda: Ayda):
    await ayda.ask()
    assert (await ayda.client.token("654321")).access_token == "token-2"


async def test_neither_the_token_nor_the_key_is_in_a_log_or_a_repr(ayda: Ayda):
    with capture_logs() as logs:
        token = await ayda.client.token(MEMBER)
        ayda.status = 503
        await ayda.client.get_strava_token("654321")
    told = f"{logs} {token!r} {ayda.client!r}"
    assert "token-1" not in told
    assert KEY not in told
