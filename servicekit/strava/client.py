"""The one client of Strava's API: permit, call, refresh once and again, repeat, and one error for each answer.

A call in an athlete's name goes through five gates. The outage: while Strava is away nobody asks, and after that one
caller asks Strava's simplest question first. The token: see `Access`. The permit: each try costs one. The repeats: see
`Retries`; a 429 never is one. The blame: when a request fails for good, the simplest question tells whether Strava is
away (StravaUnavailable, and nobody asks for a while) or only this request fails (RequestFailed).

Whatever is not idempotent is asked with `repeat=False`, and has a rule of its own: a file is sent again by its counted
way, a refresh by its keeper.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeAlias

from kernel.strava.quota import Kind, Priority
from servicekit.base.clock import utc_now
from servicekit.base.correlation import deadline_remaining_s
from servicekit.base.metrics import Metrics
from servicekit.base.settings import Secret
from servicekit.http.client import ApiClient, Transport
from servicekit.http.errors import BadUpstreamResponse, UpstreamUnavailable
from servicekit.http.resilience import CircuitBreaker
from servicekit.http.response import ApiResponse
from servicekit.strava.access import Access, Retries
from servicekit.strava.answers import error_in
from servicekit.strava.clock import StravaClock, date_of
from servicekit.strava.counted import counted
from servicekit.strava.errors import (
    AnswerLost,
    NotNow,
    NoToken,
    RateLimited,
    RequestFailed,
    RequestRefused,
    ServerTrouble,
    StravaUnavailable,
    UnreadableAnswer,
)
from servicekit.strava.outages.watch import Outage
from servicekit.strava.quota import QuotaLedger
from servicekit.strava.quotas import AnyQuotas

TIMEOUT_S: Final = 20.0
_REPEATED: Final = frozenset({500, 502, 503, 504})
_CountedToken: TypeAlias = tuple[str, QuotaLedger]
_OK, _REDIRECTED = 200, 300
_SPREAD: Final = 0.25
"""Waits are up to so much longer, so that those who failed together do not come back together."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `arguments` are those of `ApiClient.request`."""

    method: str
    path: str
    priority: Priority
    kind: Kind = "read"
    repeat: bool = True
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Patience:
    """How a client waits: a clock, a sleep, and numbers from 0 to 1 by which its waits are spread."""

    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random


def strava_http(
    base_url: str,
    *,
    now: Callable[[], datetime],
    metrics: Metrics | None = None,
    transport: Transport | None = None,
    timeout_s: float = TIMEOUT_S,
) -> ApiClient:
    """HTTP to an address of Strava's that repeats nothing and has no opinion of its own on whether Strava is up."""
    return ApiClient(
        base_url,
        "strava",
        timeout_s=timeout_s,
        retry_delays_s=(),
        breaker=CircuitBreaker(threshold=sys.maxsize),
        transport=transport,
        metrics=metrics,
        max_connections=10,
        now=now,
    )


