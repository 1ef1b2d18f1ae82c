"""T3: the answer to a refresh is cut at each of its bytes, and nobody is lost where Strava leaves any way back."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from strava_sim.authorizations import RotationMode
from strava_sim.simulator import Simulator
from tests.bars.reporting import DRILL, report
from tests.bars.vault_world import LIFE_S, new_world
from tests.servicekit.strava.support import StravaTransport

CUTS = 2_000 if DRILL else 60
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
        if self.breaks:
            raise httpx.RemoteProtocolError("peer closed connection", request=request)
        return httpx.Response(answer.status_code, content=kept, request=request)


@pytest.mark.parametrize("rotation", ["stable", "grace"])
async def test_an_answer_cut_anywhere_loses_nobody(tmp_path: Path, rotation: RotationMode):
    world = new_world(tmp_path, rotation=rotation)
    transport = CuttingTransport(world.simulator)
    world.strava = transport
    dead, most, cuts, at = 0, 0, 0, 0
    async with world.running() as ayda:
        await ayda.connect()
        while cuts < CUTS:
            world.clock.advance(LIFE_S)
            transport.cut_at, transport.breaks = at, cuts % 2 == 1
            before, tries, status = transport.refreshes(), 0, 0
            while status != 200 and tries < 8:
                status = (await ayda.token()).status_code
                world.clock.advance(20)
                tries += 1
            dead += status != 200
            most = max(most, transport.refreshes() - before)
            cuts, at = cuts + 1, (at + STRIDE) % max(transport.length, 1)
        state = (await ayda.status())["state"]
    report("T3", rotation=rotation, cuts=cuts, bytes=transport.length, dead=dead, most_tries=most)
    assert dead == 0
    assert most <= 4
    assert state == "connected"
