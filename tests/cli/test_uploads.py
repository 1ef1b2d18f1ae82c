"""`ayda uploads`: one command shows what was given up, one command tries it again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest
import structlog

from cli.main import main
from tests.ayda.uploads.bench import files, open_bench
from tests.service_database import ON_POSTGRES, fresh_database, migrated_database

pytestmark = [pytest.mark.postgres] if ON_POSTGRES else []


@pytest.fixture
def url(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    with migrated_database("ayda_service", tmp_path_factory.mktemp("ayda")) as template:
        address = fresh_database(template, tmp_path)
        monkeypatch.setenv("DATABASE_URL", address)
        yield address


def make_dead(url: str, count: int) -> None:
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


def dead(capfdbinary: pytest.CaptureFixture[bytes]) -> list[dict[str, str]]:
    main(["uploads", "dead", "--json"])
    return list(json.loads(capfdbinary.readouterr().out))


@pytest.mark.skipif(ON_POSTGRES, reason="the bench's queue is the embedded one, and the command opens procrastinate")
def test_dead_uploads_are_shown_and_replayed_by_one_command(url: str, capfdbinary: pytest.CaptureFixture[bytes]):
    make_dead(url, 3)
    letters = dead(capfdbinary)
    assert len(letters) == 3
    assert all("status 500" in letter["error"] for letter in letters)
    main(["uploads", "dead"])
    assert letters[0]["upload_id"] in capfdbinary.readouterr().out.decode()
    main(["uploads", "replay", letters[0]["id"]])
    assert capfdbinary.readouterr().out == b"1 wait again.\n"
    assert len(dead(capfdbinary)) == 2
    main(["uploads", "replay", "--all"])
    assert b"2 wait again." in capfdbinary.readouterr().out
    assert dead(capfdbinary) == []
    assert finish(url) == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["replay"], b"bad_usage"), (["replay", "x", "--all"], b"bad_usage"), (["replay", "x"], b"upload_not_found")],
)
def test_a_replay_that_names_nothing_to_replay_is_refused(
    url: str, capfdbinary: pytest.CaptureFixture[bytes], arguments: list[str], code: bytes
):
    with pytest.raises(SystemExit) as left:
        main(["uploads", *arguments])
    assert left.value.code == 2
    assert capfdbinary.readouterr().err.startswith(code)


def test_a_database_that_is_not_migrated_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(SystemExit):
        main(["uploads", "dead"])
    assert capfdbinary.readouterr().err.startswith(b"database_unusable: ")
