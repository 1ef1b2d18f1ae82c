"""The predictor as ayda sees it (the GPXPredictorClient of the founding documents)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal

from kernel.contracts.connection import (
    ErasureReceipt,
    EventTaken,
    StravaConnected,
    StravaDisconnected,
    StravaEvent,
    SyncTriggered,
)
from kernel.contracts.prediction import Mode, Prediction, PredictRequest
from kernel.contracts.profile import Profile, ProfileBatch, ProfilesRequest
from kernel.contracts.route import RaceList, Route
from kernel.retry import BACKOFF_MAX_S, backoff_s
from servicekit.http.client import ApiClient
from servicekit.http.errors import UpstreamUnavailable
from servicekit.jobs import Snooze

INTERNAL: Final = "/api/v1/internal"
UPLOAD_TIMEOUT_S: Final = 30.0
MAX_EXPORT_BYTES: Final = 64 * 1024 * 1024


class PredictorClient:
    """Typed calls. Each raises an UpstreamError (`servicekit.http`); a refusal carries the predictor's problem."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    async def connected(self, notice: StravaConnected) -> SyncTriggered:
        """Tells that a member has connected Strava; telling it again is harmless, so it is retried."""
        answer = await self._client.request("POST", f"{INTERNAL}/strava/connected", json=notice, retry=True)
        return answer.expect(200).decode(SyncTriggered)

    async def event(self, event: StravaEvent) -> EventTaken:
        """Tells that something happened to an activity; its id makes telling it again harmless."""
        answer = await self._client.request("POST", f"{INTERNAL}/strava/events", json=event, retry=True)
        return answer.expect(202).decode(EventTaken)

    async def disconnected(self, notice: StravaDisconnected) -> ErasureReceipt:
        """Has everything erased that came from a member's Strava; the second time there is nothing left to erase."""
        answer = await self._client.request("POST", f"{INTERNAL}/strava/disconnected", json=notice, retry=True)
        return answer.expect(200).decode(ErasureReceipt)

    async def erase(self, telegram_id: str) -> ErasureReceipt:
        """Has everything erased that is stored about a member."""
        answer = await self._client.request("DELETE", f"{INTERNAL}/athletes/{telegram_id}")
        return answer.expect(200).decode(ErasureReceipt)

    async def export(self, telegram_id: str) -> dict[str, Any]:
        """Everything that is stored about a member, by table."""
        path = f"{INTERNAL}/athletes/{telegram_id}/export"
        answer = await self._client.request(
            "GET", path, max_response_bytes=MAX_EXPORT_BYTES, timeout_s=UPLOAD_TIMEOUT_S
        )
        return answer.expect(200).decode(dict[str, Any])

    async def predict(self, request: PredictRequest, *, idempotency_key: str | None = None) -> Prediction:
        """How long a route takes a member."""
        answer = await self._client.request(
            "POST", f"{INTERNAL}/predict", json=request, idempotency_key=idempotency_key
        )
        return answer.expect(200).decode(Prediction)

    async def profile(self, telegram_id: str, mode: Mode) -> Profile:
        """One member's profile."""
        query = {"telegram_id": telegram_id, "type": mode}
        answer = await self._client.request("GET", f"{INTERNAL}/profile", params=query)
        return answer.expect(200).decode(Profile)

    async def profiles(
        self, telegram_ids: list[str], mode: Mode, *, purpose: Literal["own", "matching"] = "own"
    ) -> list[Profile]:
        """Profiles of up to 1,000 members, in the order asked for."""
        request = ProfilesRequest(telegram_ids=telegram_ids, type=mode, purpose=purpose)
        answer = await self._client.request("POST", f"{INTERNAL}/profiles/batch", json=request, retry=True)
        return answer.expect(200).decode(ProfileBatch).profiles

    async def add_route(self, gpx: bytes) -> Route:
        """Stores a course; the same course again is the same route, so it is retried."""
        headers = {"Content-Type": "application/gpx+xml"}
        answer = await self._client.request(
            "POST", f"{INTERNAL}/routes", content=gpx, headers=headers, retry=True, timeout_s=UPLOAD_TIMEOUT_S
        )
        return answer.expect(200, 201).decode(Route)

    async def route(self, route_id: str) -> Route:
        """A stored course."""
        answer = await self._client.request("GET", f"{INTERNAL}/routes/{route_id}")
        return answer.expect(200).decode(Route)

    async def races(self) -> RaceList:
        """The race catalogue."""
        answer = await self._client.request("GET", "/api/v1/races")
        return answer.expect(200).decode(RaceList)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()


class Outages:
    """How long deliveries wait while the predictor is away; what one learns holds for the others of the process."""

    def __init__(self) -> None:
        self._in_a_row = 0

    @contextmanager
    def waited_out(self) -> Iterator[None]:
        """Makes an outage that is met within a Snooze, which costs no attempt."""
        try:
            yield
        except UpstreamUnavailable as outage:
            self._in_a_row += 1
            wait_s = max(outage.retry_after_s or 0.0, backoff_s(self._in_a_row))
            raise Snooze(min(BACKOFF_MAX_S, wait_s), "predictor_unavailable") from outage
        self._in_a_row = 0
