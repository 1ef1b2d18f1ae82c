"""Who has spent what they may ask is refused before anything of their request is read; see `budgets`.

A proof of identity counts before the address, so nobody is refused for strangers behind the same one. Services with a
key are not counted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from math import ceil
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from prometheus_client import Counter

from servicekit.web.budgets import Accounts, Counted
from servicekit.web.callers import Callers
from servicekit.web.daily import DailySpending
from servicekit.web.flood import Answer
from servicekit.web.head import head_of
from servicekit.web.problems import ProblemRule, bare_answer, render_problem

_ENDS_SOON_S: Final = 1.0
_SENTENCES: Final[Mapping[tuple[str, str], str]] = {
    ("member", "per_minute"): "You have asked for too much within a minute; please go on in {seconds} s.",
    ("member", "at_once"): "Too many of your requests are under way; please wait until one of them has ended.",
    ("address", "per_minute"): (
        "Too many requests came from your address without a proof of who you are; please go on in {seconds} s, "
        "or open the app from Telegram."
    ),
    ("address", "per_day"): (
        "Your address has had as many predictions without a proof of who you are as one may in a day; the next day "
        "begins at midnight UTC, and for members of the club nothing has ended: open the app from Telegram."
    ),
    ("address", "at_once"): (
        "Your address has too many requests under way without a proof of who you are; please wait until one of them "
        "has ended, or open the app from Telegram."
    ),
}


@dataclass(frozen=True, slots=True)
class Errand:
    """What is asked for below `prefix`, with `method` if one is named."""

    prefix: str
    method: str | None = None
    cost: int = 1
    """In requests; 0 is not counted at all."""
    apart: str = ""
    """Errands of this name are counted apart from all others."""
    probes: bool = False
    """Not counted when loopback asks: whoever watches over the process must not be refused for a stranger."""
    at_once: int | None = None
    """Under way of one caller, where that is fewer than of anything else."""
    daily: DailySpending | None = None
    """Where those who prove nothing have only so many in a day, too."""
    refusal: Callable[[float], Answer] | None = None


PROBES: Final = (Errand("/health", probes=True), Errand("/metrics", probes=True))
"""What supervisors ask."""


class BudgetGate:
    """An ASGI app around another one: who is over budget gets 429 before anything is read of the body."""

    def __init__(
        self,
        app: ASGIApp,
        callers: Callers,
        accounts: Accounts,
        errands: Sequence[Errand],
        *,
        counted: Counter,
        clock_s: Callable[[], float],
    ) -> None:
        """The first errand that fits decides; `clock_s` counts seconds and never goes back."""
        self._app = app
        self._callers = callers
        self._accounts = accounts
        self._errands = (*errands, Errand("/"))
        self._counted = counted
        self._clock_s = clock_s

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != ScopeType.HTTP or self._callers.is_service(scope):
            return self._app(scope, receive, send)
        errand = self._errand(scope)
        if errand.cost == 0 or (errand.probes and _from_loopback(scope)):
            return self._app(scope, receive, send)
        return self._count(errand, scope, receive, send)

    async def _count(self, errand: Errand, scope: HTTPScope, receive: Receive, send: Send) -> None:
        caller = self._callers.of(scope)
        name, running = f"{caller.kind} {errand.apart} {caller.name}", self._accounts.running
        running[name] += 1
        try:
            refusal = await self._refusal(caller.kind, errand, name)
            if refusal is None:
                await self._app(scope, receive, send)
            else:
                body, headers = refusal
                # what a stranger has sent ahead on this connection is not even looked at
                ending = {"connection": "close"} if caller.kind == "address" else {}
                for message in bare_answer(429, body, {**headers, **ending}):
                    await send(message)
        finally:
            running[name] -= 1
            if not running[name]:
                del running[name]

    def _errand(self, scope: HTTPScope) -> Errand:
        path, method = head_of(scope).path(scope), scope["method"]
        return next(each for each in self._errands if path.startswith(each.prefix) and each.method in {None, method})

    async def _refusal(self, kind: Counted, errand: Errand, name: str) -> Answer | None:
        """The answer to who is over budget; None for everybody else, who has then paid."""
        accounts = self._accounts
        at_once = accounts.of(kind).at_once
        if accounts.running[name] > min(at_once, errand.at_once or at_once):
            limit, wait_s = "at_once", _ENDS_SOON_S
        else:
            limit, wait_s = "per_minute", await accounts.spending[kind].take(name, errand.cost, self._clock_s())
        if wait_s <= 0 and errand.daily is not None and kind == "address":
            limit, wait_s = "per_day", await errand.daily.take(name)
        if wait_s <= 0:
            return None
        self._counted.labels(kind, limit).inc()
        if errand.refusal is not None:
            return errand.refusal(wait_s)
        sentence = _SENTENCES[kind, limit].format(seconds=ceil(wait_s))
        code = "daily_limit" if limit == "per_day" else "too_many_requests"
        return render_problem(ProblemRule(429, code, detail=sentence, retry_after_s=wait_s))


def _from_loopback(scope: HTTPScope) -> bool:
    client = scope.get("client")
    try:
        return ip_address(client[0] if client else "").is_loopback
    except ValueError:
        return False
