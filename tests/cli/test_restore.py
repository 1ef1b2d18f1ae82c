"""`ayda restore check`: a backup of either service brings back nobody who was erased after it was made."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.ayda.support import BOT_TOKEN, CLIENT_SECRET, KEY_IN, KEY_OUT
from tests.cli.conftest import Ayda
from tests.drills.both_services import both_services
from tests.drills.test_x10_erasure import MEMBER, NEIGHBOUR, finished, told

FRIEND = 1_414_213_562_373
DATABASES = ("ayda.db", "predictor.db")


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Both services' settings, on databases in one folder."""
    values = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'ayda.db'}",
        "PREDICTOR_DATABASE_URL": f"sqlite:///{tmp_path / 'predictor.db'}",
        "STRAVA_CLIENT_ID": "4242",
        "STRAVA_CLIENT_SECRET": CLIENT_SECRET,
        "TELEGRAM_BOT_TOKEN": BOT_TOKEN,
        "TOKEN_ENCRYPTION_KEYS": "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "PREDICTOR_TO_AYDA_API_KEYS": KEY_IN,
        "AYDA_TO_PREDICTOR_API_KEYS": KEY_OUT,
        "STRAVA_OAUTH_BASE": "http://127.0.0.1:9",
        "STRAVA_API_BASE": "http://127.0.0.1:9",
        "GPX_PREDICTOR_API_URL": "http://127.0.0.1:9",
        "LOG_LEVEL": "CRITICAL",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def back_up(folder: Path) -> None:
    """Both databases as they are now, as `sqlite3 .backup` would copy them."""
    for name in DATABASES:
        with (
            closing(sqlite3.connect(folder / name)) as now,
            closing(sqlite3.connect(folder / f"{name}.backup")) as kept,
        ):
            now.backup(kept)


def restore(folder: Path, *names: str) -> None:
    """The backups in place of what has become of the databases."""
    for name in names:
        for side in ("-wal", "-shm"):
            (folder / f"{name}{side}").unlink(missing_ok=True)
        shutil.copy(folder / f"{name}.backup", folder / name)


async def live_and_leave(folder: Path) -> None:
    """One member is erased after the backup, one ends their connection, one stays."""
    async with both_services(folder) as both:
        for telegram_id in (MEMBER, NEIGHBOUR, FRIEND):
            await both.ayda.connect(telegram_id)
            await told(both, telegram_id)
        back_up(folder)
        both.clock.advance(60)
        erased = await both.ayda.http.delete("/api/v1/me", headers=both.ayda.as_member(MEMBER))
        await finished(both, erased.json()["id"])
        ended = await both.ayda.http.post("/api/v1/strava/disconnect", headers=both.ayda.as_member(NEIGHBOUR))
        assert ended.status_code == 200


def left(folder: Path) -> dict[str, list[str]]:
    """Whom the services know, and whom they know to be connected."""
    found = {}
    for name, query in QUERIES.items():
        with closing(sqlite3.connect(folder / name.split()[0])) as connection:
            found[name] = sorted(str(row[0]) for row in connection.execute(query))
    return found


QUERIES = {
    "ayda.db members": "SELECT telegram_id FROM member",
    "ayda.db connected": "SELECT telegram_id FROM member JOIN strava_token ON member_id = member.id",
    "predictor.db athletes": "SELECT telegram_id FROM athlete",
    "predictor.db connected": "SELECT telegram_id FROM athlete WHERE strava_athlete_id IS NOT NULL",
}
STAYED = sorted(map(str, (NEIGHBOUR, FRIEND)))


def test_whoever_a_backup_brings_back_is_found_and_erased_again(environment: Path, ayda: Ayda):
    asyncio.run(live_and_leave(environment))
    assert (ayda("restore", "check").code, ayda("restore", "check").out.count("nobody")) == (0, 2)
    restore(environment, *DATABASES)
    found = ayda("restore", "check")
    assert found.code == 1
    assert found.out.count("1 erased people and 1 ended connections are there") == 2
    assert str(MEMBER) not in found.out + found.err
    assert len(left(environment)["ayda.db members"]) == 3
    again = ayda("restore", "check", "--apply")
    assert (again.code, again.out.count("are erased again")) == (0, 2)
    assert left(environment) == {
        "ayda.db members": STAYED,
        "ayda.db connected": [str(FRIEND)],
        "predictor.db athletes": STAYED,
        "predictor.db connected": [str(FRIEND)],
    }
    assert ayda("restore", "check").code == 0


def test_a_backup_of_the_predictor_alone_is_checked_against_the_list_of_ayda(environment: Path, ayda: Ayda):
    asyncio.run(live_and_leave(environment))
    restore(environment, "predictor.db")
    named = ("restore", "check", "predictor", "--list", environment / "ayda.erasures")
    assert ayda(*named).code == 1
    assert ayda(*named, "--apply").code == 0
    assert left(environment)["predictor.db athletes"] == STAYED


def test_ayda_does_not_start_on_a_database_that_is_older_than_the_list(environment: Path, ayda: Ayda):
    asyncio.run(live_and_leave(environment))
    restore(environment, "ayda.db")

    async def start() -> None:
        async with both_services(environment):
            pass

    with pytest.raises(RuntimeError, match="ayda restore check --apply"):
        asyncio.run(start())
    assert ayda("restore", "check", "--apply").code == 0
    asyncio.run(start())


def test_without_the_list_or_its_key_nothing_is_called_clean(
    environment: Path, ayda: Ayda, monkeypatch: pytest.MonkeyPatch
):
    asyncio.run(live_and_leave(environment))
    monkeypatch.setenv("ERASURES_KEY", "another-key-than-that-of-the-list")
    other = ayda("restore", "check")
    assert (other.code, "under another key" in other.err) == (1, True)
    (environment / "ayda.erasures").unlink()
    gone = ayda("restore", "check")
    assert (gone.code, gone.err.partition(":")[0]) == (2, "no_list")
