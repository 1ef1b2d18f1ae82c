"""Whether the process lives and whether it can serve."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from kernel.contracts.problem import FieldError
from servicekit.web.problems import ProblemRule, problem_response

Check = Callable[[], Awaitable[None]]

_RETRY_AFTER_S: Final = 5.0


def health_routes(checks: Mapping[str, Check], *, timeout_s: float = 2.0) -> list[HTTPRouteHandler]:
    """GET /health/live and GET /health/ready; a check is bad when it raises or takes longer than `timeout_s`."""

    @get("/health/live", operation_id="HealthLive", include_in_schema=False)
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @get("/health/ready", operation_id="HealthReady", include_in_schema=False)
    async def ready() -> Response[Any]:
        found = await asyncio.gather(*(_run(name, check, timeout_s) for name, check in checks.items()))
        failed = tuple(failure for failure in found if failure is not None)
        if not failed:
            return Response({"status": "ok", "checks": sorted(checks)})
        names = ", ".join(failure.field for failure in failed)
        rule = ProblemRule(503, "not_ready", retry_after_s=_RETRY_AFTER_S, errors=failed)
        return problem_response(rule, f"The service cannot serve because of: {names}.")

    return [live, ready]


async def _run(name: str, check: Check, timeout_s: float) -> FieldError | None:
    try:
        async with asyncio.timeout(timeout_s):
            await check()
    except TimeoutError:
        reason = f"no answer within {timeout_s:g} s"
    except Exception as error:  # noqa: BLE001 - whatever a check raises means not ready; its text may hold an address
        reason = type(error).__name__
    else:
        return None
    structlog.get_logger(__name__).warning("health_check_failed", check=name, reason=reason)
    return FieldError(name, reason)
