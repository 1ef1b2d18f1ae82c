"""T4: keys rotate twice while tokens are read and refreshed, and the rewrap is killed again and again."""

from __future__ import annotations

import asyncio
import itertools
import random
import sys
import time
from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert

from ayda_service.keys.rewrap import Rewrap
from ayda_service.members.models import Member
from ayda_service.strava.models import StravaToken
from servicekit.base.settings import Secret
from servicekit.base.vault import KeySetting, SealBroken, generate_setting
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.data.migrations import upgrade
from servicekit.strava.oauth import Tokens
from servicekit.strava.tokens.keeper import TokenKeeper
from servicekit.strava.tokens.seals import ReadyToken, TokenSeals
from servicekit.strava.tokens.store import SqlTokenStore, token_columns
from tests.drills.reporting import DRILL, report
from tests.servicekit.strava.support import START, Clock

ROWS = 10_000 if DRILL else 400
READS = 100_000 if DRILL else 1_500
KILLS_PER_ROTATION = 10 if DRILL else 1
LIFE_S = 6 * 3600
ROOT = Path(__file__).parents[2]


class Truth:
    """The Strava of this bar: every refresh gives new tokens, and it remembers all it ever gave."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = itertools.count()
        self.newest: dict[int, Tokens] = {}
        self.given: dict[str, int] = {}

    def give(self, athlete_id: int) -> Tokens:
        number = next(self._numbers)
        expires_at_s = int(self._clock.now().timestamp()) + LIFE_S
        tokens = Tokens(f"access-{number}", f"refresh-{athlete_id}-{number}", expires_at_s)
        self.newest[athlete_id] = tokens
        self.given[tokens.access_token] = athlete_id
        return tokens

    async def refresh(self, refresh_token: Secret) -> Tokens:
        return self.give(int(refresh_token.reveal().split("-")[1]))


class Processes:
    """Two services on one database, restarted one after the other whenever the setting changes."""

    def __init__(self, url: str, truth: Truth, clock: Clock, setting: KeySetting) -> None:
        self.url, self.truth, self.clock = url, truth, clock
        self.database = Database(url)
        self.keepers = [self._keeper(setting), self._keeper(setting)]
        self._asked = Counter[TokenKeeper]()

    def _keeper(self, setting: KeySetting) -> TokenKeeper:
        store = SqlTokenStore(self.database, StravaToken)
        return TokenKeeper(store, self.truth, setting.vault(), now=self.clock.now)

    async def restart(self, setting: KeySetting) -> None:
        for place in (0, 1):
            await asyncio.sleep(0.05)  # one runs with the old setting and one with the new
            old, self.keepers[place] = self.keepers[place], self._keeper(setting)
            while self._asked[old]:  # noqa: ASYNC110 - as a server ends: nothing new, and what is asked is answered
                await asyncio.sleep(0.001)
            await old.close()

    async def read(self, place: int, athlete_id: int, *, force: bool) -> ReadyToken:
        keeper = self.keepers[place]
        self._asked[keeper] += 1
        try:
            return await keeper.access_token(athlete_id, force=force)
        finally:
            self._asked[keeper] -= 1


class Readers:
    """Callers who never stop asking; some of them force a refresh."""

    def __init__(self, processes: Processes, athletes: list[int]) -> None:
        self._processes, self._athletes = processes, athletes
        self.reads = self.failed = 0
        self.stop = False

    async def run(self, seed: int) -> None:
        rng = random.Random(seed)
        while not self.stop or self.reads < READS:
            athlete_id = rng.choice(self._athletes)
            try:
                ready = await self._processes.read(rng.randrange(2), athlete_id, force=rng.random() < 0.02)
            except SealBroken:
                self.failed += 1
            else:
                self.failed += self._processes.truth.given.get(ready.access_token) != athlete_id
            self.reads += 1
            if rng.random() < 0.02:
                self._processes.clock.advance(1)
            await asyncio.sleep(0)


async def fill(database: Database, truth: Truth, setting: KeySetting, clock: Clock) -> list[int]:
    seals = TokenSeals(setting.vault(), now=clock.now)
    members, tokens = [], []
    for athlete_id in range(1, ROWS + 1):
        member_id: UUID = uuid7()
        members.append({"id": member_id, "telegram_id": athlete_id, "created_at": START})
        columns = token_columns(seals.seal(athlete_id, truth.give(athlete_id)))
        row = {"athlete_id": athlete_id, "member_id": member_id, "scope": "read", "fence": 0, "updated_at": START}
        tokens.append({**row, **columns})
    with database.transaction() as session:
        session.execute(insert(Member), members)
        session.execute(insert(StravaToken), tokens)
    return list(range(1, ROWS + 1))


async def rewrap_with_kills(url: str, setting: KeySetting, kills: int, rng: random.Random) -> None:
    """Kills the process without warning in the middle of its work, so many times, and then lets it finish."""
    for attempt in range(kills + 1):
        batch = max(1, ROWS // (40 * (kills + 1)))
        last = attempt == kills
        pause_s = 0.0 if last else 0.02
        command = [sys.executable, str(Path(__file__).with_name("rewrap_process.py"))]
        process = await asyncio.create_subprocess_exec(
            *command, url, setting.text, str(200 if last else batch), str(pause_s),
            stdout=asyncio.subprocess.PIPE, env={"PYTHONPATH": str(ROOT), "PATH": "", "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        assert process.stdout is not None
        if last:
            await process.communicate()
            assert process.returncode == 0
            return
        for _ in range(rng.randrange(1, 20)):
            await process.stdout.readline()
        await asyncio.sleep(rng.random() * 0.02)
        process.kill()
        await process.communicate()


async def settle(database: Database, setting: KeySetting, clock: Clock) -> tuple[Rewrap, float]:
    vault = setting.vault()
    rewrap = Rewrap(database, vault, TokenSeals(vault, now=clock.now))
    begun_s = time.perf_counter()
    await rewrap.run()
    return rewrap, time.perf_counter() - begun_s


@pytest.mark.system
async def test_keys_rotate_under_load_and_no_read_fails(url: str):
    await asyncio.to_thread(upgrade, "ayda_service", url)
    clock, rng = Clock(), random.Random(4)
    truth, setting = Truth(clock), KeySetting.parse(generate_setting("k1"))
    processes = Processes(url, truth, clock, setting)
    athletes = await fill(processes.database, truth, setting, clock)
    clock.advance(60)
    readers = Readers(processes, athletes)
    reading = [asyncio.create_task(readers.run(seed)) for seed in range(6)]
    proofs = []
    for new, old in (("k2", "k1"), ("k3", "k2")):
        setting = setting.with_new(new)
        await processes.restart(setting)
        setting = setting.promoted(new)
        await rewrap_with_kills(url, setting, KILLS_PER_ROTATION, rng)
        await processes.restart(setting)
        rewrap, _took_s = await settle(processes.database, setting, clock)
        in_use = await rewrap.in_use()
        proofs.append(f"{old}:{in_use[old]}/{in_use.total()}")
        assert in_use[old] == 0
        setting = setting.without(old)
        await processes.restart(setting)
    readers.stop = True
    await asyncio.gather(*reading)
    for keeper in processes.keepers:
        await keeper.close()
    lost = await count_lost(processes.database, truth, setting, clock)
    took_s = await time_of_all(processes.database, setting, clock)
    await processes.database.close()
    report(
        "T4", database=url.partition(":")[0], rows=ROWS, reads=readers.reads, failed=readers.failed, lost=lost,
        refreshes=len(truth.given) - ROWS, kills=2 * KILLS_PER_ROTATION, retired="+".join(proofs),
        rewrap_of_all_s=round(took_s, 1),
    )  # fmt: skip
    assert readers.failed == 0
    assert readers.reads >= READS
    assert lost == 0
    assert len(truth.given) > ROWS, "nobody refreshed meanwhile, so nothing could have been overwritten"
    assert took_s <= 60


async def count_lost(database: Database, truth: Truth, setting: KeySetting, clock: Clock) -> int:
    """Athletes whose newest refresh token is not the newest that was given."""
    store, seals, lost = SqlTokenStore(database, StravaToken), TokenSeals(setting.vault(), now=clock.now), 0
    for athlete_id, tokens in truth.newest.items():
        stored = await store.read(athlete_id)
        assert stored is not None
        kept = seals.refresh_token(athlete_id, stored.sealed.refresh_tokens[0])
        lost += kept.reveal() != tokens.refresh_token
    return lost


async def time_of_all(database: Database, setting: KeySetting, clock: Clock) -> float:
    """Seconds to seal every row anew, undisturbed."""
    _rewrap, took_s = await settle(database, setting.with_new("k9").promoted("k9"), clock)
    return took_s
