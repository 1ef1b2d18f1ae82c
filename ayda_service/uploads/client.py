"""Strava's uploads: each call with a permit, each answer's limits learned from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, NoReturn

import msgspec

from ayda_service.uploads.errors import (
    LimitReached,
    NoAnswer,
    ServerTrouble,
    TokenRefused,
    UploadHopeless,
    UploadUnknown,
)
from kernel.strava.faults import FaultKind, parse_fault
from kernel.strava.quota import Kind, Priority, QuotaExhausted, reopens_at_s
from servicekit.http.client import ApiClient, ApiResponse, BadUpstreamResponse, UpstreamUnavailable
from servicekit.strava.quota import QuotaLedger

SEND_TIMEOUT_S: Final = 60.0
_SERVER_ERROR: Final = 500
_OUTAGE: Final = frozenset({FaultKind.TRANSIENT, FaultKind.APP_INACTIVE, FaultKind.APP_MISCONFIGURED})
_PERMISSION: Final = "Strava was connected without the permission to receive activities."


StravaId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class UploadAnswer(msgspec.Struct, frozen=True):
    """What Strava says about an upload; `kernel.strava.uploads.judge` understands it."""

    id: StravaId
    error: str | None = None
    status: str | None = None
    activity_id: StravaId | None = None


class StravaUploads:
    """Calls that raise NoAnswer, ServerTrouble, LimitReached, TokenRefused, UploadHopeless or UploadUnknown."""

    def __init__(self, client: ApiClient, quota: QuotaLedger, now: Callable[[], datetime]) -> None:
        self._client = client
        self._quota = quota
        self._now = now

    async def send(self, token: str, packed: bytes, form: Mapping[str, str]) -> UploadAnswer:
        """Sends a file. Strava knows the same `external_id` again and calls it a duplicate."""
        file = {"file": (form["external_id"], packed, "application/octet-stream")}
        answer = await self._call("upload", "POST", "/uploads", token, files=file, form=form, timeout_s=SEND_TIMEOUT_S)
        return _decoded(answer)

    async def poll(self, token: str, upload_id: int) -> UploadAnswer:
        """What has become of a file that was sent."""
        return _decoded(await self._call("read", "GET", f"/uploads/{upload_id}", token))

    async def answers(self, token: str) -> bool:
        """Whether Strava works for this athlete at all, asked with its simplest question."""
        try:
            await self._call("read", "GET", "/athlete", token)
        except (NoAnswer, ServerTrouble):
            return False
        except (TokenRefused, UploadHopeless, UploadUnknown):
            return True
        return True

    async def close(self) -> None:
        """Closes the connections and the quota's store."""
        await self._client.close()
        await self._quota.close()

    async def _call(self, kind: Kind, method: str, path: str, token: str, **arguments: Any) -> ApiResponse:
        try:
            await self._quota.acquire(kind, Priority.WEBHOOK)
        except QuotaExhausted as exhausted:
            raise LimitReached(_moment(exhausted.retry_at_s), told=False) from exhausted
        sent_at_s = self._now().timestamp()
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = await self._client.request(method, path, headers=headers, retry=False, **arguments)
        except (UpstreamUnavailable, BadUpstreamResponse) as lost:
            raise NoAnswer from lost
        await self._quota.observe(answer.headers, sent_at_s=sent_at_s)
        if answer.status not in {200, 201}:
            await self._refuse(answer, kind)
        return answer

    async def _refuse(self, answer: ApiResponse, kind: Kind) -> NoReturn:
        found = parse_fault(answer.status, answer.content).kind
        if found is FaultKind.RATE_LIMITED:
            await self._quota.refused(kind)
            raise LimitReached(_moment(reopens_at_s(answer.headers, self._now().timestamp())), told=True)
        if found in _OUTAGE or answer.status >= _SERVER_ERROR:
            raise ServerTrouble(answer.status)
        if found is FaultKind.BAD_ACCESS_TOKEN:
            raise TokenRefused
        if found is FaultKind.NOT_FOUND:
            raise UploadUnknown
        raise UploadHopeless(
            _PERMISSION if found is FaultKind.SCOPE_MISSING else f"Strava refused the file (status {answer.status})."
        )


def _moment(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)


def _decoded(answer: ApiResponse) -> UploadAnswer:
    try:
        return answer.decode(UploadAnswer)
    except BadUpstreamResponse as error:
        raise NoAnswer from error
