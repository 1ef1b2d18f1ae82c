"""A process of a service that asks for permits: `python -m tests.drills.quota_process SERVICE REDIS_URL OFF_S`.

Its clock is the one it is told, `OFF_S` beside. Reads orders as JSON lines, `{"now_s", "ask": [[kind, priority, use]],
"seen": [[headers, sent_at_s]]}`: takes over what answers said, then asks for all permits at once and gives those back
that it does not use. Writes one JSON line for each order: of each wish true, or the moment to ask again.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from typing import Any

from kernel.strava.quota import SHARES, Kind, Limits, Priority, QuotaExhausted
from servicekit.base.logs import configure_logs
from servicekit.strava.counters import RedisQuotaStore
from servicekit.strava.quota import QuotaLedger

FIRST_GUESS = Limits((100, 1000), (200, 2000))
# a busy machine must not make a living Redis look dead
PATIENCE_S = 120.0


class Asker:
    """One ledger on a clock that is told."""

    def __init__(self, service: str, redis_url: str, off_s: float) -> None:
        self._off_s, self._now_s = off_s, 0.0
        self.ledger = QuotaLedger(
            RedisQuotaStore(redis_url, prefix="q1", timeout_s=PATIENCE_S),
            now=lambda: datetime.fromtimestamp(self._now_s + off_s, UTC),
            limits=FIRST_GUESS,
            share=getattr(SHARES, service),
            shared=True,
        )

    async def obey(self, order: dict[str, Any]) -> list[bool | float]:
        for headers, sent_at_s in order["seen"]:
            await self.ledger.observe(headers, asked_at_s=sent_at_s + self._off_s)
        self._now_s = order["now_s"]
        return list(await asyncio.gather(*(self._ask(*wish) for wish in order["ask"])))

    async def _ask(self, kind: Kind, priority: int, use: bool) -> bool | float:
        try:
            permit = await self.ledger.acquire(kind, Priority(priority))
        except QuotaExhausted as refused:
            return refused.retry_at_s - self._off_s
        if not use:
            await permit.give_back()
        return True


async def main(service: str, redis_url: str, off_s: str) -> None:
    asker = Asker(service, redis_url, float(off_s))
    sys.stdout.write("works\n")
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(await asker.obey(json.loads(line))) + "\n")
        sys.stdout.flush()
    await asker.ledger.close()


if __name__ == "__main__":
    configure_logs("CRITICAL", "json", secrets=())
    asyncio.run(main(*sys.argv[1:]))
