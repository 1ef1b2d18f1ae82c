"""`ayda dead`: one command shows whatever was given up, one command tries it again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import structlog

from ayda_service.models import JOB_TABLE, WebhookEvent
from predictor_service.models import JOBS
from servicekit.data.database import Database
from servicekit.data.migrations import upgrade
from servicekit.jobs import Fatal, Job
from servicekit.jobs.in_process import EmbeddedWorker, open_queue
from tests.ayda.uploads.bench import files, open_bench
from tests.cli.conftest import Ayda
from tests.service_database import ON_POSTGRES, fresh_database, migrated_database

pytestmark = [pytest.mark.postgres] if ON_POSTGRES else []

LETTER = uuid4()
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with migrated_database("ayda_service", tmp_path_factory.mktemp("ayda")) as template:
        yield template


@pytest.fixture
def url(migrated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The migrated database of ayda, which the environment names."""
    address = fresh_database(migrated, tmp_path)
    monkeypatch.setenv("DATABASE_URL", address)
    return address


def bury_uploads(url: str, count: int) -> None:
    async def fail() -> None:
        with structlog.testing.capture_logs():
            async with open_bench(url) as bench:
                await bench.connect()
                for content in files(count):
                    await bench.put(content)
                bench.road.instead = lambda request: httpx.Response(500) if request.method == "POST" else None
                async with bench.working():
                    await bench.until_over(slack_s=12)

    asyncio.run(fail())


def finish(url: str) -> int:
    """How many uploads complete when nothing stands in their way."""

    async def go_on() -> int:
        async with open_bench(url) as bench:
            await bench.connect()
            async with bench.working():
                await bench.until_over()
            return await bench.count("completed")

    return asyncio.run(go_on())


def bury_letter(url: str) -> None:
    async def fill() -> None:
        database = Database(url)
        with database.transaction() as session:
            session.add(
                WebhookEvent(
                    id=LETTER, subscription_id=1, object_type="activity", object_id=2**53 + 1, aspect_type="create",
                    event_time_s=1, updates_digest="", owner_id=7, updates={}, signed=False, state="dead", tries=4,
                    error="Refused.", received_at=NOW,
                )
            )  # fmt: skip
        await database.close()

    asyncio.run(fill())


def bury_job(url: str, table: Any, name: str) -> None:
    """A job of this name that says it can never succeed."""

    async def fail() -> None:
        database = Database(url)
        queue = open_queue(database, table, now=lambda: datetime.now(UTC))

        async def run(_args: object) -> None:
            raise Fatal("The other side has never heard of it.")

        await queue.put(name, {"athlete_id": "7"})
        worker = EmbeddedWorker(queue, [Job(name, run)])
        async with worker.running():
            while not await queue.dead():  # noqa: ASYNC110 - nobody tells of a death
                await asyncio.sleep(0.01)
        await database.close()

    with structlog.testing.capture_logs():
        asyncio.run(fail())


def dead(ayda: Ayda, *arguments: str) -> list[dict[str, Any]]:
    said = ayda("dead", "list", "--json", *arguments)
    assert said.code == 0, said.err
    return list(json.loads(said.out))


@pytest.mark.skipif(ON_POSTGRES, reason="the bench's queue is the embedded one, and the command opens procrastinate")
def test_dead_uploads_are_shown_and_replayed_by_one_command(url: str, ayda: Ayda):
    bury_uploads(url, 3)
    letters = dead(ayda, "--service", "ayda")
    assert len(letters) == 3
    assert all("status 500" in letter["why"] and letter["kind"] == "uploads" for letter in letters)
    assert letters[0]["what"] in ayda("dead", "list", "--service", "ayda").out
    assert ayda("dead", "replay", letters[0]["id"], "--service", "ayda").out == "1 wait again.\n"
    assert len(dead(ayda, "--service", "ayda")) == 2
    assert "2 wait again." in ayda("dead", "replay", "--all", "--kind", "uploads", "--service", "ayda").out
    assert dead(ayda, "--service", "ayda") == []
    assert finish(url) == 3


def test_a_dead_letter_is_shown_with_its_reason_and_its_time(url: str, ayda: Ayda):
    bury_letter(url)
    line = f"{LETTER}  ayda webhooks  2026-06-01 12:00  create activity {2**53 + 1} of 7: Refused.\n"
    assert ayda("dead", "list", "--service", "ayda").out == line
    (letter,) = dead(ayda, "--service", "ayda", "--kind", "webhooks")
    assert (letter["id"], letter["tries"]) == (str(LETTER), 4)
    assert dead(ayda, "--service", "ayda", "--kind", "uploads") == []


@pytest.mark.parametrize("which", [[str(LETTER)], ["--all"], ["--all", "--kind", "webhooks"]])
def test_a_replayed_letter_waits_again_with_its_job(url: str, ayda: Ayda, which: list[str]):
    bury_letter(url)
    assert ayda("dead", "replay", *which, "--service", "ayda").out == "1 wait again.\n"
    assert ayda("dead", "list", "--service", "ayda").out == "Nothing is dead.\n"


def test_a_replay_of_one_kind_leaves_the_others_dead(url: str, ayda: Ayda):
    bury_letter(url)
    bury_job(url, JOB_TABLE, "notify_connected")
    assert ayda("dead", "replay", "--all", "--kind", "jobs", "--service", "ayda").out == "1 wait again.\n"
    assert [each["kind"] for each in dead(ayda, "--service", "ayda")] == ["webhooks"]


@pytest.mark.skipif(ON_POSTGRES, reason="both services' databases are files here")
def test_jobs_of_both_services_are_shown_and_replayed_together(
    url: str, ayda: Ayda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    predictors = f"sqlite:///{tmp_path / 'predictor.db'}"
    upgrade("predictor_service", predictors)
    monkeypatch.setenv("PREDICTOR_DATABASE_URL", predictors)
    bury_job(url, JOB_TABLE, "notify_connected")
    bury_job(predictors, JOBS, "sync_athlete")
    assert [(each["service"], each["what"]) for each in dead(ayda)] == [
        ("predictor", "sync_athlete(athlete_id=7)"),
        ("ayda", "notify_connected(athlete_id=7)"),
    ]
    assert all("never heard of it" in each["why"] and each["since"] for each in dead(ayda))
    assert ayda("dead", "replay", "--all").out == "2 wait again.\n"
    assert dead(ayda) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [([], "bad_usage"), (["x", "--all"], "bad_usage"), (["x"], "not_dead"), ([str(uuid4())], "not_dead")],
)
def test_a_replay_that_names_nothing_to_replay_is_refused(url: str, ayda: Ayda, arguments: list[str], code: str):
    said = ayda("dead", "replay", *arguments, "--service", "ayda")
    assert said.code == 2
    assert said.err.startswith(f"{code}: ")


def test_a_database_that_is_not_migrated_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ayda: Ayda
):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    said = ayda("dead", "list", "--service", "ayda")
    assert said.code == 2
    assert said.err.startswith("database_unusable: ")
    assert "migrated" in said.err
