"""T10 over a whole run: what every test prints, logs, stores and asks for is searched for the suite's canaries.

Known are the made-up secrets that the tests share, and every token that a simulated Strava gave in this test.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest

CLIENT_SECRET: Final = "canary-client-secret-BBBBBBBB"
SHARED: Final = (
    "canary-bot-token-AAAAAAAAAAAAAAAAAAAA",
    CLIENT_SECRET,
    "canary-key-of-the-predictor-CCCCCCCC",
    "canary-key-to-the-predictor-DDDDDDDD",
    "canary-key-of-the-predictor-tests-000000",
)
_GIVES_TOKENS: Final = ("/oauth/token", "/api/v3/oauth/token")
_MAY_NAME_THEM: Final = (*_GIVES_TOKENS, "/oauth/deauthorize", "/api/v3/oauth/deauthorize", "/_sim")
_SUBSCRIPTIONS: Final = "/push_subscriptions"
_HAND_OUT: Final = "/api/internal/strava/token"
_TOKEN = re.compile(rb'"(access|refresh)_token":\s*"([0-9a-f]{40})"')


class CanaryWatch:
    """What one test has let out of its hands."""

    def __init__(self) -> None:
        self.access: set[str] = set()
        self.refresh: set[str] = set()
        self.found: list[str] = []
        self.sinks = self.bytes = self.tests = 0

    def begin(self) -> None:
        self.access, self.refresh, self.found = set(), set(), []
        self.tests += 1

    def figures(self) -> dict[str, int]:
        """How much was watched."""
        return {"tests": self.tests, "sinks": self.sinks, "bytes": self.bytes}

    @property
    def canaries(self) -> set[str]:
        return {*SHARED, *self.access, *self.refresh}

    def search(self, where: str, content: bytes, canaries: set[str]) -> None:
        self.sinks += 1
        self.bytes += len(content)
        if any(form in content for canary in canaries for form in forms(canary)):
            self.found.append(where)

    def asked(self, request: httpx.Request) -> None:
        # Strava's protocol wants the application's secret in these addresses, and offers no other way
        theirs = {CLIENT_SECRET} if _SUBSCRIPTIONS in request.url.path else set[str]()
        where = f"the address of {request.method} {request.url.path}"
        self.search(where, str(request.url).encode(), self.canaries - theirs)

    def answered(self, request: httpx.Request, content: bytes) -> None:
        path = request.url.path
        self.asked(request)
        if path in _GIVES_TOKENS:
            for kind, token in _TOKEN.findall(content):
                (self.access if kind == b"access" else self.refresh).add(token.decode())
        if not path.startswith(_MAY_NAME_THEM):
            mine = self.canaries - (self.access if path == _HAND_OUT else set())
            self.search(f"the answer to {request.method} {path}", content, mine)

    def files(self, folder: Path) -> None:
        """The databases that a test has left, with their logs."""
        for path in folder.rglob("*.db*"):
            # the simulator's own truth has tokens in clear, as Strava's would
            if path.is_file() and not path.name.startswith(("sim", "strava")):
                self.search(f"the file {path.name}", path.read_bytes(), self.canaries)


def forms(canary: str) -> Iterator[bytes]:
    """In clear, percent-encoded, in base64 where it stands alone."""
    raw = canary.encode()
    yield raw
    yield base64.b64encode(raw).rstrip(b"=")
    if quote(canary, safe="") != canary:
        yield quote(canary, safe="").encode()


@contextmanager
def listening(watch: CanaryWatch) -> Iterator[None]:
    """Hears every request of every client in this process, and the answers of apps that run in it."""
    ask = httpx.ASGITransport.handle_async_request
    dial = httpx.AsyncHTTPTransport.handle_async_request

    async def heard(self: httpx.ASGITransport, request: httpx.Request) -> httpx.Response:
        answer = await ask(self, request)
        stream: Any = answer.stream
        content = b"".join([chunk async for chunk in stream])
        watch.answered(request, content)
        return httpx.Response(answer.status_code, headers=answer.headers.raw, stream=httpx.ByteStream(content))

    async def dialled(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        watch.asked(request)
        return await dial(self, request)

    patched = pytest.MonkeyPatch()
    patched.setattr(httpx.ASGITransport, "handle_async_request", heard)
    patched.setattr(httpx.AsyncHTTPTransport, "handle_async_request", dialled)
    try:
        yield
    finally:
        patched.undo()


def summary(figures: Counter[str]) -> str:
    """The figure of the run, over all its processes."""
    counted = {"tests": figures["tests"], "sinks": figures["sinks"], "megabytes": round(figures["bytes"] / 1e6, 1)}
    return json.dumps(counted)
