"""M6: six hours are lost with a database, and what its backup brings back is put right as `docs/operate.md` says."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import pytest
import structlog
from sqlalchemy import func, select

from ayda_service.members.notices import ConnectionLost
from predictor_service.activities.models import Activity
from predictor_service.athletes.models import Athlete
from simulators.strava.application.quota import RateLimits
from simulators.strava.application.switches import RotationMode
from tests.drills.erasure_house import Person
from tests.drills.honest import outing
from tests.drills.reporting import DRILL, report
from tests.drills.restore_house import RestoreHouse, backups_of
from tests.servicekit.strava.support import LIFE_S

EACH: Final = 25 if DRILL else 1
"""How many fare alike."""
AGAIN: Final = 5
WITHIN_S: Final = 300.0
FOUND: Final = f"{EACH} erased people and {EACH} ended connections"
ON = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
ROTATED: Final[tuple[RotationMode, ...]] = ("stable", "grace", "strict")
"""What Strava did with the refresh token of the backup when there was a newer one."""


class Club:
    """Whoever was there when the backup was made, by what happens to them until the database is lost."""

    def __init__(self, house: RestoreHouse) -> None:
        self.house = house
        fates = ("unchanged", *ROTATED, "erased", "left")
        self.of: dict[str, list[Person]] = {fate: [house.person() for _ in range(EACH)] for fate in fates}
        self.newcomers = [house.person() for _ in range(EACH)]
        self.refreshed: list[int] = []

    def everybody(self) -> list[Person]:
        return [who for people in self.of.values() for who in people]

    async def arrive(self) -> None:
        """All of them connect and are read; the unchanged ones have a recording on its way to Strava, which is away."""
        for who in self.everybody():
            await connect(self.house, who)
        await self.house.settle()
        for who in self.everybody():
            await self.house.sync(who)
        self.house.both.ayda.strava.down = True
        for who in self.of["unchanged"]:
            await self.send(who, outing())

    async def send(self, who: Person, content: bytes) -> None:
        """A recording that is to become an activity at Strava."""
        http, headers = self.house.both.ayda.http, self.house.proof(who)
        binary = {**headers, "Content-Type": "application/octet-stream"}
        added = await http.post("/api/v1/activities?sport=run", content=content, headers=binary)
        assert added.status_code == 201, added.text
        asked = await http.post(f"/api/v1/strava/upload/{added.json()['activity']['id']}", headers=headers)
        assert asked.status_code == 202, asked.text

    async def live_on(self) -> None:
        """Six hours pass: uploads arrive, somebody is erased, leaves, connects; tokens rotate at their end."""
        house, ayda = self.house, self.house.both.ayda
        ayda.strava.down = False
        await self.uploaded()
        for who in self.of["erased"]:
            await house.erase(who)
        for who in self.of["left"]:
            await house.look(who)
            ended = await ayda.http.post("/api/v1/strava/disconnect", headers=house.proof(who))
            assert ended.status_code == 200
        for who in self.newcomers:
            await connect(house, who)
        await house.settle()
        house.clock.advance(LIFE_S)
        for mode in ROTATED:
            house.simulator.switches.rotation = mode
            for who in self.of[mode]:
                assert (await ayda.token(who.telegram_id)).status_code == 200
        house.simulator.switches.rotation = "strict"

    async def uploaded(self) -> None:
        """Returns when no upload waits any more."""
        async with asyncio.timeout(WITHIN_S):
            while "upload_to_strava" in (await self.house.both.ayda.queue.stats()).by_name:
                self.house.clock.advance(61)
                self.house.simulator.settle_uploads()
                await asyncio.sleep(0.05)

    def at_strava(self) -> Counter[int]:
        """How many activities each athlete has there."""
        return Counter({who.athletes[0]: len(self.house.simulator.activities_of(who.athletes[0]))
                        for who in (*self.everybody(), *self.newcomers)})  # fmt: skip


async def connect(house: RestoreHouse, who: Person) -> None:
    """With their first athlete, and the leave to upload."""
    ayda = house.both.ayda
    headers = {**house.proof(who), "Accept": "application/json"}
    answer = await ayda.http.get("/api/v1/strava/auth?uploads=true", headers=headers)
    back = await ayda.consent(answer.json()["authorization_url"], who.athletes[0])
    assert (await ayda.http.get(back)).status_code == 200


@contextmanager
def told_lost() -> Iterator[list[int]]:
    """Telegram ids of whoever is told meanwhile that their connection is lost."""
    told: list[int] = []
    with structlog.testing.capture_logs() as lines:
        yield told
    told += [
        line["telegram_id"]
        for line in lines
        if line["event"] == "member_told" and line["message"] == ConnectionLost.__name__
    ]


@asynccontextmanager
async def restored(kind: str, folder: Path) -> AsyncIterator[tuple[RestoreHouse, Club, float]]:
    """A house after the steps of the page; how long they took with the start."""
    with backups_of(kind, folder / "house", folder / "away") as backups:
        house = RestoreHouse(folder / "house", backups)
        await house.open()
        club = Club(house)
        await club.arrive()
        house.back_up()
        await club.live_on()
        await house.close()
        begun_s = time.monotonic()
        await as_the_page_says(house)
        took_s = time.monotonic() - begun_s
        try:
            yield house, club, took_s
        finally:
            await house.close()


async def as_the_page_says(house: RestoreHouse) -> None:
    """The steps of "Restoring a backup"; before the third ayda does not start."""
    house.put_back()
    found = house.command("restore", "check")
    assert (found.returncode, found.stdout.count(f"{FOUND} are there")) == (1, 2), found.stdout + found.stderr
    with pytest.raises(RuntimeError, match="ayda restore check --apply"):
        await house.open()
    again = house.command("restore", "check", "--apply")
    assert (again.returncode, again.stdout.count("are erased again")) == (0, 2), again.stdout + again.stderr
    assert house.command("restore", "check").returncode == 0
    await house.open()


async def asked_for_tokens(club: Club) -> dict[str, set[int]]:
    """How the predictor's questions are answered, by what became of the members; asked again and again."""
    answers: dict[str, set[int]] = {}
    for _ in range(AGAIN):
        for fate, people in {**club.of, "newcomer": club.newcomers}.items():
            for who in people:
                answer = await club.house.both.ayda.token(who.telegram_id)
                answers.setdefault(fate, set()).add(answer.status_code)
    return answers


