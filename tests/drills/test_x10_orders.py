"""X10: whatever happens to a member in whatever order around "delete me", afterwards nothing of them is anywhere."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import permutations
from pathlib import Path

import pytest
import structlog

from servicekit.base.logs import configure_logs
from tests.drills.erasure_house import ErasureHouse, live
from tests.drills.reporting import DRILL, report
from tests.support_postgres import temporary_database

FEW = ("change", "deauthorise", "upload", "erase")
MANY = ("change", "deauthorise", "predict", "upload", "erase")
OTHERS = ("reconnect", "event", "sync", "export", "erase")
OPTING_IN = ("opt_in", "change", "erase")
ON = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)] if DRILL else ["sqlite"]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[None]:
    """Everything the services log, in a file beside their databases."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    with (tmp_path / "services.log").open("w", encoding="utf-8") as stream:
        configure_logs("DEBUG", "json", stream=stream)
        yield
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@asynccontextmanager
async def house_on(database: str, folder: Path) -> AsyncIterator[ErasureHouse]:
    """Both services on files, or on a PostgreSQL."""
    if database == "sqlite":
        house = ErasureHouse(folder)
        await house.open()
        yield house
        await house.close()
        return
    with (
        temporary_database(f"x10_ayda_{folder.name[-8:]}") as ayda,
        temporary_database(f"x10_p_{folder.name[-8:]}") as p,
    ):
        house = ErasureHouse(folder, {"ayda": ayda, "predictor": p})
        await house.open()
        yield house
        await house.close()


def orders() -> list[tuple[str, ...]]:
    """Every order of a few things; of many in the long form."""
    told = (MANY, OTHERS, OPTING_IN) if DRILL else (FEW, OPTING_IN)
    return [order for things in told for order in permutations(things)]


@pytest.mark.parametrize("database", ON)
async def test_in_whatever_order_things_happen_nothing_of_the_erased_is_left(database: str, tmp_path: Path, log: None):
    told = orders()
    async with house_on(database, tmp_path) as house:
        neighbour = house.person()
        await house.connect(neighbour, 0)
        people = [await live(house, order) for order in told]
        await house.settle()
        heard, consents = house.alive(people), house.alive_at_strava(people)
        await house.look(neighbour)
        stayed = house.alive([neighbour])
    report(
        "X10 orders", database=database, orders=len(told), alive=sum(heard.values()), where=sorted(heard),
        consents_alive=consents,
    )  # fmt: skip
    assert heard == {}
    assert consents == 0
    assert {"ayda.member", "predictor.athlete"} <= set(stayed), "a scan that hears nobody proves nothing"


async def test_whoever_comes_back_a_minute_later_is_a_member_again(tmp_path: Path):
    async with house_on("sqlite", tmp_path) as house:
        who = await live(house, ("upload", "erase"))
        house.clock.advance(60)
        who.erased_at_s = None
        await house.connect(who, 0)
        status = (await house.both.ayda.http.get("/api/v1/strava/status", headers=house.proof(who))).json()
        await house.settle()
        heard = house.alive([who])
    assert status["state"] == "connected"
    assert {"ayda.member", "ayda.strava_token", "predictor.athlete"} <= set(heard)


def shown(order: Sequence[str]) -> str:
    return " ".join(order)


def test_the_orders_are_all_there_are():
    assert len({shown(order) for order in orders()}) == (246 if DRILL else 30)
