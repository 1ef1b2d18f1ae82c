"""While the house is in trouble an honest member may have to wait, is told nothing wrong, and loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.drills.edge_house import EdgeHouse, ServerKind
from tests.drills.honest import Honest
from tests.drills.house_trouble import (
    Trouble,
    children_killed,
    clock_in,
    full,
    jumping,
    killed,
    one_after_another,
    own_redis,
    small_disk,
    stopped,
)
from tests.drills.places import on_postgres
from tests.drills.reporting import DRILL, report
from tests.drills.test_edge_all_at_once import attacked

pytestmark = pytest.mark.system

EACH_S, REST_S = (10.0, 40.0) if DRILL else (1.0, 2.0)
DISK_MB = 64
BACK_WITHIN_S = 30.0
IN_A_HURRY = {
    "MEMBER_REQUESTS_PER_MINUTE": "6000",
    "MEMBER_PREDICTIONS_PER_DAY": "100000",
    "MEMBER_ROUTES_PER_DAY": "100000",
}
"""So that one member sees every moment of each trouble."""


@dataclass
class Scene:
    """A house and what may befall it."""

    house: EdgeHouse
    troubles: dict[str, Trouble] = field(default_factory=dict)


@pytest.mark.parametrize("kind", ["sqlite-uvicorn", "postgres-granian"])
async def test_trouble_makes_an_honest_member_wait_and_never_err(tmp_path: Path, kind: str):
    with scene_of(kind, tmp_path) as scene:
        house = scene.house
        async with house.running():
            member = Honest(house.ayda.url, pause_s=0.2)
            await member.arrive()
            lasts_s = (2 * EACH_S + REST_S + 5) * len(scene.troubles)
            async with one_after_another(scene.troubles, each_s=EACH_S, rest_s=REST_S) as seen:
                attack = asyncio.create_task(attacked(house, lasts_s)) if DRILL else None
                while len(seen) < len(scene.troubles):
                    await member.live(1.0)
                await member.live(2 * EACH_S + REST_S)
            await back_to_normal(member)
            if attack is not None:
                await attack
    report(
        "EDGE faults",
        kind=kind,
        troubles=", ".join(seen).replace(" ", "-"),
        answers=len(member.latencies_s),
        wrong=len(member.wrong),
        told_to_wait=member.told_to_wait,
        unanswered=member.unanswered,
        kept=len(member.kept),
    )
    assert member.wrong == [], "\n".join(house.crashes())


async def back_to_normal(member: Honest) -> None:
    """Rounds until one is without a refusal, which sees again whatever was acknowledged."""
    async with asyncio.timeout(BACK_WITHIN_S * (4 if DRILL else 1)):
        while True:
            before = (member.told_to_wait, member.unanswered)
            await member.live(0.1)
            if (member.told_to_wait, member.unanswered) == before:
                return


@contextmanager
def scene_of(kind: str, folder: Path) -> Iterator[Scene]:
    """One of two houses, with all that can be done to it on this machine."""
    server: ServerKind = "uvicorn" if kind.endswith("uvicorn") else "granian"
    with ExitStack() as stack:
        troubles: dict[str, Trouble] = {}
        changes = dict(IN_A_HURRY)
        redis = stack.enter_context(own_redis(folder))
        if redis is not None:
            changes["REDIS_URL"] = redis.url
            troubles["redis stopped"] = stopped(redis)
        clock = clock_in(folder)
        if clock is not None:
            changes |= clock.changes
            troubles["clock jumps"] = jumping(clock)
        if kind.startswith("postgres"):
            place, servers = stack.enter_context(on_postgres(folder))
            troubles["postgres stopped"] = stopped(servers[0])
        else:
            disk = stack.enter_context(small_disk(folder, DISK_MB))
            on = folder if disk is None else disk
            place = lambda name: f"sqlite:///{on / name}.db"  # noqa: E731 - it closes over the disk
            if disk is not None:
                troubles["disk full"] = full(disk)
        house = EdgeHouse(folder, server, place, changes)
        troubles |= {
            "children killed": children_killed(house),
            "ayda killed": killed(house.ayda),
            "predictor killed": killed(house.predictor),
        }
        yield Scene(house, troubles)
