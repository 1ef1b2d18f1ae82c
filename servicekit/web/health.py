"""Whether the process lives, whether it can serve, and what it serves without."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.types import HTTPResponseStartEvent

from kernel.contracts.problem import FieldError
from kernel.errors import DomainError
from servicekit.web.problems import ProblemRule, problem_response

Check = Callable[[], Awaitable[None]]

_RETRY_AFTER_S: Final = 5.0
_FRESH_S: Final = 1.0
"""For so long an answer is given again: checks cost more than whoever asks."""
_HELPER_S: Final = 1.0


class Notice:
    """Of a process that was asked to stop and serves on for a moment: who sends it work can look elsewhere meanwhile.

    `/health/ready` says so, and each answer is the last one of its connection.
    """

    __slots__ = ("given",)

    def __init__(self) -> None:
        self.given = False

    def give(self) -> None:
        """From now on; there is no way back."""
        self.given = True

    def part(self, message: HTTPResponseStartEvent) -> None:
        """Once notice is given, the connection ends with this answer.

        A connection that is kept would be closed by the end of the process, perhaps just as it is used again.
        """
        if self.given:
            fields = [each for each in message["headers"] if each[0].lower() != b"connection"]
            message["headers"] = [*fields, (b"connection", b"close")]


class Degraded(DomainError):
    """Something is away that the service works without; the sentence says what still works."""


def helper(check: Check, without: str, *, timeout_s: float = _HELPER_S) -> Check:
    """A check of something the service can do without: whatever is wrong with it is a Degraded."""

    async def look() -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await check()
        except Degraded:
            raise
        except Exception as error:
            raise Degraded(without) from error

    return look


@dataclass(frozen=True, slots=True)
class Found:
    """What the checks found: by name, in words."""

    failed: tuple[FieldError, ...]
    degraded: Mapping[str, str]


class Readiness:
    """Runs the checks, once a second at most and once for all who ask meanwhile."""

    def __init__(
        self, checks: Mapping[str, Check], *, timeout_s: float, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._checks = checks
        self._timeout_s = timeout_s
        self._clock_s = clock_s
        self._asking = asyncio.Lock()
        self._found: Found | None = None
        self._until_s = 0.0

    async def found(self) -> Found:
        """What was found a moment ago."""
        async with self._asking:
            if self._found is None or self._clock_s() >= self._until_s:
                before, self._found = self._found, await self._look()
                self._until_s = self._clock_s() + _FRESH_S
                if before != self._found:
                    self._tell(self._found)
            return self._found

    async def _look(self) -> Found:
        results = await asyncio.gather(*(_run(check, self._timeout_s) for check in self._checks.values()))
        failed, degraded = list[FieldError](), dict[str, str]()
        for name, result in zip(self._checks, results, strict=True):
            if isinstance(result, Degraded):
                degraded[name] = str(result)
            elif result is not None:
                failed.append(FieldError(name, _in_words(result)))
        return Found(tuple(failed), degraded)

    def _tell(self, found: Found) -> None:
        log = structlog.get_logger(__name__)
        for failure in found.failed:
            log.warning("health_check_failed", check=failure.field, reason=failure.message)
        for name, sentence in found.degraded.items():
            log.warning("health_degraded", check=name, reason=sentence)


def health_routes(
    checks: Mapping[str, Check], *, timeout_s: float = 2.0, notice: Notice | None = None
) -> list[HTTPRouteHandler]:
    """GET /health/live and GET /health/ready; a check is bad when it raises or takes longer than `timeout_s`."""
    asked = notice or Notice()
    readiness = Readiness(checks, timeout_s=timeout_s)

    @get("/health/live", operation_id="HealthLive", include_in_schema=False)
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @get("/health/ready", operation_id="HealthReady", include_in_schema=False)
    async def ready() -> Response[Any]:
        if asked.given:
            rule = ProblemRule(503, "not_ready", retry_after_s=_RETRY_AFTER_S)
            return problem_response(rule, "The service was asked to stop and takes nothing new.")
        found = await readiness.found()
        if found.failed:
            names = ", ".join(failure.field for failure in found.failed)
            rule = ProblemRule(503, "not_ready", retry_after_s=_RETRY_AFTER_S, errors=found.failed)
            return problem_response(rule, f"The service cannot serve because of: {names}.")
        if found.degraded:
            return Response({"status": "degraded", "checks": sorted(checks), "degraded": dict(found.degraded)})
        return Response({"status": "ok", "checks": sorted(checks)})

    return [live, ready]


async def _run(check: Check, timeout_s: float) -> Exception | None:
    try:
        async with asyncio.timeout(timeout_s):
            await check()
    except TimeoutError:
        return DomainError(f"No answer within {timeout_s:g} s.")
    except Exception as error:  # noqa: BLE001 - whatever a check raises means not ready
        return error
    return None


def _in_words(error: Exception) -> str:
    """Our own sentence; of any other error only its kind, as its text may hold an address."""
    return str(error) if isinstance(error, DomainError) and str(error) else type(error).__name__
