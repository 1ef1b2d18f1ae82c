"""Strangers and members who mean harm, all at once.

`python -m tests.drills.attackers AYDA_URL PREDICTOR_URL SECONDS [KIND ...]` is a process of its own and of the lowest
priority, so that what the honest member waits for is the house and not the attack's own work. At its end it prints what
it was answered, as JSON by kind.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from kernel.strava.webhooks import path_secret
from tests.drills.edge_house import VERIFY_TOKEN, as_member, stranger, visiting
from tests.drills.hostile_files import big_gpx, distinct_names, empty_members, zip64_decoy


@dataclass
class Town:
    """The two services, and until when they are attacked (seconds of the monotonic clock)."""

    ayda: str
    predictor: str
    end_s: float
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def over(self) -> bool:
        return time.monotonic() > self.end_s

    async def rest(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, min(seconds, self.end_s - time.monotonic())))

    async def ask(self, http: httpx.AsyncClient, method: str, path: str, **more: object) -> None:
        """One request, of which only the status counts."""
        try:
            self.answers[str((await http.request(method, path, **more)).status_code)] += 1  # type: ignore[arg-type]
        except httpx.HTTPError as error:
            self.answers[type(error).__name__] += 1


Attack = Callable[[Town], Awaitable[None]]


async def half_headers(town: Town) -> None:
    """Three hundred connections that never finish their headers."""
    await asyncio.gather(*(_dripping(town, b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-A: ") for _ in range(300)))


async def slow_bodies(town: Town) -> None:
    """Bodies that arrive a byte at a time."""
    head = f"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nAuthorization: {as_member(stranger())['Authorization']}\r\n"
    await asyncio.gather(*(_dripping(town, f"{head}Content-Length: 9000\r\n\r\n".encode()) for _ in range(30)))


async def _dripping(town: Town, begun: bytes) -> None:
    while not town.over:
        async with _connected(town, begun) as (reader, writer):
            while not town.over:
                writer.write(b"a")
                await writer.drain()
                try:
                    async with asyncio.timeout(5):
                        town.answers[await _status(reader)] += 1
                except TimeoutError:
                    continue
                break
        await town.rest(1)


async def _status(reader: asyncio.StreamReader) -> str:
    """Of the answer that begins; `closed` when there is none."""
    return (await reader.readline())[9:12].decode("ascii", "replace") or "closed"


async def never_reads(town: Town) -> None:
    """Asks for a thousand large answers on each of fifty connections, and looks at none."""
    asked = b"GET /schema/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 1000

    async def one() -> None:
        while not town.over:
            async with _connected(town, asked) as (reader, writer):
                writer.transport.pause_reading()  # type: ignore[attr-defined]
                town.answers["connected"] += 1
                await town.rest(40)
                del reader

    await asyncio.gather(*(one() for _ in range(50)))


class _connected:  # noqa: N801 - used as a function
    def __init__(self, town: Town, begun: bytes) -> None:
        self._town, self._begun = town, begun
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        address = urlsplit(self._town.ayda)
        while True:
            try:
                reader, self._writer = await asyncio.open_connection(address.hostname, address.port)
                self._writer.write(self._begun)
            except OSError as error:
                self._town.answers[type(error).__name__] += 1
                await self._town.rest(1)
                if self._town.over:
                    raise asyncio.CancelledError from None
                continue
            return reader, self._writer

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if self._writer is not None:
            self._writer.close()
        if isinstance(error, OSError):
            self._town.answers[type(error).__name__] += 1
        return isinstance(error, OSError)


async def smuggled(town: Town) -> None:
    """Requests whose end two readers would see in two places."""
    first = "POST /api/v1/session HTTP/1.1\r\nHost: a\r\n"
    inner = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
    heads = (
        f"{first}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}",
        f"{first}Content-Length: 0\r\nContent-Length: {len(inner)}\r\n\r\n{inner}",
        f"GET /health/live HTTP/1.1\nHost: a\n\n{inner}",
    )
    for head in itertools.cycle(heads):
        if town.over:
            return
        async with _connected(town, head.encode()) as (reader, _):
            try:
                async with asyncio.timeout(5):
                    town.answers[await _status(reader)] += 1
            except TimeoutError:
                town.answers["nothing"] += 1
        await town.rest(0.5)


def paced(every_s: float, at_once: int, ask: Callable[[Town, httpx.AsyncClient, int], Awaitable[None]]) -> Attack:
    """The same thing again and again, by so many at once."""

    async def attack(town: Town) -> None:
        numbers = itertools.count()
        async with visiting(town.ayda, timeout_s=60) as http:

            async def one() -> None:
                while not town.over:
                    await ask(town, http, next(numbers))
                    await town.rest(every_s)

            await asyncio.gather(*(one() for _ in range(at_once)))

    return attack


async def _wrong_identity(town: Town, http: httpx.AsyncClient, number: int) -> None:
    wrong = {"Authorization": as_member(stranger())["Authorization"][:-1] + "x"}
    await town.ask(http, "POST" if number % 2 else "GET", "/api/v1/activities", content=b"x" * 4096, headers=wrong)


async def _wrong_key(town: Town, http: httpx.AsyncClient, number: int) -> None:
    address = f"{town.predictor}/api/v1/internal/profile?telegram_id={number + 1}"
    await town.ask(http, "GET", address, headers={"X-API-Key": f"guess-{number:040}"})


async def _wrong_link(town: Town, http: httpx.AsyncClient, number: int) -> None:
    await town.ask(http, "GET", f"/api/v1/strava/callback?state=made-up-{number}&code=c")


async def _forged_event(town: Town, http: httpx.AsyncClient, number: int) -> None:
    event = {"object_type": "activity", "object_id": 10**9 + number, "aspect_type": "create", "updates": {},
             "owner_id": 5 * 10**8 + number, "subscription_id": 1, "event_time": int(time.time())}  # fmt: skip
    await town.ask(http, "POST", f"/webhooks/strava/{path_secret(VERIFY_TOKEN)}", json=event)


_IMPATIENT, _GREEDY, _HOSTILE, _HUGE = (stranger() for _ in range(4))


async def _short_of_time(town: Town, http: httpx.AsyncClient, number: int) -> None:
    headers = {**as_member(_IMPATIENT), "X-Deadline-Ms": str(1 + number * 37 % 1500)}
    await town.ask(http, "POST", "/api/v1/predictions", json={"gpx": "<gpx/>"}, headers=headers)


async def _greedy_member(town: Town, http: httpx.AsyncClient, number: int) -> None:
    path = ("/api/v1/activities", "/api/v1/me/export", "/api/v1/profile")[number % 3]
    await town.ask(http, "GET", path, headers=as_member(_GREEDY))


async def _hostile_file(town: Town, http: httpx.AsyncClient, number: int) -> None:
    path, content = (
        ("/api/v1/activities?sport=run", empty_members(4_000_000)),
        ("/api/v1/routes", distinct_names(200_000)),
        ("/api/v1/activities?sport=run", zip64_decoy()),
    )[number % 3]
    await town.ask(http, "POST", path, content=content, headers=as_member(_HOSTILE))


async def _huge_file(town: Town, http: httpx.AsyncClient, _number: int) -> None:
    await town.ask(http, "POST", "/api/v1/routes", content=_pieces(big_gpx()), headers=as_member(_HUGE))


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), 1 << 20):
        yield content[at : at + (1 << 20)]


async def _curious(town: Town, http: httpx.AsyncClient, number: int) -> None:
    await town.ask(http, "GET", "/metrics" if number % 10 == 0 else "/health/ready")


ATTACKS: dict[str, Attack] = {
    "half headers": half_headers,
    "slow bodies": slow_bodies,
    "never reads": never_reads,
    "smuggled": smuggled,
    "wrong identities": paced(0.1, 4, _wrong_identity),
    "wrong keys": paced(0.2, 2, _wrong_key),
    "wrong links": paced(0.1, 2, _wrong_link),
    "forged events": paced(0.1, 2, _forged_event),
    "deadlines": paced(0.2, 2, _short_of_time),
    "greedy member": paced(0.05, 10, _greedy_member),
    "hostile files": paced(0.5, 3, _hostile_file),
    "huge files": paced(1.0, 2, _huge_file),
    "curious": paced(0.05, 2, _curious),
}


async def attack(ayda: str, predictor: str, seconds: float, kinds: list[str]) -> dict[str, dict[str, int]]:
    """All of these kinds at once; by kind, how often each status was answered."""
    end_s = time.monotonic() + seconds
    towns = {kind: Town(ayda, predictor, end_s) for kind in kinds}
    working = [asyncio.create_task(ATTACKS[kind](town)) for kind, town in towns.items()]
    await asyncio.wait(working, timeout=seconds + 5)
    for each in working:
        each.cancel()
    await asyncio.gather(*working, return_exceptions=True)
    return {kind: dict(sorted(town.answers.items())) for kind, town in towns.items()}


def main(arguments: list[str]) -> None:
    """Attacks, and tells what came of it."""
    os.nice(19)
    random.seed(1)
    ayda, predictor, seconds, *kinds = arguments
    found = asyncio.run(attack(ayda, predictor, float(seconds), kinds or list(ATTACKS)))
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
