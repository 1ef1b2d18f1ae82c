"""Whatever the umask, what the services write is read by nobody else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import insert

from servicekit.data.database import Database
from servicekit.data.migrations import upgrade
from servicekit.data.private_files import correct_mode, make_private_folder
from tests.servicekit.data.conftest import METADATA, PARENT


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """The worst umask there is."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_database_its_log_and_its_new_folders_are_their_owners_alone(tmp_path: Path):
    file = tmp_path / "deep" / "deeper" / "one.db"
    database = Database(f"sqlite:///{file}")
    METADATA.create_all(database.engine)
    await database.write(lambda session: session.execute(insert(PARENT), [{"id": 1}]))
    found = {path.name: mode(path) for path in file.parent.iterdir()}
    await database.close()
    assert found == {"one.db": 0o600, "one.db-wal": 0o600, "one.db-shm": 0o600}
    assert (mode(file.parent), mode(file.parent.parent)) == (0o700, 0o700)


def test_what_a_migration_makes_is_too(tmp_path: Path):
    file = tmp_path / "data" / "ayda.db"
    upgrade("ayda_service", f"sqlite:///{file}")
    assert {mode(path) for path in file.parent.iterdir()} == {0o600}
    assert mode(file.parent) == 0o700


async def test_files_that_were_open_to_others_are_corrected_and_the_log_says_so(tmp_path: Path):
    file = tmp_path / "old.db"
    names = ("old.db", "old.db-wal", "old.db-shm")
    for name in names:
        (tmp_path / name).touch(0o644)
    with structlog.testing.capture_logs() as told:
        await Database(f"sqlite:///{file}").close()
    assert {name: mode(tmp_path / name) for name in names} == dict.fromkeys(names, 0o600)
    assert [(line["event"], line["file"], line["was"]) for line in told] == [
        ("file_made_private", name, "0o644") for name in names
    ]
    with structlog.testing.capture_logs() as told:
        await Database(f"sqlite:///{file}").close()
    assert told == []


def test_a_folder_that_others_share_stays_as_it_is_until_it_is_named(tmp_path: Path):
    shared = tmp_path / "shared"
    shared.mkdir(0o755)
    make_private_folder(shared / "ours")
    assert (mode(shared), mode(shared / "ours")) == (0o755, 0o700)
    correct_mode(shared)
    assert mode(shared) == 0o700
