from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from predictor_service.settings import Settings
from servicekit.base.logs import configure_logs
from servicekit.web.api_keys import ApiKeys
from tests.predictor.support import INTERNAL, KEY, Predictor, assert_problem, running
from tests.predictor.tracks import gpx

GUARDED = [
    ("POST", f"{INTERNAL}/strava/connected"),
    ("POST", f"{INTERNAL}/predict"),
    ("GET", f"{INTERNAL}/profile?telegram_id=42"),
    ("POST", f"{INTERNAL}/profiles/batch"),
    ("POST", f"{INTERNAL}/distributions"),
    ("POST", f"{INTERNAL}/routes"),
    ("GET", f"{INTERNAL}/routes/x"),
    ("POST", f"{INTERNAL}/activities?telegram_id=42"),
    ("POST", "/strava/sync?athlete_id=1"),
    ("GET", "/strava/rate-limit-status"),
    ("GET", "/strava/sync/status?athlete_id=1"),
    ("GET", "/strava/sync/history?athlete_id=1"),
]


@pytest.mark.parametrize("key", ["", "wrong", KEY[:-1], KEY + "x", KEY.upper(), "\u00e9".encode()])
async def test_nobody_enters_without_the_key(predictor: Predictor, key: str | bytes):
    for method, path in GUARDED:
        answer = await predictor.http.request(method, path, headers={"X-API-Key": key})
        assert_problem(answer, 401, "invalid_api_key")


async def test_without_a_configured_key_everything_internal_answers_503(settings: Settings, now: datetime):
    async with running(replace(settings, api_keys=ApiKeys()), lambda: now) as closed:
        for method, path in GUARDED:
            answer = await closed.http.request(method, path)
            assert_problem(answer, 503, "internal_api_not_configured")
            assert int(answer.headers["retry-after"]) > 0


async def test_the_key_given_twice_opens_nothing(predictor: Predictor):
    headers = [("X-API-Key", KEY), ("X-API-Key", KEY)]
    answer = await predictor.http.get(f"{INTERNAL}/profile?telegram_id=42", headers=headers)
    assert answer.status_code == 401


async def test_keys_change_without_a_gap(settings: Settings, now: datetime):
    clock = [now]
    keys = ApiKeys.parse(f"new:key-2,old:key-1@{(now + timedelta(hours=1)).astimezone(UTC).isoformat()}")
    tick: Callable[[], datetime] = lambda: clock[0]  # noqa: E731 - a clock that the test turns
    async with running(replace(settings, api_keys=keys), tick) as rotating:

        async def status(key: str) -> int:
            path = f"{INTERNAL}/profile?telegram_id=42"
            return (await rotating.http.get(path, headers={"X-API-Key": key})).status_code

        assert (await status("key-1"), await status("key-2")) == (200, 200)
        clock[0] += timedelta(hours=2)
        assert (await status("key-1"), await status("key-2")) == (401, 200)


async def test_the_key_is_in_no_log_and_no_answer(predictor: Predictor):
    log = io.StringIO()
    configure_logs("DEBUG", "json", stream=log)
    try:
        answers = [
            await predictor.profile(),
            await predictor.upload_route(gpx()),
            await predictor.upload_route(b"<html>"),
            await predictor.http.get(f"{INTERNAL}/nowhere"),
            await predictor.http.get(f"{INTERNAL}/profile", headers={"X-API-Key": KEY + "x"}),
        ]
    finally:
        configure_logs("CRITICAL", "console")
    assert "/api/v1/internal/profile" in log.getvalue()
    for text in (log.getvalue(), *(f"{answer.headers}{answer.text}" for answer in answers)):
        assert KEY not in text
