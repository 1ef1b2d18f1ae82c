"""How much one address on the network may ask of public paths, and how often it may be wrong there.

Memory is bounded, whoever comes: of the addresses beyond `most`, those longest silent are forgotten. Each process
counts for itself. The address is the connection's; a proxy in front must be one the server was told to trust.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from prometheus_client import Counter

from servicekit.web.head import head_of
from servicekit.web.problems import ProblemRule, bare_answer, render_problem
from servicekit.web.visitors import network_of

MOST: Final = 20_000
_SENTENCE: Final = "Too many requests came from your address; please wait before the next one."

Answer = tuple[bytes, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Allowance:
    """`burst` at once, and again one every `every_s`."""

    burst: int
    every_s: float


class Visitors:
    """What is left to each address of an allowance."""

    def __init__(self, allowance: Allowance, *, most: int = MOST) -> None:
        self._every_s = allowance.every_s
        self._patience_s = allowance.burst * allowance.every_s
        self._most = most
        # one number for each: when all that was taken will have come back
        self._whole_at_s: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._whole_at_s)

    def wait_s(self, visitor: str, now_s: float, cost: int = 1) -> float:
        """Seconds until this visitor has so many left; 0 when there are."""
        return max(0.0, self._whole_s(visitor, now_s) + cost * self._every_s - self._patience_s - now_s)

    def take(self, visitor: str, now_s: float, cost: int = 1) -> None:
        """So many less for this visitor."""
        self._whole_at_s[visitor] = self._whole_s(visitor, now_s) + cost * self._every_s
        self._whole_at_s.move_to_end(visitor)
        # of those longest silent, also forget who has everything back
        while len(self._whole_at_s) > self._most or next(iter(self._whole_at_s.values())) <= now_s:
            self._whole_at_s.popitem(last=False)

    def taken(self, visitor: str, now_s: float) -> float:
        """What has not come back yet to this visitor."""
        return (self._whole_s(visitor, now_s) - now_s) / self._every_s

    def _whole_s(self, visitor: str, now_s: float) -> float:
        return max(self._whole_at_s.get(visitor, now_s), now_s)


def problem(wait_s: float) -> Answer:
    """The answer to who asks too much, as a problem."""
    return render_problem(ProblemRule(429, "too_many_requests", detail=_SENTENCE, retry_after_s=wait_s))


@dataclass(frozen=True, slots=True)
class Rule:
    """What begins with `prefix` takes from `visitors`: every request, or only those answered with a status of `wrong`.

    Rules may share their visitors.
    """

    prefix: str
    visitors: Visitors
    wrong: frozenset[int] | None = None
    refusal: Callable[[float], Answer] = problem


class FloodGate:
    """An ASGI app around another one: who has nothing left gets 429 before anything is read of the body."""

    def __init__(self, app: ASGIApp, rules: Sequence[Rule], counted: Counter, clock_s: Callable[[], float]) -> None:
        """The first rule whose prefix fits decides; `clock_s` counts seconds and never goes back."""
        self._app = app
        self._rules = tuple(rules)
        self._counted = counted
        self._clock_s = clock_s

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        rule = self._rule(scope) if scope["type"] == ScopeType.HTTP else None
        if rule is None or scope["type"] != ScopeType.HTTP:
            return self._app(scope, receive, send)
        return self._by(rule, scope, receive, send)

    async def _by(self, rule: Rule, scope: HTTPScope, receive: Receive, send: Send) -> None:
        visitor, now_s = visitor_of(scope), self._clock_s()
        wait_s = rule.visitors.wait_s(visitor, now_s)
        if wait_s > 0:
            self._counted.labels(rule.prefix).inc()
            for message in bare_answer(429, *rule.refusal(wait_s)):
                await send(message)
            return
        if rule.wrong is None:
            rule.visitors.take(visitor, now_s)
            await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, self._watching(send, rule, visitor))

    def _rule(self, scope: Scope) -> Rule | None:
        path = head_of(scope).path(scope)
        return next((rule for rule in self._rules if path.startswith(rule.prefix)), None)

    def _watching(self, send: Send, rule: Rule, visitor: str) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and rule.wrong and message["status"] in rule.wrong:
                rule.visitors.take(visitor, self._clock_s())
            await send(message)

        return sending


def visitor_of(scope: HTTPScope) -> str:
    """The address of who asks; of IPv6 only the network, which is one customer's whole."""
    client = scope.get("client")
    return network_of(client[0] if client else "")
