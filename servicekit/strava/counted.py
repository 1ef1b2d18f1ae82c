"""One call that Strava counts: permitted before it is sent, and its answer taken for what it says of the limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from kernel.strava.quota import Kind, Priority, QuotaExhausted
from servicekit.http.errors import UpstreamDeadline
from servicekit.http.response import ApiResponse
from servicekit.strava.errors import AnswerLost, RateLimited
from servicekit.strava.permits import Permit
from servicekit.strava.quota import QuotaLedger, QuotaUncounted


async def counted(
    quota: QuotaLedger, kind: Kind, priority: Priority, send: Callable[[], Awaitable[ApiResponse]]
) -> ApiResponse:
    """The answer, whatever its status; what was not sent costs nothing. Raises RateLimited, and what `send` raises."""
    permit = await _permit(quota, kind, priority)
    asked_at_s = quota.clock.steady_s()
    try:
        answer = await send()
    except (AnswerLost, UpstreamDeadline) as lost:
        if not lost.sent:
            await permit.give_back()
        raise
    await quota.observe(answer.headers, asked_at_s=asked_at_s)
    return answer


async def _permit(quota: QuotaLedger, kind: Kind, priority: Priority) -> Permit:
    try:
        return await quota.acquire(kind, priority)
    except QuotaExhausted as exhausted:
        why = str(exhausted) if isinstance(exhausted, QuotaUncounted) else None
        raise RateLimited(datetime.fromtimestamp(exhausted.retry_at_s, UTC), told=False, why=why) from exhausted
