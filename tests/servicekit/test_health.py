from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx
import pytest
from litestar import Litestar

from servicekit.web.health import Check, health_routes


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
        ({"a": hangs, "b": hangs}, {"a": "no answer within 0.05 s", "b": "no answer within 0.05 s"}),
    ],
)
async def test_ready_names_what_is_not(checks: Mapping[str, Check], failed: Mapping[str, str]) -> None:
    reply = await readiness(checks)
    assert reply.status_code == (503 if failed else 200)
    assert {each["field"]: each["message"] for each in reply.json().get("errors", [])} == failed
    assert "canary" not in reply.text
