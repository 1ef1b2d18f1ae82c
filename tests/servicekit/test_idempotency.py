from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from servicekit.data.columns import new_metadata
from servicekit.data.database import Database
from servicekit.web.idempotency.store import (
    Answer,
    BadIdempotencyKey,
    IdempotencyConflict,
    IdempotencyKeys,
    KeyClaim,
    fingerprint,
    idempotency_table,
)

METADATA = new_metadata()
TABLE = idempotency_table(METADATA)
ONE, OTHER = fingerprint(b"POST", b"/a", b"{}"), fingerprint(b"POST", b"/a", b"{1}")


class Service:
    """A service function that is to have one effect."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.time = datetime(2026, 3, 1, tzinfo=UTC)
        self.keys = IdempotencyKeys(TABLE, now=lambda: self.time)
        self.effects = 0
        self.at_work = threading.Event()
        """Set once the effect of a request has begun."""

    async def call(self, key: str, print_: str = ONE, *, scope: str = "ayda POST /a", fails: bool = False) -> Answer:
        def run() -> Answer:
            self.effects += 1
            self.at_work.set()
            time.sleep(0.01)
            if fails:
                raise LookupError
            return Answer(201, f"answer {self.effects}".encode())

        def unit(session: Session) -> Answer:
            return self.keys.replay_or_run(session, KeyClaim(key, scope, print_), run)

        return await self.database.write(unit)


@pytest.fixture
async def service(url: str) -> AsyncIterator[Service]:
    database = Database(url)
    METADATA.create_all(database.engine)
    yield Service(database)
    await database.close()


async def test_the_same_request_again_gets_the_same_answer_and_has_no_effect(service: Service):
    first = await service.call("k")
    assert first == Answer(201, b"answer 1")
    assert await service.call("k") == first
    assert service.effects == 1


async def test_twenty_at_once_have_one_effect_and_one_answer(service: Service):
    answers = await asyncio.gather(*(service.call("k") for _ in range(20)))
    assert set(answers) == {Answer(201, b"answer 1")}
    assert service.effects == 1


async def test_another_request_under_the_same_key_is_a_conflict(service: Service):
    await service.call("k")
    with pytest.raises(IdempotencyConflict, match="different request"):
        await service.call("k", OTHER)
    assert service.effects == 1


async def test_a_request_that_failed_may_be_sent_again(service: Service):
    with pytest.raises(LookupError):
        await service.call("k", fails=True)
    assert (await service.call("k")).status == 201


async def test_whoever_waited_for_a_request_that_failed_does_the_work(service: Service):
    failing = asyncio.create_task(service.call("k", fails=True))
    assert await asyncio.to_thread(service.at_work.wait, 30.0)
    answers = await asyncio.gather(service.call("k"), service.call("k"))
    assert isinstance((await asyncio.gather(failing, return_exceptions=True))[0], LookupError)
    assert answers[0] == answers[1] == Answer(201, b"answer 2")


async def test_two_callers_may_use_the_same_key(service: Service):
    assert await service.call("k", scope="one") != await service.call("k", scope="two")


async def test_an_answer_is_forgotten_after_a_day(service: Service):
    await service.call("k")
    service.time += timedelta(hours=23, minutes=59)
    await service.call("k")
    assert service.effects == 1
    service.time += timedelta(minutes=1)
    await service.call("k", OTHER)
    assert service.effects == 2


async def test_old_answers_are_purged(service: Service):
    await service.call("old")
    service.time += timedelta(hours=24)
    await service.call("new")
    with service.database.transaction() as session:
        service.keys.purge(session)
        assert session.execute(select(func.count()).select_from(TABLE)).scalar_one() == 1


@pytest.mark.parametrize("key", ["", "k" * 256, "kéy", "a\nb"])
async def test_a_key_that_no_header_can_carry_is_refused(service: Service, key: str):
    with pytest.raises(BadIdempotencyKey):
        await service.call(key)


def test_a_fingerprint_keeps_its_parts_apart():
    assert fingerprint(b"ab", b"c") != fingerprint(b"a", b"bc")