def known_activities(house: RestoreHouse) -> Counter[int]:
    """How many activities of each Strava athlete the predictor holds."""
    with house.both.parts.database.reading() as session:
        counted = select(Athlete.strava_athlete_id, func.count()).join(Activity, Activity.athlete_id == Athlete.id)
        return Counter(dict(session.execute(counted.group_by(Athlete.strava_athlete_id)).tuples().all()))


async def over_the_limit(house: RestoreHouse, people: list[Person]) -> int:
    """Calls beyond a window that was used up before the services were started, without a Redis that remembers it."""
    await house.restart()
    quota = house.simulator.quota
    quota.limits = RateLimits(100, 1000, 100, 1000)
    quota.set_usage(house.clock.now().timestamp(), overall=(100, 100), read=(100, 100))
    for who in people:
        await house.sync(who)
    return quota.read.in_quarter - quota.limits.read_quarter


@pytest.mark.parametrize("kind", ON)
async def test_what_a_backup_brings_back_is_put_right(kind: str, tmp_path: Path):
    async with restored(kind, tmp_path) as (house, club, took_s):
        before = club.at_strava()
        with told_lost() as told:
            answers = await asked_for_tokens(club)
            await club.uploaded()
            await house.settle()
        alive = house.alive(club.of["erased"])
        consents = house.alive_at_strava(club.of["erased"] + club.of["left"])
        for who in (*club.of["strict"], *club.newcomers):
            await connect(house, who)
        await house.settle()
        connected = [who for fate in ("unchanged", *ROTATED) for who in club.of[fate]] + club.newcomers
        back = {(await house.both.ayda.token(who.telegram_id)).status_code for who in connected}
        for who in connected:
            await house.sync(who)
        at_strava, known = club.at_strava(), known_activities(house)
        over = await over_the_limit(house, connected)
    report(
        "M6", database=kind, people=6 * EACH, restored_s=round(took_s, 1), recovered=3 * EACH, asked=len(told),
        erased_alive=sum(alive.values()), doubled=sum((at_strava - before).values()), over_limit=over,
    )  # fmt: skip
    usable, asked_anew, unknown = {200}, {409}, {404}
    assert answers == {
        "unchanged": usable, "stable": usable, "grace": usable, "strict": asked_anew,
        "erased": unknown, "left": unknown, "newcomer": unknown,
    }  # fmt: skip
    assert sorted(told) == sorted(who.telegram_id for who in club.of["strict"]), "each is asked once"
    assert (alive, consents) == ({}, 0)
    assert back == usable
    assert at_strava == before
    assert known == {who.athletes[0]: at_strava[who.athletes[0]] for who in connected}
    assert over <= 1
    assert took_s <= WITHIN_S
