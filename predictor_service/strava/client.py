"""Strava's API, as far as the predictor reads it: each call with a permit, each answer's headers learned from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NoReturn, Protocol, TypeVar

import msgspec
import structlog

from kernel.contracts.sync import RateLimitStatus
from kernel.strava.faults import FaultKind, parse_fault
from kernel.strava.quota import Kind, Priority, QuotaExhausted, reopens_at_s
from predictor_service.strava.errors import (
    AppInactive,
    NotFound,
    RateLimited,
    ScopeMissing,
    StravaFault,
    StravaUnavailable,
    TokenRefused,
    UnreadableAnswer,
)
from predictor_service.strava.wire import Detail, Streams, Summary
from servicekit.http.client import ApiClient, ApiResponse, BadUpstreamResponse, UpstreamUnavailable

T = TypeVar("T")

MAX_STREAMS_BYTES: Final = 64 * 1024 * 1024


class Quota(Protocol):
    """Permits for calls to Strava."""

    async def acquire(self, kind: Kind, priority: Priority) -> None:
        """Returns when the call may be made. Raises QuotaExhausted."""
        ...

    async def observe(self, headers: Mapping[str, str], *, sent_at_s: float | None = None) -> None:
        """Learns limits and usage from an answer."""
        ...

    async def refused(self, kind: Kind) -> None:
        """Strava answered 429."""
        ...

    async def status(self) -> RateLimitStatus:
        """The buckets now."""
        ...


class StravaApi:
    """Reads an athlete's activities; every method raises StravaFault (see `errors`), whatever Strava does."""

    def __init__(self, client: ApiClient, quota: Quota, now: Callable[[], datetime]) -> None:
        """`client` must not repeat calls by itself: each try needs a permit of its own."""
        self._client = client
        self._quota = quota
        self._now = now

    async def list_activities(
        self,
        token: str,
        *,
        before: datetime | None = None,
        after: datetime | None = None,
        page: int = 1,
        per_page: int = 200,
        priority: Priority,
    ) -> Sequence[Summary]:
        """One page of the athlete's activities, empty past the end.

        Newest first, but oldest first with `after` alone. An entry that cannot be understood is left out.
        """
        params: dict[str, Any] = {"page": page, "per_page": per_page}
        if before is not None:
            params["before"] = int(before.timestamp())
        if after is not None:
            params["after"] = int(after.timestamp())
        answer = await self._get("/athlete/activities", token, params, priority)
        return _summaries(_decoded(answer, list[msgspec.Raw], "the list of activities"))

    async def activity(self, token: str, activity_id: int, *, priority: Priority) -> Detail:
        """The detailed activity."""
        answer = await self._get(f"/activities/{activity_id}", token, {}, priority)
        return _decoded(answer, Detail, "an activity")

    async def streams(self, token: str, activity_id: int, keys: Sequence[str], *, priority: Priority) -> Streams:
        """The streams of these keys that the activity has. Raises NotFound when it has none, as typed-in ones do."""
        params = {"keys": ",".join(keys), "key_by_type": "true"}
        answer = await self._get(f"/activities/{activity_id}/streams", token, params, priority)
        return _decoded(answer, Streams, "the streams of an activity")

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def _get(self, path: str, token: str, params: Mapping[str, Any], priority: Priority) -> ApiResponse:
        try:
            await self._quota.acquire("read", priority)
        except QuotaExhausted as exhausted:
            raise RateLimited(datetime.fromtimestamp(exhausted.retry_at_s, UTC)) from exhausted
        sent_at_s = self._now().timestamp()
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = await self._client.request(
                "GET", path, params=params, headers=headers, retry=False, max_response_bytes=MAX_STREAMS_BYTES
            )
        except UpstreamUnavailable as error:
            raise StravaUnavailable(retry_after_s=error.retry_after_s) from error
        except BadUpstreamResponse as error:
            raise UnreadableAnswer("this request") from error
        await self._quota.observe(answer.headers, sent_at_s=sent_at_s)
        if answer.status != 200:
            await self._refuse(answer)
        return answer

    async def _refuse(self, answer: ApiResponse) -> NoReturn:
        kind = parse_fault(answer.status, answer.content).kind
        if kind is FaultKind.RATE_LIMITED:
            await self._quota.refused("read")
            raise RateLimited(reopens_at(answer.headers, self._now()))
        error = _ERRORS.get(kind)
        if error is None:
            structlog.get_logger(__name__).warning("strava_refused", status=answer.status, kind=kind.value)
            raise UnreadableAnswer(f"this request (status {answer.status})")
        raise error()


_ERRORS: Final[Mapping[FaultKind, Callable[[], StravaFault]]] = {
    FaultKind.BAD_ACCESS_TOKEN: TokenRefused,
    FaultKind.SCOPE_MISSING: ScopeMissing,
    FaultKind.APP_INACTIVE: AppInactive,
    FaultKind.NOT_FOUND: NotFound,
    FaultKind.TRANSIENT: StravaUnavailable,
}


def reopens_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """When Strava answers again after a 429."""
    return datetime.fromtimestamp(reopens_at_s(headers, now.timestamp()), UTC)


def _decoded(answer: ApiResponse, kind: type[T], what: str) -> T:
    try:
        return answer.decode(kind)
    except BadUpstreamResponse as error:
        raise UnreadableAnswer(what) from error


def _summaries(entries: Sequence[msgspec.Raw]) -> list[Summary]:
    """The entries that can be understood; the others are counted in the log: an odd one must not hide the rest."""
    understood: list[Summary] = []
    for entry in entries:
        try:
            summary = msgspec.json.decode(entry, type=Summary)
        except (msgspec.DecodeError, ValueError):
            continue
        if summary.start_date.tzinfo is None:
            summary = msgspec.structs.replace(summary, start_date=summary.start_date.replace(tzinfo=UTC))
        understood.append(summary)
    if len(understood) < len(entries):
        structlog.get_logger(__name__).warning("activities_not_understood", count=len(entries) - len(understood))
    return understood
