"""W2: an answer within a second whatever the database does, and quickly when it does nothing wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import text

from tests.ayda.support import Ayda
from tests.ayda.webhooks.support import event, post, stored
from tests.service_database import ON_POSTGRES

pytestmark = [pytest.mark.postgres] if ON_POSTGRES else []
Answers = list[tuple[float, int]]


async def test_every_answer_comes_within_two_seconds_and_stalled_events_are_sent_again(
    hooked: Ayda, drill: bool, figure: Callable[[str], None]
):
    rate, quiet, stall_s = (200, 2000, 10.0) if drill else (60, 300, 2.0)
    owner = await hooked.connect()
    normal = await _load(hooked, owner, first=1, count=quiet, rate=rate)
    database = hooked.app.litestar.state["parts"].database
    with database.transaction() as session:
        if ON_POSTGRES:  # on SQLite any open transaction keeps writers out
            session.execute(text("LOCK TABLE webhook_event"))
        load = asyncio.create_task(_load(hooked, owner, first=quiet + 1, count=int(rate * stall_s), rate=rate))
        await asyncio.sleep(stall_s)
    stalled = await load
    total = quiet + int(rate * stall_s)
    for number in range(1, total + 1):
        while (await post(hooked, event(owner, number))).status_code != 200:  # noqa: ASYNC110 - Strava waits too
            await asyncio.sleep(0.1)
    times = sorted(took for took, _ in normal)
    late = [took for took, _ in [*normal, *stalled] if took > 2]
    refused = sum(status == 503 for _, status in stalled)
    figure(
        f"W2: {rate} events/s: p50 {times[len(times) // 2] * 1000:.0f} ms, "
        f"p99 {times[len(times) * 99 // 100] * 1000:.0f} ms; "
        f"database held for {stall_s:.0f} s: {refused} of {len(stalled)} told to come again, "
        f"slowest answer {max(took for took, _ in stalled):.2f} s, {len(late)} over 2 s"
    )
    assert not drill or late == []
    assert refused
    assert {status for _, status in [*normal, *stalled]} <= {200, 503}
    assert len(await stored(hooked)) == total, "each event is stored once"


async def _load(ayda: Ayda, owner: int, *, first: int, count: int, rate: int) -> Answers:
    """Sends events at a steady rate, whether or not the earlier ones were answered."""
    loop, answers = asyncio.get_running_loop(), []

    async def one(number: int) -> None:
        begun = loop.time()
        answer = await post(ayda, event(owner, number))
        answers.append((loop.time() - begun, answer.status_code))

    sending = []
    for number in range(first, first + count):
        sending.append(asyncio.create_task(one(number)))
        await asyncio.sleep(1 / rate)
    await asyncio.gather(*sending)
    return answers
