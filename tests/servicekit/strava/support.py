"""A simulated Strava behind a transport that can hold, break and count what passes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import cached_property
from urllib.parse import parse_qs

import httpx
from sqlalchemy.orm import DeclarativeBase

from servicekit.data.columns import new_metadata
from servicekit.strava.oauth import Grant, StravaOAuth
from servicekit.strava.tokens.store import TokenColumns
from simulators.strava.simulator import Simulator
from simulators.strava.web.app import create_app

OAUTH_BASE = "http://strava.test"
SCOPE = "read,activity:read_all"
START = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
HOUR_S = 3600
LIFE_S = 6 * HOUR_S
CALLERS = 200
MINUTE = timedelta(minutes=1)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class WallClock(Clock):
    """The time of other processes."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class StravaTransport(httpx.AsyncBaseTransport):
    """The simulator without a socket. While `gate` is not set requests wait; when `down` they fail to connect."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self.gate = asyncio.Event()
        self.gate.set()
        self.refresh_answers = asyncio.Event()
        """While not set, answers to refreshes are on their way."""
        self.refresh_answers.set()
        self.down = False
        self.requests: list[tuple[str, str]] = []

    @cached_property
    def _inner(self) -> httpx.ASGITransport:
        """Made when somebody asks Strava, which most tests do not: it is half of what a world costs."""
        return httpx.ASGITransport(app=create_app(self._simulator))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        form = parse_qs((await request.aread()).decode("utf-8", "replace"))
        self.requests.append((request.url.path, form.get("grant_type", [""])[0]))
        await self.gate.wait()
        if self.down:
            raise httpx.ConnectError("refused", request=request)
        try:
            answer = await self._inner.handle_async_request(request)
        except ConnectionResetError as error:
            raise httpx.ReadError("reset", request=request) from error
        if form.get("grant_type") == ["refresh_token"]:
            await self.refresh_answers.wait()
        await asyncio.sleep(0)  # on its way, while others run
        return answer

    def refreshes(self) -> int:
        """How often a refresh was tried."""
        return sum(grant == "refresh_token" for _path, grant in self.requests)

    async def asked(self, count: int = 1) -> None:
        """Returns when so many refreshes have arrived."""
        async with asyncio.timeout(10):
            while self.refreshes() < count:  # noqa: ASYNC110 - what is awaited is a plain condition
                await asyncio.sleep(0.001)


class Base(DeclarativeBase):
    metadata = new_metadata()


class TokenRow(TokenColumns, Base):
    __tablename__ = "token"


async def consent(simulator: Simulator, oauth: StravaOAuth, athlete_id: int) -> Grant:
    """What an athlete's consent ends in."""
    scopes = tuple(SCOPE.split(","))
    return await oauth.exchange(simulator.authorizations.consent(athlete_id, scopes, simulator.clock.now_s()))
