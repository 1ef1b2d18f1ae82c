"""What keeps `serve`, `worker` and `migrate` from their work is one line that names the variable, and no traceback."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest

from servicekit.base.vault import generate_setting
from servicekit.data.migrations import upgrade
from tests.drills.reporting import DRILL, report

COMMANDS = ("serve", "worker", "migrate")
GOOD = {
    "STRAVA_CLIENT_ID": "4242",
    "STRAVA_CLIENT_SECRET": "a-client-secret",
    "TOKEN_ENCRYPTION_KEYS": generate_setting(),
    "TELEGRAM_BOT_TOKEN": f"4242:{'t' * 35}",
    "DATABASE_URL": "sqlite:///ayda.db",
}
WITHOUT = "import sys; sys.modules.update(dict.fromkeys({missing!r})); from cli.main import main; main(sys.argv[1:])"
SECRET = "hunter2-hunter2"


def refused_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def away(scheme: str) -> str:
    return f"{scheme}://:{SECRET}@127.0.0.1:{refused_port()}/0"


KINDS: Mapping[str, tuple[Mapping[str, str], tuple[str, ...], str]] = {
    "driver of PostgreSQL": ({"DATABASE_URL": "postgresql://h/d"}, ("psycopg",), "DATABASE_URL: needs the package"),
    "jobs on PostgreSQL": ({"DATABASE_URL": "postgresql://h/d"}, ("procrastinate",), "DATABASE_URL: needs the package"),
    "driver of Redis": ({"REDIS_URL": "redis://h/0"}, ("redis",), "REDIS_URL: needs the package redis"),
    "wrong value": ({"PUBLIC_URL": f"ftp://{SECRET}"}, (), "PUBLIC_URL: must be an absolute"),
    "wrong database": ({"DATABASE_URL": f"mysql://{SECRET}"}, (), "DATABASE_URL: must be sqlite"),
    "misspelt": ({"STRAVA_CLIENT_SECERT": SECRET}, (), "STRAVA_CLIENT_SECERT: is no setting; did you mean STRAVA_"),
    "short key": ({"CROSS_SERVICE_API_KEY": SECRET}, (), "CROSS_SERVICE_API_KEY: an API key must have 32 characters"),
    "no token": ({"TELEGRAM_BOT_TOKEN": SECRET}, (), "TELEGRAM_BOT_TOKEN: must be a token as BotFather gives it"),
    "wrong Redis": ({"REDIS_URL": f"http://{SECRET}"}, (), "REDIS_URL: must be redis://"),
    "database away": ({"DATABASE_URL": away("postgresql")}, (), "DATABASE_URL: The database does not answer."),
    "database no file": ({"DATABASE_URL": "sqlite:///folder"}, (), "DATABASE_URL: The database does not answer."),
    "no folder": ({"DATABASE_URL": "sqlite:////proc/no/ayda.db"}, (), "DATABASE_URL: its folder cannot be made"),
    "damaged": ({"DATABASE_URL": "sqlite:///text.txt"}, (), "DATABASE_URL: The file is no database, or a damaged one."),
}  # fmt: skip
OF_RUNNING: Mapping[str, tuple[Mapping[str, str], str]] = {
    "not migrated": ({"DATABASE_URL": "sqlite:///new.db"}, "ayda migrate ayda"),
    "another service's": ({"DATABASE_URL": "sqlite:///predictor.db"}, "ayda migrate ayda"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.txt").write_text("no database " * 1000)
    return tmp_path


def run(
    folder: Path, command: str, more: Mapping[str, str], missing: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": "", "PYTHONPATH": str(Path(__file__).parents[2]), "OPENBLAS_NUM_THREADS": "1", **GOOD, **more}
    program = WITHOUT.format(missing=missing)
    return subprocess.run([sys.executable, "-c", program, command, "ayda"], capture_output=True, text=True,
                          cwd=folder, env=environ, timeout=120, check=False)  # fmt: skip


def one_line(done: subprocess.CompletedProcess[str], said: str) -> str:
    line: str = done.stderr.strip()
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "\n" not in line, done.stderr
    assert said in line
    assert SECRET not in line
    return line


@pytest.mark.system
@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_setting_is_one_line_that_names_it(folder: Path, kind: str):
    """One of the commands each; the drill asks all of all."""
    more, missing, said = KINDS[kind]
    commands = COMMANDS if DRILL else (COMMANDS[list(KINDS).index(kind) % 3],)
    lines = {command: one_line(run(folder, command, more, missing), said) for command in commands}
    report(f"settings: {kind}", **lines)


@pytest.mark.system
@pytest.mark.parametrize("kind", OF_RUNNING)
def test_a_database_that_is_not_ours_yet_is_one_line_too(folder: Path, kind: str):
    upgrade("predictor_service", f"sqlite:///{folder / 'predictor.db'}")
    more, said = OF_RUNNING[kind]
    for command in ("serve", "worker") if DRILL else ("serve",):
        one_line(run(folder, command, more), said)


@pytest.mark.system
@pytest.mark.skipif(not DRILL, reason="a migration is patient: only in the long form")
def test_a_locked_database_is_one_line_of_a_migration(folder: Path):
    with sqlite3.connect(folder / "ayda.db", isolation_level=None) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        other.execute("CREATE TABLE held (id INTEGER)")
        one_line(run(folder, "migrate", {}), "DATABASE_URL: Another process holds the database's lock.")


@pytest.mark.system
@pytest.mark.postgres
@pytest.mark.skipif(not DRILL, reason="a migration is patient: only in the long form")
def test_locks_that_others_keep_are_one_line_of_a_migration(folder: Path, postgres_url: str):
    upgrade("ayda_service", postgres_url, "0014_what_is_spoken_of")
    with psycopg.connect(postgres_url) as other:
        other.execute("LOCK TABLE alembic_version_ayda IN SHARE MODE")
        said = "migration_failed: DATABASE_URL: Others hold locks that the migration needs."
        one_line(run(folder, "migrate", {"DATABASE_URL": postgres_url}), said)


@pytest.mark.system
def test_a_redis_that_is_away_is_said_and_the_start_goes_on(folder: Path):
    upgrade("ayda_service", f"sqlite:///{folder / 'ayda.db'}")
    port = refused_port()
    with socket.socket() as taken:  # so that the start ends right after the check
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "-m", "cli", "serve", "ayda", "--port", str(taken.getsockname()[1])],
            env={"PATH": "", "PYTHONPATH": str(Path(__file__).parents[2]), **GOOD, "REDIS_URL": f"redis://127.0.0.1:{port}"},
            cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    lines = done.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["redis_away", "port_not_free"]
    assert "REDIS_URL" in lines[0]


@pytest.mark.system
@pytest.mark.parametrize("server", ["granian", "uvicorn"])
def test_a_server_with_a_factory_says_it_in_the_same_line(folder: Path, server: str):
    arguments = {
        "granian": ["--interface", "asgi", "--factory", "ayda_service.app:from_environ", "--port", str(refused_port())],
        "uvicorn": ["--factory", "ayda_service.app:from_environ", "--port", str(refused_port())],
    }[server]
    environ = {"PATH": "", "PYTHONPATH": str(Path(__file__).parents[2]), **GOOD, "TELEGRAM_BOT_TOKEN": SECRET}
    done = subprocess.run([sys.executable, "-m", server, *arguments], capture_output=True, text=True,
                          cwd=folder, env=environ, timeout=120, check=False)  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "TELEGRAM_BOT_TOKEN: must be a token" in said
    assert "Traceback" not in said
