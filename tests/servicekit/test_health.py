from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx
import pytest
from litestar import Litestar
from structlog.testing import capture_logs

from servicekit.web.health import Check, Notice, Readiness, health_routes, helper


async def fine() -> None:
    return


async def down() -> None:
    raise ConnectionError("canary")


async def hangs() -> None:
    await asyncio.Event().wait()


async def readiness(checks: Mapping[str, Check]) -> httpx.Response:
    app = Litestar(health_routes(checks, timeout_s=0.05), openapi_config=None, logging_config=None)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:  # type: ignore[arg-type]
        assert (await client.get("/health/live")).status_code == 200
        return await client.get("/health/ready")


@pytest.mark.parametrize(
    ("checks", "failed"),
    [
        ({}, {}),
        ({"a": fine, "b": fine}, {}),
        ({"a": fine, "b": down}, {"b": "ConnectionError"}),
        ({"a": hangs, "b": hangs}, {"a": "No answer within 0.05 s.", "b": "No answer within 0.05 s."}),
    ],
)
async def test_ready_names_what_is_not(checks: Mapping[str, Check], failed: Mapping[str, str]) -> None:
    reply = await readiness(checks)
    assert reply.status_code == (503 if failed else 200)
    assert {each["field"]: each["message"] for each in reply.json().get("errors", [])} == failed
    assert "canary" not in reply.text


async def test_what_the_service_can_do_without_is_told_with_what_still_works():
    reply = await readiness({"a": fine, "redis": helper(down, "The rest works.")})
    assert reply.status_code == 200
    assert reply.json() == {"status": "degraded", "checks": ["a", "redis"], "degraded": {"redis": "The rest works."}}
    assert (await readiness({"a": down, "redis": helper(down, "The rest works.")})).status_code == 503


async def test_a_helper_that_hangs_is_away():
    reply = await readiness({"redis": helper(hangs, "The rest works.", timeout_s=0.01)})
    assert (reply.status_code, reply.json()["status"]) == (200, "degraded")


async def test_a_flood_of_questions_costs_one_check_a_second():
    asked, now_s = list[int](), [0.0]

    async def counts() -> None:
        asked.append(1)
        await asyncio.sleep(0)

    ready = Readiness({"a": counts}, timeout_s=1, clock_s=lambda: now_s[0])
    await asyncio.gather(*(ready.found() for _ in range(100)))
    assert len(asked) == 1
    now_s[0] = 1.1
    await asyncio.gather(*(ready.found() for _ in range(100)))
    assert len(asked) == 2


async def test_what_does_not_change_is_logged_once():
    now_s = [0.0]
    ready = Readiness({"a": down}, timeout_s=1, clock_s=lambda: now_s[0])
    with capture_logs() as lines:
        for second in range(5):
            now_s[0] = second * 2.0
            await ready.found()
    assert [line["event"] for line in lines] == ["health_check_failed"]


async def test_whoever_was_asked_to_stop_is_not_ready_but_lives():
    notice = Notice()
    app = Litestar(health_routes({"a": fine}, notice=notice), openapi_config=None, logging_config=None)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:  # type: ignore[arg-type]
        assert (await client.get("/health/ready")).status_code == 200
        notice.give()
        refused = await client.get("/health/ready")
        assert (refused.status_code, refused.json()["code"]) == (503, "not_ready")
        assert (await client.get("/health/live")).status_code == 200
