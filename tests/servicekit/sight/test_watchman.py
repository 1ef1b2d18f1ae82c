from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, cast

from servicekit.base.correlation import REQUEST_ID, TRACEPARENT, request_id
from servicekit.base.metrics import Metrics
from servicekit.sight.alarms import Alarm
from servicekit.sight.watchman import Watchman
from tests.servicekit.sight.test_alarms import NOW, WELL

LOOKS = 3


async def test_each_look_has_an_id_and_a_trace_of_its_own_for_whom_it_asks():
    seen: list[tuple[str | None, str | None]] = []
    enough = asyncio.Event()

    async def neighbour() -> list[Alarm]:
        seen.append((request_id(), TRACEPARENT.get()))
        if len(seen) == LOOKS:
            enough.set()
        raise ConnectionError

    async def read() -> Any:
        return WELL

    def now() -> datetime:
        return NOW.astimezone(UTC)

    nowhere = cast("Any", None)
    watchman = Watchman(nowhere, nowhere, read, Metrics(), now=now, others=[neighbour], every_s=0.001)
    async with watchman.watching():
        await enough.wait()
    assert all(identity and trace for identity, trace in seen)
    assert len(set(seen)) == len(seen)
    assert REQUEST_ID.get() is None
