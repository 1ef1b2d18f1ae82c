from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.strava.quota import Limits, Priority
from predictor_service.strava.client import StravaApi, reopens_at
from servicekit.strava.errors import (
    AppInactive,
    NotFound,
    RateLimited,
    ScopeMissing,
    StravaFault,
    StravaUnavailable,
    TokenRefused,
    UnreadableAnswer,
)
from servicekit.http.client import ApiClient
from servicekit.strava.quota import MemoryQuotaStore, QuotaLedger

NOW = datetime(2026, 6, 1, 12, 3, tzinfo=UTC)
TOKEN = "canary-access-token"
LATER = datetime(2026, 6, 1, 12, 15, 2, tzinfo=UTC)


class Strava:
    def __init__(self, status: int = 200, body: Any = b"[]", headers: Mapping[str, str] | None = None) -> None:
        self.status, self.headers = status, dict(headers or {})
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.requests: list[httpx.Request] = []
        self.quota = QuotaLedger(MemoryQuotaStore(), now=lambda: NOW, limits=Limits((100, 1000), (200, 2000)))
        client = ApiClient("http://strava/api/v3", "strava", transport=httpx.MockTransport(self._answer))
        self.api = StravaApi(client, self.quota, lambda: NOW)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status, content=self.body, headers=self.headers)

    async def list(self, **options: Any) -> Any:
        return await self.api.list_activities(TOKEN, priority=Priority.INTERACTIVE, **options)


def fault(resource: str, field: str, code: str) -> dict[str, Any]:
    return {"message": "x", "errors": [{"resource": resource, "field": field, "code": code}]}


async def test_a_call_is_what_strava_documents():
    strava = Strava()
    await strava.list(before=NOW, page=2, per_page=50)
    (request,) = strava.requests
    assert request.url.path == "/api/v3/athlete/activities"
    assert dict(request.url.params) == {"page": "2", "per_page": "50", "before": str(int(NOW.timestamp()))}
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert "X-Request-ID" not in request.headers, "nothing of ours leaks to Strava"


async def test_streams_are_asked_for_by_key_and_type():
    strava = Strava(
        body={"time": {"data": [0, 1]}, "altitude": {"data": [None, 5]}, "latlng": {"data": [[0, 0], None]}}
    )
    streams = await strava.api.streams(TOKEN, 7, ("time", "altitude"), priority=Priority.DEEP)
    assert dict(strava.requests[0].url.params) == {"keys": "time,altitude", "key_by_type": "true"}
    assert streams.altitude is not None
    assert streams.altitude.data == [None, 5]
    assert streams.distance is None


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, fault("Athlete", "access_token", "invalid"), TokenRefused),
        (401, fault("AccessToken", "activity:read_permission", "missing"), ScopeMissing),
        (403, fault("Application", "Status", "Inactive"), AppInactive),
        (404, fault("Activity", "", "not found"), NotFound),
        (404, b"", NotFound),
        (429, fault("Application", "rate limit", "exceeded"), RateLimited),
        (500, b"<html>", StravaUnavailable),
        (503, b"", StravaUnavailable),
        (403, {"message": "Forbidden", "errors": []}, UnreadableAnswer),
        (302, b"", UnreadableAnswer),
        (200, b"<html>", UnreadableAnswer),
        (200, b'{"message": "no list"}', UnreadableAnswer),
    ],
)
async def test_each_refusal_has_its_own_error(status: int, body: Any, error: type[StravaFault]):
    strava = Strava(status, body)
    with pytest.raises(error) as caught:
        await strava.list()
    assert TOKEN not in str(caught.value)
    assert len(strava.requests) == 1, "a call is not repeated: each needs a permit of its own"


async def test_each_call_is_counted_and_the_headers_correct_the_count():
    strava = Strava(headers={"X-ReadRateLimit-Limit": "300,3000", "X-ReadRateLimit-Usage": "66,209"})
    await strava.list()
    status = await strava.quota.status()
    assert (status.requests_15min, status.requests_day) == (66, 209)
    assert (status.remaining_15min, status.remaining_day) == (234, 2791)


async def test_an_empty_quota_is_known_before_the_call():
    strava = Strava(headers={"X-ReadRateLimit-Limit": "100,1000", "X-ReadRateLimit-Usage": "100,400"})
    await strava.list()
    with pytest.raises(RateLimited) as caught:
        await strava.list()
    assert caught.value.retry_at == LATER
    assert len(strava.requests) == 1


async def test_after_a_429_nobody_asks_again_in_this_window():
    strava = Strava(429)
    with pytest.raises(RateLimited):
        await strava.list()
    with pytest.raises(RateLimited):
        await strava.list()
    assert len(strava.requests) == 1


async def test_an_odd_entry_does_not_hide_the_others():
    entries = [
        {"id": 2**40, "start_date": "2026-05-01T10:00:00Z", "sport_type": "Run", "distance": None},
        {"id": "not a number", "start_date": "2026-05-01T10:00:00Z"},
        {"id": 3, "start_date": "yesterday"},
        {"id": 4, "start_date": "2026-05-02T10:00:00", "type": "Hike"},
        7,
    ]
    listed = await Strava(body=entries).list()
    assert [(each.id, each.sport, each.distance_m) for each in listed] == [(2**40, "Run", 0.0), (4, "Hike", 0.0)]
    assert all(each.start_date.tzinfo is not None for each in listed)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - made aware
    st.tuples(st.integers(0, 400), st.integers(0, 4000)),
)
def test_after_a_429_the_wait_ends_with_a_window_and_with_the_day_when_the_day_is_out(
    now: datetime, usage: tuple[int, int]
):
    headers = {"X-ReadRateLimit-Limit": "300,3000", "X-ReadRateLimit-Usage": f"{usage[0]},{usage[1]}"}
    wait_s = (reopens_at(headers, now) - now).total_seconds()
    day_is_out = usage[1] >= 3000 and usage[0] <= usage[1]
    assert 0 < wait_s <= (86_400 if day_is_out else 900) + 2
    assert reopens_at(headers, now).minute % (60 if day_is_out else 15) == 0
