"""How fast the services answer, beside the floor: a bare ASGI app behind the same server and client.

    python -m benchmarks.services_speed [--requests N] [--json]

Each app runs on loopback in turn, in one process with its client, so the ratio is the figure to quote, not the time.
Bounded: N requests for each row, four at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx

from cli.demo.client import Visitor
from cli.demo.course import draw_course
from cli.demo.stage import listen, raise_curtain, serve, stop

AT_ONCE = 4
HISTORY = 40
Call = Callable[[], Coroutine[Any, Any, httpx.Response]]


async def _floor(scope: Any, _receive: Any, send: Any) -> None:
    """As little as an ASGI app can do."""
    if scope["type"] != "http":
        return
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"status":"ok"}'})


@contextlib.asynccontextmanager
async def _floor_url() -> AsyncIterator[str]:
    listener = listen()
    servers: list[Any] = []
    tasks: list[asyncio.Task[None]] = []
    await serve(_floor, listener, servers, tasks, lifespan="off")
    try:
        yield "http://{}:{}/".format(*listener.getsockname())
    finally:
        await stop(servers, tasks)
        listener.close()


async def _median_ms(call: Call, requests: int) -> float:
    spent: list[float] = []

    async def client() -> None:
        for _ in range(requests // AT_ONCE):
            begun = time.perf_counter()
            (await call()).raise_for_status()
            spent.append((time.perf_counter() - begun) * 1000)

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    return statistics.median(spent)


async def _until_synced(visitor: Visitor, athlete_id: int) -> None:
    for _ in range(600):
        state = await visitor.sync_state(athlete_id)
        if state is not None and state.status == "success":
            return
        await asyncio.sleep(0.1)
    message = "the sync did not end within a minute"
    raise RuntimeError(message)


async def measure(requests: int) -> dict[str, float]:
    """Median milliseconds of each row."""
    with tempfile.TemporaryDirectory() as name:
        async with raise_curtain(Path(name), lambda _: None) as stage, Visitor(stage) as visitor, _floor_url() as floor:
            athlete_id = await visitor.create_athlete(HISTORY)
            await visitor.connect(athlete_id)
            await _until_synced(visitor, athlete_id)
            route = await visitor.upload_route(draw_course())
            key = {"X-API-Key": stage.api_key}
            member = {"telegram_id": visitor.telegram_id}
            internal = f"{stage.predictor_url}/api/v1/internal"
            predict = {**member, "gpx_file_id": route.id}
            async with httpx.AsyncClient(timeout=30, trust_env=False, headers=key) as http:
                rows: dict[str, Call] = {
                    "floor": lambda: http.get(floor),
                    "ayda_live": lambda: http.get(f"{stage.ayda_url}/health/live"),
                    "ayda_token": lambda: http.get(f"{stage.ayda_url}/api/internal/strava/token", params=member),
                    "predictor_profile": lambda: http.get(f"{internal}/profile", params=member),
                    "predictor_predict": lambda: http.post(f"{internal}/predict", json=predict),
                }
                return {row: await _median_ms(call, requests) for row, call in rows.items()}


def main() -> None:
    """Print each row's median and its ratio to the floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    medians = asyncio.run(measure(min(asked.requests, 2000)))
    if asked.json:
        print(json.dumps({f"{row}_ms": round(value, 3) for row, value in medians.items()}))
        return
    for row, value in medians.items():
        print(f"{row:20} {value:9.2f} ms {value / medians['floor']:8.1f} x floor")


if __name__ == "__main__":
    main()
