"""T8: several processes of a service are one prober during an outage, and know together when it is over."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import insert, text

from ayda_service.members.models import Member
from ayda_service.strava.models import StravaOutage, StravaToken
from servicekit.base.settings import Secret
from servicekit.base.vault import Vault
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.data.migrations import upgrade
from servicekit.strava.errors import StravaUnavailable
from servicekit.strava.oauth import Tokens
from servicekit.strava.outages.store import SharedStep, SqlOutage
from servicekit.strava.outages.watch import Outage
from servicekit.strava.tokens.keeper import TokenKeeper
from servicekit.strava.tokens.seals import ReadyToken, TokenSeals
from servicekit.strava.tokens.store import SqlTokenStore, token_columns
from tests.drills.reporting import DRILL, report
from tests.drills.vault_world import LIFE_S
from tests.servicekit.strava.support import START, Clock

ATHLETES = 1_000 if DRILL else 40
PROCESSES = 4
ASKED_AT_ONCE = 10 if DRILL else 4
OUTAGE_S = 1_800
STEP_S = 5
MOST_PROBES = 60


class DownStrava:
    """A token endpoint that is there or not, and counts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.down = False
        self.calls = 0

    async def refresh(self, refresh_token: Secret) -> Tokens:
        self.calls += 1
        await asyncio.sleep(0.002)
        if self.down:
            raise StravaUnavailable
        name = refresh_token.reveal()
        return Tokens(f"a{name}", name, int(self._clock.now().timestamp()) + LIFE_S)


@asynccontextmanager
async def processes(url: str, strava: DownStrava, clock: Clock) -> AsyncIterator[list[TokenKeeper]]:
    """Keepers on connections and an outage of their own, as in processes of their own."""
    vault, databases = Vault({"k1": bytes(range(32))}), [Database(url) for _ in range(PROCESSES)]
    keepers = [
        TokenKeeper(
            SqlTokenStore(database, StravaToken), strava, vault, now=clock.now, outage=SqlOutage(database, StravaOutage)
        )
        for database in databases
    ]
    await fill(databases[0], TokenSeals(vault, now=clock.now))
    try:
        yield keepers
    finally:
        for keeper, database in zip(keepers, databases, strict=True):
            await keeper.close()
            await database.close()


async def fill(database: Database, seals: TokenSeals) -> None:
    members, tokens = [], []
    for athlete_id in range(1, ATHLETES + 1):
        member_id = uuid7()
        members.append({"id": member_id, "telegram_id": athlete_id, "created_at": START})
        row = {"athlete_id": athlete_id, "member_id": member_id, "scope": "read", "fence": 0, "updated_at": START}
        tokens.append({**row, **token_columns(seals.seal(athlete_id, Tokens("a", f"r{athlete_id}", 0)))})
    with database.transaction() as session:
        session.execute(insert(Member), members)
        session.execute(insert(StravaToken), tokens)


async def ask(keeper: TokenKeeper, athlete_id: int) -> tuple[str, float]:
    """What somebody got, and after how many real seconds."""
    begun_s = time.perf_counter()
    try:
        got: object = await keeper.access_token(athlete_id)
    except StravaUnavailable as outage:
        got = outage
    if isinstance(got, StravaUnavailable):
        assert (got.retry_after_s or 0) > 0, "whoever is refused is told when to come back"
    return type(got).__name__, time.perf_counter() - begun_s


async def test_half_an_hour_without_strava_is_probed_by_one(url: str):
    await asyncio.to_thread(upgrade, "ayda_service", url)
    clock, rng = Clock(), random.Random(8)
    strava = DownStrava(clock)
    answers, waits_s = Counter[str](), []
    async with processes(url, strava, clock) as keepers:
        clock.advance(LIFE_S)
        strava.down = True
        for _ in range(OUTAGE_S // STEP_S):
            asked = [(rng.choice(keepers), rng.randrange(1, ATHLETES + 1)) for _ in range(ASKED_AT_ONCE)]
            for name, took_s in await asyncio.gather(*(ask(*each) for each in asked)):
                answers[name] += 1
                waits_s.append(took_s)
            clock.advance(STEP_S)
        probes, strava.down = strava.calls, False
        recovered_s, waiting = 0, set(range(1, ATHLETES + 1))
        while waiting and recovered_s < 60:
            clock.advance(1)
            recovered_s += 1
            waiting -= await got_back(keepers, waiting)
    waits_s.sort()
    p99_s = waits_s[int(len(waits_s) * 0.99)]
    report(
        "T8 shared", database=url.partition(":")[0], processes=PROCESSES, athletes=ATHLETES, probes=probes,
        asked=answers.total(), answer_p99_s=round(p99_s, 3), slowest_s=round(waits_s[-1], 3),
        all_back_s=recovered_s, not_back=len(waiting),
    )  # fmt: skip
    assert set(answers) == {"StravaUnavailable"}
    assert probes <= MOST_PROBES
    assert not waiting
    assert not DRILL or p99_s < 1


async def got_back(keepers: list[TokenKeeper], waiting: set[int]) -> set[int]:
    """Those whose token is fresh again; whoever is refused comes back a second later."""
    first = min(waiting)
    if (await ask(keepers[first % PROCESSES], first))[0] != ReadyToken.__name__:
        return set()
    ordered = sorted(waiting)
    got = await asyncio.gather(*(ask(keepers[each % PROCESSES], each) for each in ordered))
    return {each for each, (name, _) in zip(ordered, got, strict=True) if name == ReadyToken.__name__}


async def test_while_strava_answers_a_hand_out_reads_nothing_about_outages_and_a_refresh_once(url: str):
    await asyncio.to_thread(upgrade, "ayda_service", url)
    clock = Clock()
    async with processes(url, DownStrava(clock), clock) as keepers:
        shared = Reads()
        keepers[0]._outage = Outage(clock.now, shared)
        clock.advance(LIFE_S)
        await ask(keepers[0], 1)
        assert (shared.reads, shared.writes) == (1, 0)
        for _ in range(20):
            await ask(keepers[0], 1)
        assert (shared.reads, shared.writes) == (1, 0)


class Reads:
    """A shared state in which nothing ever happened."""

    def __init__(self) -> None:
        self.reads = self.writes = 0

    async def read(self) -> SharedStep:
        self.reads += 1
        return SharedStep(0, 0.0, 0)

    async def claim(self, _seen: SharedStep, _until_s: float) -> bool:
        self.writes += 1
        return True

    async def failed(self, step: int, until_s: float) -> SharedStep:
        self.writes += 1
        return SharedStep(step + 1, until_s, 0)

    async def over(self) -> None:
        self.writes += 1


async def test_without_the_shared_row_each_process_goes_by_what_it_knows(url: str):
    await asyncio.to_thread(upgrade, "ayda_service", url)
    clock = Clock()
    strava = DownStrava(clock)
    async with processes(url, strava, clock) as keepers:
        await drop_the_row(url)
        clock.advance(LIFE_S)
        strava.down = True
        for athlete_id in range(1, 9):
            assert (await ask(keepers[0], athlete_id))[0] == "StravaUnavailable"
        assert strava.calls == 1
        assert (await ask(keepers[1], 9))[0] == "StravaUnavailable"
        assert strava.calls == 2
        strava.down = False
        clock.advance(2)
        assert (await ask(keepers[0], 1))[0] == "ReadyToken"


async def drop_the_row(url: str) -> None:
    database = Database(url)
    with database.transaction() as session:
        session.execute(text("DROP TABLE strava_outage"))
    await database.close()