class StravaClient:
    """Calls to `/api/v3` for one service; the services' own clients put typed methods over it."""

    def __init__(
        self,
        http: ApiClient,
        quota: AnyQuotas,
        outage: Outage,
        *,
        retries: Retries | None = None,
        patience: Patience | None = None,
    ) -> None:
        """`http`: see `strava_http`. Both it and the quota's store are closed by `close`."""
        self._http = http
        self.quota = quota
        """What permits its calls."""
        self._outage = outage
        self._retries = retries or Retries()
        self._patience = patience or Patience()

    def check(self) -> None:
        """Raises NotNow while there is no use in asking."""
        self._outage.check()

    async def ask(
        self,
        access: Access,
        method: str,
        path: str,
        *,
        priority: Priority,
        kind: Kind = "read",
        repeat: bool = True,
        **arguments: Any,
    ) -> ApiResponse:
        """The answer, with a status of 2xx, in an athlete's name.

        Raises a StravaError: NotNow, RequestFailed (without `repeat` an AnswerLost may have been carried out, and so
        may a NotNow whose cause is one), RequestRefused or NoToken; and UpstreamDeadline when our own caller's time is
        over.
        """
        question = Question(method, path, priority, kind, repeat, arguments)
        await self.ready(access)
        return await access.call(lambda token: self._answer(question, (token, self.quota.of(access.app))))

    async def ready(self, access: Access) -> None:
        """Returns when Strava may be asked; after trouble one caller asks the simplest question first.

        For who writes something down before it asks; `ask` does it too. Raises NotNow or NoToken.
        """
        self.check()
        if self._outage.doubtful:
            await access.call(lambda token: self._probe((token, self.quota.of(access.app))))

    async def ask_as_application(self, method: str, path: str, **arguments: Any) -> ApiResponse:
        """The answer to a call without an athlete, which Strava does not count and which is never repeated.

        Raises as `ask` does, but for the outage: such calls are few, and ask and teach nobody.
        """
        return self._accepted(await self._sent(method, path, arguments))

    async def close(self) -> None:
        """Closes the connections and the quota's store."""
        await self._http.close()
        await self.quota.close()

    async def _answer(self, question: Question, bearer: _CountedToken) -> ApiResponse:
        try:
            return await self._repeated(question, bearer)
        except RateLimited as limit:
            if limit.told:
                self._outage.doubt(limit)
            raise
        except (AnswerLost, ServerTrouble, StravaUnavailable) as failed:
            try:
                await self._probe(bearer)
            except NotNow as away:
                raise away from failed
            raise

    async def _probe(self, bearer: _CountedToken) -> None:
        """Returns when Strava answers its simplest question. Raises NotNow."""
        with suppress(RequestRefused, NoToken):  # these are answers too
            async with self._outage.probe():
                try:
                    await self._permitted(Question("GET", "/athlete", Priority.WEBHOOK), bearer)
                except RequestFailed as failed:
                    raise StravaUnavailable from failed
        await self._outage.tell()

    async def _repeated(self, question: Question, bearer: _CountedToken) -> ApiResponse:
        waits_s = self._retries.waits_s() if question.repeat else ()
        for wait_s in waits_s:
            try:
                return await self._permitted(question, bearer)
            except (AnswerLost, ServerTrouble) as failed:
                pause_s = self._pause_s(failed, wait_s)
                if pause_s is None:
                    raise
            await self._patience.sleep(pause_s)
            self.check()
        return await self._permitted(question, bearer)

    def _pause_s(self, failed: AnswerLost | ServerTrouble, wait_s: float) -> float | None:
        """Seconds until the call may be repeated, None when that makes no sense or nobody would wait for it."""
        asked_s = 0.0
        if isinstance(failed, ServerTrouble):
            asked_s = failed.retry_after_s or 0.0
            if failed.status not in _REPEATED:
                return None
        spread_s = wait_s * (1.0 + _SPREAD * self._patience.jitter())
        pause_s = max(min(spread_s, self._retries.longest_s), asked_s)
        left_s = deadline_remaining_s()
        late = left_s is not None and left_s <= pause_s
        return None if late or asked_s > self._retries.longest_s else pause_s

    async def _permitted(self, question: Question, bearer: _CountedToken) -> ApiResponse:
        token, quota = bearer
        if quota.clock.doubtful:
            await self._look_at_the_time(quota.clock)
        headers = {"Authorization": Secret(f"Bearer {token}")}
        sent = partial(self._sent, question.method, question.path, {**question.arguments, "headers": headers})
        answer = await counted(quota, question.kind, question.priority, sent)
        try:
            return self._accepted(answer)
        except RateLimited:
            await quota.refused(question.kind)
            raise

    async def _look_at_the_time(self, clock: StravaClock) -> None:
        """Asks in nobody's name, which Strava counts to nobody: every answer, a refusal too, says what time it is."""
        asked_at_s = clock.steady_s()
        with suppress(RequestFailed):
            answer = await self._sent("GET", "/athlete", {})
            clock.learn(date_of(answer.headers), asked_at_s=asked_at_s)

    async def _sent(self, method: str, path: str, arguments: Mapping[str, Any]) -> ApiResponse:
        try:
            return await self._http.request(method, path, retry=False, **arguments)
        except UpstreamUnavailable as error:
            raise AnswerLost(sent=error.sent) from error
        except BadUpstreamResponse as error:
            raise UnreadableAnswer from error

    def _accepted(self, answer: ApiResponse) -> ApiResponse:
        if _OK <= answer.status < _REDIRECTED:
            return answer
        raise error_in(answer, self._patience.now())
