"""A migration on PostgreSQL that cannot have a lock keeps nobody waiting behind it, and comes again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from servicekit.data.migrations import LOCK_WAITS_MS, LocksHeld, upgrade
from tests.servicekit.data.test_migrations import Tree

pytestmark = pytest.mark.postgres

PATIENCE = "SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s'"
READ = "SELECT count(*) FROM club"
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'club'::regclass"


@pytest.fixture
def tree(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """At a revision whose table the next one changes."""
    monkeypatch.syspath_prepend(str(tmp_path))
    tree = Tree(tmp_path, postgres_url)
    tree.write_revision("one", None, "CREATE TABLE club (id INTEGER)")
    upgrade(tree.package, tree.url)
    tree.write_revision("two", "one", "CREATE TABLE early (id INTEGER)", "ALTER TABLE club ADD COLUMN name TEXT")
    return tree


@contextmanager
def reader(tree: Tree) -> Iterator[psycopg.Connection]:
    """Somebody in a transaction that has read the table, and so holds a lock of it until it ends."""
    with psycopg.connect(tree.url) as connection:
        connection.execute(PATIENCE)
        connection.execute(READ)
        yield connection


def columns(tree: Tree) -> list[object]:
    asked = "SELECT column_name FROM information_schema.columns WHERE table_name = 'club' ORDER BY ordinal_position"
    return [name for (name,) in tree.run(asked)]


def test_a_migration_gives_way_between_its_tries_and_ends_once_the_lock_is_free(tree: Tree):
    seen: list[tuple[object, ...]] = []

    def pause(seconds: float) -> None:
        if seconds == 0:
            return
        with psycopg.connect(tree.url, autocommit=True) as passer_by:
            passer_by.execute("SET lock_timeout = '1ms'")
            seen.append((*passer_by.execute(WAITING).fetchall(), *passer_by.execute(READ).fetchall()))
        if len(seen) == 2:
            holder.rollback()

    with reader(tree) as holder:
        upgrade(tree.package, tree.url, pause=pause)
    assert seen == [((0,), (0,))] * 2
    assert columns(tree) == ["id", "name"]


def test_whoever_comes_behind_a_waiting_migration_is_let_pass_while_the_lock_is_still_held(tree: Tree):
    over = threading.Event()
    with reader(tree) as holder, psycopg.connect(tree.url, autocommit=True) as passer_by:
        passer_by.execute(PATIENCE)
        migration = threading.Thread(
            target=upgrade, args=(tree.package, tree.url), kwargs={"pause": lambda seconds: over.wait(60 * seconds)}
        )
        migration.start()
        while passer_by.execute(WAITING).fetchone() == (0,):
            assert migration.is_alive()
        assert passer_by.execute(READ).fetchone() == (0,)
        assert columns(tree) == ["id"]
        holder.rollback()
    over.set()
    migration.join()
    assert columns(tree) == ["id", "name"]


def test_a_lock_that_is_never_free_is_said_and_nothing_was_changed(tree: Tree):
    pauses: list[float] = []
    with reader(tree), pytest.raises(LocksHeld, match="changed nothing"):
        upgrade(tree.package, tree.url, pause=pauses.append)
    assert "early" not in tree.tables()
    assert columns(tree) == ["id"]
    assert len(pauses) == len(LOCK_WAITS_MS)
    assert sum(pauses) + sum(LOCK_WAITS_MS) / 1000 < 60, "a minute, as is said"


def test_what_is_wrong_with_a_migration_itself_is_not_tried_again(tree: Tree):
    pauses: list[float] = []
    tree.write_revision("three", "two", "ALTER TABLE nowhere ADD COLUMN name TEXT")
    with pytest.raises(Exception, match="nowhere"):
        upgrade(tree.package, tree.url, pause=pauses.append)
    assert pauses == [0]
