"""An ayda that hands tokens out until it is killed: `hand_out_process.py DATABASE_URL NOW_S OUT TELEGRAM_ID...`.

Writes the request id of each hand-out to the descriptor OUT, a line for each, once the token has been answered.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from itertools import count

from simulators.strava.simulator import Simulator
from tests.ayda.support import CLIENT_SECRET, KEY_IN, Ayda, World, settings_on
from tests.servicekit.strava.support import Clock, StravaTransport

AT_ONCE = 8


async def asking(ayda: Ayda, out: int, members: list[int], numbers: count[int]) -> None:
    for number in numbers:
        request_id = f"hand-out-{os.getpid()}-{number}"
        headers = {"X-API-Key": KEY_IN, "X-Request-ID": request_id}
        params = {"telegram_id": str(members[number % len(members)])}
        answer = await ayda.http.get("/api/internal/strava/token", params=params, headers=headers)
        assert answer.json()["access_token"]
        os.write(out, f"{request_id}\n".encode())


async def main(url: str, now_s: float, out: int, members: list[int]) -> None:
    clock = Clock(datetime.fromtimestamp(now_s, UTC))
    simulator = Simulator(now=clock.now, seed=1, client_secret=CLIENT_SECRET)
    world, numbers = World(settings_on(url), clock, simulator, StravaTransport(simulator)), count()
    async with world.running() as ayda:
        await asyncio.gather(*(asking(ayda, out, members, numbers) for _ in range(AT_ONCE)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), [int(each) for each in sys.argv[4:]]))
