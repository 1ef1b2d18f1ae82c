"""People who live with both services and are erased, in any order of what can happen to them; and what is left."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from sqlalchemy import MetaData, select, text

from ayda_service.models import Member
from ayda_service.parts import assemble as assemble_ayda
from predictor_service.athletes.models import Athlete
from predictor_service.parts import assemble as assemble_predictor
from servicekit.data.erasure_list import ErasureList
from simulators.strava.simulator import Simulator
from tests.ayda.support import init_data
from tests.ayda.webhooks.support import OFF, deauthorisation, deliver, event
from tests.drills.both_services import Both, Wire, ayda_settings, both_services, new_strava, predictor_settings
from tests.predictor.tracks import gpx
from tests.servicekit.strava.support import Clock, StravaTransport

BUSY: Final = (
    "revoke_at_strava", "erase_at_predictor", "notify_connected", "notify_disconnected", "forward_events",
    "check_consent", "forget_deleted", "tell_member", "learn_activity",
)  # fmt: skip
PREDICT: Final = "/api/v1/internal/predict"
WITHIN_S: Final = 60
FILES: Final = ("ayda.db", "predictor.db")
LIST: Final = "ayda.erasures"
_PAUSE_S: Final = 901.0
"""After which Strava is asked again whether a consent stands."""


@dataclass
class Person:
    """One member with two Strava athletes, and what of theirs is under way."""

    telegram_id: int
    athletes: tuple[int, int]
    connected: int | None = None
    erased_at_s: float | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: list[asyncio.Task[httpx.Response]] = field(default_factory=list)
    uuids: set[Any] = field(default_factory=set)
    events: int = 0

    def canaries(self) -> set[bytes]:
        """How they could be recognised: ids as text and as numbers, and hashes that anybody could make of them."""
        found: set[bytes] = {str(each).encode() for each in self.uuids} | {each.hex.encode() for each in self.uuids}
        for number in (self.telegram_id, *self.athletes):
            written = str(number).encode()
            found |= {written, number.to_bytes(8, "big")}
            found |= {make(written).hexdigest().encode() for make in (hashlib.sha256, hashlib.md5, hashlib.sha1)}
        return found


class ErasureHouse:
    """Both services on databases that can be opened again, and put back to what they were."""

    def __init__(self, folder: Path, urls: Mapping[str, str] | None = None) -> None:
        """`urls` by service, for databases that are no files in the folder."""
        self.folder = folder
        self.clock = Clock()
        self.simulator: Simulator = new_strava(self.clock)
        self._urls = urls or {}
        self._stack = AsyncExitStack()
        self._next = 3_141_592_653_000
        self.both: Both

    def _settings(self) -> tuple[dict[str, Any], dict[str, Any]]:
        ayda = {"database_url": self._urls["ayda"]} if self._urls else {}
        predictor = {"database_url": self._urls["predictor"]} if self._urls else {}
        return {"webhooks": OFF, "erasures_file": self.folder / LIST, **ayda}, predictor

    async def open(self) -> None:
        ayda, predictor = self._settings()
        self._stack = AsyncExitStack()
        opened = both_services(
            self.folder, clock=self.clock, simulator=self.simulator, of_predictor=predictor, **ayda
        )  # fmt: skip
        self.both = await self._stack.enter_async_context(opened)

    async def close(self) -> None:
        await self._stack.aclose()

    async def restart(self) -> None:
        """Both services end and begin again."""
        await self.close()
        await self.open()

    def back_up(self) -> None:
        """Both databases as they are now; files only."""
        for name in FILES:
            copy = self.folder / f"{name}.backup"
            with closing(sqlite3.connect(self.folder / name)) as now, closing(sqlite3.connect(copy)) as kept:
                now.backup(kept)

    async def restore(self) -> tuple[int, int]:
        """The backup in place of the databases, checked as `ayda restore check --apply` does: how much was found."""
        await self.close()
        for name in FILES:
            for side in ("-wal", "-shm"):
                (self.folder / f"{name}{side}").unlink(missing_ok=True)
            shutil.copy(self.folder / f"{name}.backup", self.folder / name)
        ayda, predictor = self._settings()
        clock, strava = self.clock.now, StravaTransport(self.simulator)
        settings = ayda_settings(self.folder, **ayda)
        erasures, found = ErasureList(*settings.erasures), []
        for parts in (
            assemble_ayda(settings, now=clock, strava_transport=strava, predictor_transport=Wire()),
            assemble_predictor(predictor_settings(self.folder, **predictor), now=clock, strava_transport=strava),
        ):
            async with parts.opened():
                restored = parts.restored()
                brought_back = await restored.found(erasures)
                await restored.erase_again(brought_back)
                assert not await restored.found(erasures)
                await restored.settle(erasures)
                found.append(len(brought_back.people) + len(brought_back.connections))
        await self.open()
        return found[0], found[1]

    def person(self) -> Person:
        """Somebody new, with two athletes at Strava."""
        self._next += 1
        return Person(self._next, (self.simulator.add_athlete(activities=2), self.simulator.add_athlete(activities=2)))

    def proof(self, who: Person) -> dict[str, str]:
        """The newest proof of theirs; once they are erased, the newest from before."""
        age_s = 0.0 if who.erased_at_s is None else self.clock.now().timestamp() - who.erased_at_s
        return {"Authorization": f"tma {init_data(self.clock, who.telegram_id, age_s=age_s)}"}

    async def connect(self, who: Person, athlete: int) -> None:
        """They connect this athlete, in place of the one before; with an old proof it comes to nothing."""
        http = self.both.ayda.http
        headers = {**self.proof(who), "Accept": "application/json"}
        answer = await http.get("/api/v1/strava/auth", headers=headers)
        if who.erased_at_s is not None:
            assert answer.status_code == 401, answer.text
            return
        back = await self.both.ayda.consent(answer.json()["authorization_url"], who.athletes[athlete])
        assert (await http.get(back)).status_code == 200
        who.connected = who.athletes[athlete]
        await self.look(who)

    async def look(self, who: Person) -> None:
        """Learns by which ids of ours the person goes at the moment."""
        for database, column, mine in (
            (self.both.ayda.app.litestar.state["parts"].database, Member.id, Member.telegram_id == who.telegram_id),
            (self.both.parts.database, Athlete.id, Athlete.telegram_id == str(who.telegram_id)),
        ):
            with database.reading() as session:
                who.uuids |= set(session.scalars(select(column).where(mine)))

    async def deauthorise(self, who: Person) -> None:
        """They leave at Strava, which says so, and the worker finds out that it is true."""
        if who.connected is None:
            return
        self.clock.advance(_PAUSE_S)
        self.simulator.authorizations.revoke_athlete(who.connected)
        await self.event_of(deauthorisation(who.connected, event_time=int(self.clock.now().timestamp())))
        gone, who.connected = who.connected, None
        await self.until(lambda: not self.rows("ayda", "strava_token", "athlete_id", gone))

    async def event(self, who: Person) -> None:
        """Strava tells of an activity of each athlete they ever had; late, when they are gone."""
        for athlete in who.athletes:
            who.events += 1
            await self.event_of(event(athlete, athlete * 1000 + who.events))

    async def event_of(self, body: Mapping[str, Any]) -> None:
        answer = await deliver(self.both.ayda, body)
        assert answer.status_code == 200, answer.text

    async def upload(self, who: Person) -> None:
        """A file begins to arrive, and has not ended."""

        async def body() -> AsyncIterator[bytes]:
            content = gpx(pace_s_per_km=400, name=f"canary {who.telegram_id}")
            yield content[:1000]
            await who.gate.wait()
            yield content[1000:]

        headers = {**self.proof(who), "Content-Type": "application/gpx+xml"}
        sending = self.both.ayda.http.post(
            "/api/v1/activities", params={"sport": "trail_run"}, content=body(), headers=headers
        )
        who.under_way.append(asyncio.create_task(sending))
        await asyncio.sleep(0.01)

    async def predict(self, who: Person) -> None:
        """They ask how long a course takes them, and the answer is on its way for long."""
        self.both.to_predictor.back[PREDICT] = who.gate
        headers = {**self.proof(who), "Idempotency-Key": "k"}
        asking = self.both.ayda.http.post("/api/v1/predictions", json={"gpx": COURSE}, headers=headers)
        who.under_way.append(asyncio.create_task(asking))
        await asyncio.sleep(0.01)

    async def opt_in(self, who: Person) -> None:
        """They want to be found by the others, under a name that tells who they are."""
        choice = {"opted_in": True, "name": f"canary {who.telegram_id}"}
        answer = await self.both.ayda.http.put("/api/v1/matching", json=choice, headers=self.proof(who))
        assert answer.status_code == (200 if who.erased_at_s is None else 401), answer.text

    async def sync(self, who: Person) -> None:
        """The predictor reads a portion of their activities, if it knows of them."""
        await self.look(who)
        with self.both.parts.database.reading() as session:
            known = session.scalars(select(Athlete.id).where(Athlete.telegram_id == str(who.telegram_id))).one_or_none()
        if known is not None:
            await self.both.sync(known)

    async def export(self, who: Person) -> None:
        """They want to see everything."""
        answer = await self.both.ayda.http.get("/api/v1/me/export", headers=self.proof(who))
        assert answer.status_code == (200 if who.erased_at_s is None else 401), answer.text

    async def erase(self, who: Person) -> None:
        """They are erased; what was under way then ends."""
        await self.look(who)
        first = await self.both.ayda.http.delete("/api/v1/me", headers=self.proof(who))
        assert first.status_code == 200, first.text
        who.erased_at_s, who.connected = self.clock.now().timestamp(), None
        again = await self.both.ayda.http.delete("/api/v1/me", headers=self.proof(who))
        assert again.json()["id"] == first.json()["id"], "a retry has the same receipt"
        await self.release(who)

    async def release(self, who: Person) -> None:
        """What was under way comes to its end."""
        who.gate.set()
        self.both.to_predictor.back.clear()
        for answer in await asyncio.gather(*who.under_way):
            assert answer.status_code in {200, 201, 401, 503}, answer.text
        who.under_way.clear()

    async def settle(self) -> None:
        """Whatever waits is done: the predictor has been told, Strava asked, the log cut."""
        async with asyncio.timeout(WITHIN_S):
            while set(BUSY) & set((await self.both.ayda.queue.stats()).by_name):
                self.clock.advance(61)
                await asyncio.sleep(0.05)
        for database in self.databases().values():
            await database.forget_deleted()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not holds():  # noqa: ASYNC110 - what is awaited is a plain condition
                await asyncio.sleep(0.01)

    def databases(self) -> dict[str, Any]:
        return {"ayda": self.both.ayda.app.litestar.state["parts"].database, "predictor": self.both.parts.database}

    def rows(self, service: str, table: str, column: str, value: object) -> int:
        with self.databases()[service].reading() as session:
            statement = text(f"SELECT count(*) FROM {table} WHERE {column} = :value")  # noqa: S608 - names of ours
            return int(session.execute(statement, {"value": value}).scalar_one())

    def alive(self, people: Sequence[Person]) -> dict[str, int]:
        """How many canaries of these people sing where: in files and logs, and in every column of every table."""
        canaries = {form for who in people for form in who.canaries()}
        heard: dict[str, int] = {}
        for where, content in self._stores():
            found = sum(form in content for form in canaries)
            if found:
                heard[where] = found
        return heard

    def alive_at_strava(self, people: Sequence[Person]) -> int:
        """How many consents of theirs Strava still honours."""
        athletes = [athlete for who in people for athlete in who.athletes]
        return sum(self.simulator.authorizations.of(athlete) is not None for athlete in athletes)

    def _stores(self) -> list[tuple[str, bytes]]:
        files = [(path.name, path.read_bytes()) for path in sorted(self.folder.rglob("*")) if path.is_file()]
        kept = [(name, content) for name, content in files if not name.endswith(".backup")]
        for service, database in self.databases().items():
            metadata = MetaData()
            metadata.reflect(database.engine)
            with database.reading() as session:
                for table in metadata.sorted_tables:
                    shown = repr([tuple(row) for row in session.execute(select(table))])
                    kept.append((f"{service}.{table.name}", shown.encode()))
        return kept


Happening = Callable[[ErasureHouse, Person], Awaitable[None]]


async def _change(house: ErasureHouse, who: Person) -> None:
    other = 1 if who.connected == who.athletes[0] else 0
    await house.connect(who, other)


async def _again(house: ErasureHouse, who: Person) -> None:
    await house.connect(who, 0 if who.connected is None else who.athletes.index(who.connected))


HAPPENINGS: Final[Mapping[str, Happening]] = {
    "reconnect": _again,
    "change": _change,
    "deauthorise": ErasureHouse.deauthorise,
    "event": ErasureHouse.event,
    "upload": ErasureHouse.upload,
    "predict": ErasureHouse.predict,
    "opt_in": ErasureHouse.opt_in,
    "sync": ErasureHouse.sync,
    "export": ErasureHouse.export,
    "erase": ErasureHouse.erase,
}
COURSE: Final = gpx(length_m=5000).decode()


async def live(house: ErasureHouse, order: Sequence[str]) -> Person:
    """Somebody to whom these things happen in this order, one of them the erasure; then what Strava has to say late."""
    who = house.person()
    await house.connect(who, 0)
    for each in order:
        await HAPPENINGS[each](house, who)
    await house.release(who)
    await house.event(who)
    return who
