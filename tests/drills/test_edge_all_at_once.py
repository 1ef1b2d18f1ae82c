"""Everything at once: every attack there is, and one honest member who is told what is right, no slower than twice."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest

from tests.drills.edge_house import EACH_HOUSE, EdgeHouse, ServerKind, loop_lag, visiting
from tests.drills.honest import Honest
from tests.drills.places import Places
from tests.drills.reporting import DRILL, report, tell
from tests.system.processes import ROOT

pytestmark = pytest.mark.system

QUIET_S, ATTACK_S = (120.0, 600.0) if DRILL else (4.0, 12.0)
PAUSE_S = 2.0 if DRILL else 1.0
"""Of the honest member: for more than a minute, only the slower pace is within the budget of a member."""
SLOWER = 2.0
STOPS_WITHIN_S = 30.0
MEGABYTE = 1_000_000


@EACH_HOUSE
async def test_an_honest_member_is_told_what_is_right_while_everybody_else_attacks(
    tmp_path: Path, places: Places, server: ServerKind
):
    with places(tmp_path) as (place, _):
        house = EdgeHouse(tmp_path, server, place)
        async with house.running():
            quiet, loud = await quiet_day(house), Honest(house.ayda.url, PAUSE_S)
            await loud.arrive()
            loud.forget()
            before = house.ayda.log_bytes() + house.predictor.log_bytes()
            answers, _ = await asyncio.gather(attacked(house, ATTACK_S), loud.live(ATTACK_S))
            figures = await seen_of(house)
            stopped_s = await ending(house)
            logged = house.ayda.log_bytes() + house.predictor.log_bytes() - before
    for kind, counted in answers.items():
        tell(f"  {kind}: {counted}")
    for when, member in (("quiet", quiet), ("attacked", loud)):
        slow = ", ".join(f"{1000 * latency_s:.0f} ms {what}" for latency_s, what in member.slow)
        tell(f"  slowest when {when}: {slow}")
    quiet_p99_s, attacked_p99_s = quiet.percentile_s(0.99), loud.percentile_s(0.99)
    report(
        "EDGE",
        server=server,
        quiet_p99_ms=round(1000 * quiet_p99_s),
        attacked_p99_ms=round(1000 * attacked_p99_s),
        answers=len(loud.latencies_s),
        wrong=len(loud.wrong),
        told_to_wait=loud.told_to_wait,
        stopped_s=round(stopped_s, 1),
        log_mb=round(logged / MEGABYTE, 2),
        **figures,
    )
    assert loud.wrong == []
    assert loud.unanswered == 0
    assert loud.told_to_wait == 0
    assert not {status for counted in answers.values() for status in counted if status.startswith("500")}
    if DRILL:
        assert attacked_p99_s <= SLOWER * quiet_p99_s


async def ending(house: EdgeHouse) -> float:
    """Both asked to end at once, while what the attackers have left behind is still there; the slower one's seconds."""
    stopping = [asyncio.to_thread(each.stop, STOPS_WITHIN_S) for each in (house.ayda, house.predictor)]
    return max(await asyncio.gather(*stopping))


async def quiet_day(house: EdgeHouse) -> Honest:
    """A member whom nobody disturbs."""
    member = Honest(house.ayda.url, PAUSE_S)
    await member.arrive()
    member.forget()
    await member.live(QUIET_S)
    assert (member.wrong, member.told_to_wait, member.unanswered) == ([], 0, 0)
    return member


async def attacked(house: EdgeHouse, seconds: float, *kinds: str) -> dict[str, dict[str, int]]:
    """What the attackers were answered, by kind and status."""
    command = ["-m", "tests.drills.attackers", house.ayda.url, house.predictor.url, str(seconds), *kinds]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=PIPE, stderr=PIPE, env=environment)
    try:
        async with asyncio.timeout(seconds + 120):
            said, trouble = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, trouble.decode(errors="replace")[-2000:]
    found: dict[str, dict[str, int]] = json.loads(said)
    return found


async def seen_of(house: EdgeHouse) -> dict[str, Any]:
    """Memory and event loops of both services, as they stand."""
    figures: dict[str, Any] = {}
    for name, process in (("ayda", house.ayda), ("predictor", house.predictor)):
        async with visiting(process.url) as http:
            readings, good = await loop_lag(http)
        figures[f"{name}_loop_within_50_ms"] = f"{good / readings:.3%}"
        figures[f"{name}_rss_mb"] = round(process.rss_bytes() / MEGABYTE)
    return figures
