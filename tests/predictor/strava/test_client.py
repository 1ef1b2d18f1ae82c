from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from kernel.contracts.connection import StravaToken
from kernel.contracts.sync import WindowUsage
from kernel.strava.quota import Limits, Priority
from predictor_service.strava.client import AthletesActivities
from servicekit.strava.access import Retries
from servicekit.strava.client import Patience, StravaClient, strava_http
from servicekit.strava.counters import QuotaStore
from servicekit.strava.errors import (
    AppInactive,
    NotFound,
    RateLimited,
    ReauthRequired,
    RequestRefused,
    ScopeMissing,
    StravaError,
    StravaUnavailable,
    TokenRefused,
    UnreadableAnswer,
)
from servicekit.strava.outages.watch import Outage
from servicekit.strava.quota import QuotaLedger

NOW = datetime(2026, 6, 1, 12, 3, tzinfo=UTC)
TOKEN = "canary-access-token"
LATER = datetime(2026, 6, 1, 12, 15, 2, tzinfo=UTC)


class Tokens:
    """A source that numbers its tokens, and remembers whom it was told to forget."""

    def __init__(self, *, athlete_id: int = 7, scope: str = "read,activity:read_all") -> None:
        self.athlete_id, self.scope = athlete_id, scope
        self.forced: list[bool] = []
        self.dropped: list[str] = []

    async def token(self, telegram_id: str, *, force: bool = False) -> StravaToken:  # noqa: ARG002 - the seam's
        self.forced.append(force)
        return StravaToken(TOKEN, self.athlete_id, self.scope, 2_000_000_000)

    def drop(self, telegram_id: str) -> None:
        self.dropped.append(telegram_id)


class Strava:
    def __init__(
        self,
        status: int = 200,
        body: Any = b"[]",
        headers: Mapping[str, str] | None = None,
        *,
        tokens: Tokens | None = None,
    ) -> None:
        self.status, self.headers = status, dict(headers or {})
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.requests: list[httpx.Request] = []
        self.tokens = tokens or Tokens()
        self.quota = QuotaLedger(QuotaStore(), now=lambda: NOW, limits=Limits((100, 1000), (200, 2000)))
        http = strava_http("http://strava/api/v3", now=lambda: NOW, transport=httpx.MockTransport(self._answer))
        client = StravaClient(
            http, self.quota, Outage(lambda: NOW), retries=Retries(most=0), patience=Patience(lambda: NOW)
        )
        self.athlete = AthletesActivities(client, self.tokens, "42", 7)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status, content=self.body, headers=self.headers)

    async def list(self, **options: Any) -> Any:
        return await self.athlete.list_activities(priority=Priority.INTERACTIVE, **options)


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
    streams = await strava.athlete.streams(7, ("time", "altitude"), priority=Priority.DEEP)
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
        (403, {"message": "Forbidden", "errors": []}, RequestRefused),
        (302, b"", RequestRefused),
        (200, b"<html>", UnreadableAnswer),
        (200, b'{"message": "no list"}', UnreadableAnswer),
    ],
)
async def test_each_refusal_has_its_own_error(status: int, body: Any, error: type[StravaError]):
    strava = Strava(status, body)
    with pytest.raises(error) as caught:
        await strava.list()
    assert TOKEN not in str(caught.value)


async def test_a_refused_token_is_renewed_once_in_a_run_and_then_forgotten():
    strava = Strava(401, fault("Athlete", "access_token", "invalid"))
    for _ in range(2):
        with pytest.raises(TokenRefused):
            await strava.list()
    assert strava.tokens.forced == [False, True, False]
    assert strava.tokens.dropped == ["42", "42"]
    assert len(strava.requests) == 3


async def test_another_athletes_token_is_never_sent():
    strava = Strava(tokens=Tokens(athlete_id=8))
    with pytest.raises(ReauthRequired):
        await strava.list()
    assert strava.tokens.forced == [False, True]
    assert strava.requests == []


async def test_a_token_without_the_scope_is_never_sent():
    strava = Strava(tokens=Tokens(scope="read"))
    with pytest.raises(ScopeMissing):
        await strava.list()
    assert strava.requests == []


async def test_each_call_is_counted_and_the_headers_correct_the_count():
    strava = Strava(headers={"X-ReadRateLimit-Limit": "300,3000", "X-ReadRateLimit-Usage": "66,209"})
    await strava.list()
    status = await strava.quota.status()
    assert (status.requests_15min, status.requests_day) == (66, 209)
    assert status.read == WindowUsage((66, 209), (300, 3000))
    assert (status.remaining_15min, status.remaining_day) == (199, 1999), "of the overall limit, which is not named"


async def test_an_empty_quota_is_known_before_the_call():
    strava = Strava(headers={"X-ReadRateLimit-Limit": "100,1000", "X-ReadRateLimit-Usage": "100,400"})
    await strava.list()
    with pytest.raises(RateLimited) as caught:
        await strava.list()
    assert caught.value.retry_at == LATER
    assert len(strava.requests) == 1


async def test_after_a_429_nobody_asks_again_in_this_window():
    strava = Strava(429)
    for _ in range(2):
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
    assert listed.entries == 5, "they are counted: an odd one is not the end of the list"
    assert [(each.id, each.sport, each.distance_m) for each in listed.activities] == [
        (2**40, "Run", 0.0),
        (4, "Hike", 0.0),
    ]
    assert all(each.start_date.tzinfo is not None for each in listed.activities)


async def test_an_entry_is_listed_without_its_odd_values():
    whole = {"id": 1, "start_date": "2026-05-01T06:00:00Z", "sport_type": "Run", "distance": 9000.0}
    entries = [{**whole, "distance": "far", "trainer": 3, "elapsed_time": 60}, {**whole, "id": "x"}, {"id": 3}, whole]
    listed = await Strava(body=entries).list()
    assert [(each.id, each.distance, each.trainer, each.elapsed_time) for each in listed.activities] == [
        (1, None, None, 60.0),
        (1, 9000.0, None, None),
    ]
