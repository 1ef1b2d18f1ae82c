"""T3: the answer to a refresh is cut at each of its bytes, and nobody is lost where Strava leaves any way back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from simulators.strava.application.switches import RotationMode
from simulators.strava.simulator import Simulator
from tests.drills.reporting import DRILL, report
from tests.drills.vault_world import LIFE_S, new_world
from tests.servicekit.strava.support import StravaTransport

CUTS = 2_000 if DRILL else 90
STRIDE = 1 if DRILL else 6


class CuttingTransport(StravaTransport):
    """Gives the first `cut_at` bytes of the next refresh's answer: as an end of the body, or as a broken connection."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__(simulator)
        self.cut_at: int | None = None
        self.breaks = False
        self.length = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        if b"grant_type=refresh_token" not in request.content:
            return answer
        body = await answer.aread()
        self.length = len(body)
        if self.cut_at is None:
            return httpx.Response(answer.status_code, content=body, request=request)
        kept, self.cut_at = body[: self.cut_at], None
        stream = Broken(kept) if self.breaks else httpx.ByteStream(kept)
        return httpx.Response(answer.status_code, stream=stream, request=request)


class Broken(httpx.AsyncByteStream):
    """A body whose connection breaks after these bytes."""

    def __init__(self, kept: bytes) -> None:
        self._kept = kept

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._kept:
            yield self._kept
        raise httpx.RemoteProtocolError("peer closed connection")


@pytest.mark.parametrize("rotation", ["stable", "grace"])
async def test_an_answer_cut_anywhere_loses_nobody(tmp_path: Path, rotation: RotationMode):
    world = new_world(tmp_path, rotation=rotation)
    transport = CuttingTransport(world.simulator)
    world.strava = transport
    dead, most, cuts, at, breaks = 0, 0, 0, 0, False
    offsets: set[tuple[int, bool]] = set()
    async with world.running() as ayda:
        await ayda.connect()
        while cuts < CUTS:
            world.clock.advance(LIFE_S)
            # each offset ends the body once and breaks the connection once, then all over again
            transport.cut_at, transport.breaks = at, breaks
            offsets.add((at, breaks))
            before, tries, status = transport.refreshes(), 0, 0
            while status != 200 and tries < 8:
                status = (await ayda.token()).status_code
                world.clock.advance(20)
                tries += 1
            dead += status != 200
            most = max(most, transport.refreshes() - before)
            cuts, at = cuts + 1, at + STRIDE
            if at >= transport.length:
                at, breaks = 0, not breaks
        state = (await ayda.status())["state"]
    report("T3", rotation=rotation, cuts=cuts, bytes=transport.length, offsets=len(offsets), dead=dead, most_tries=most)
    assert not DRILL or len(offsets) == 2 * transport.length
    assert dead == 0
    assert most <= 4
    assert state == "connected"
