from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from servicekit.data.columns import uuid7
from servicekit.data.engine import driver_url
from servicekit.data.migrations import (
    MigrationError,
    check_drift,
    downgrade,
    main,
    new_revision,
    upgrade,
)
from servicekit.jobs.procrastinate.store import apply_procrastinate_schema

TEMPLATE = Path(__file__).parents[3] / "ayda_service" / "migrations" / "script.py.mako"
MODELS = """
from advanced_alchemy.base import AdvancedDeclarativeBase
from sqlalchemy import JSON, BigInteger, Column, Float, ForeignKey, Integer, LargeBinary, String, Table, Text, Uuid
from sqlalchemy.orm import DeclarativeBase
from servicekit.data.columns import TYPES, UtcDateTime, bound
from servicekit.web.idempotency.store import idempotency_table
from servicekit.jobs import job_table

class Base(AdvancedDeclarativeBase, DeclarativeBase):
    __bind_key__ = bound(__name__)
    type_annotation_map = TYPES

job_table(Base.metadata)
idempotency_table(Base.metadata)
Table("club", Base.metadata, Column("id", Integer, primary_key=True), Column("made", UtcDateTime(), nullable=False))
Table("member", Base.metadata, Column("id", Integer, primary_key=True), Column("club", ForeignKey("club.id")))
"""
GROWN = """
Base.metadata.tables["club"].append_column(Column("name", String(20), nullable=False, server_default=""))
"""


ENV = """
from servicekit.data.migrations import run_env
from {package}.models import Base
run_env(Base.metadata)
"""


class Tree:
    """A service of its own, made for one test."""

    def __init__(self, folder: Path, url: str) -> None:
        self.package = f"made_up_{uuid7().hex}_service"
        self.folder = folder / self.package
        self.folder.mkdir()
        (self.folder / "__init__.py").touch()
        self.url = url
        self.write_models(MODELS)
        (self.folder / "migrations" / "versions").mkdir(parents=True)
        (self.folder / "migrations" / "env.py").write_text(ENV.format(package=self.package))
        shutil.copy(TEMPLATE, self.folder / "migrations")

    def write_models(self, source: str) -> None:
        (self.folder / "models.py").write_text(source)
        sys.modules.pop(f"{self.package}.models", None)

    def tables(self) -> set[str]:
        engine = create_engine(driver_url(self.url))
        names = set(inspect(engine).get_table_names())
        engine.dispose()
        return names

    def run(self, statement: str) -> list[tuple[object, ...]]:
        engine = create_engine(driver_url(self.url))
        with engine.begin() as connection:
            result = connection.execute(text(statement))
            rows = [tuple(row) for row in result] if result.returns_rows else []
        engine.dispose()
        return rows

    def write_revision(self, name: str, after: str | None, *statements: str) -> None:
        body = "".join(f"    op.execute({statement!r})\n" for statement in statements)
        (self.folder / "migrations" / "versions" / f"{name}.py").write_text(
            f"from alembic import op\nrevision = {name!r}\ndown_revision = {after!r}\n"
            f"branch_labels = depends_on = None\ndef upgrade():\n{body}def downgrade():\n    pass\n"
        )


@pytest.fixture
def tree(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Tree:
    monkeypatch.syspath_prepend(str(tmp_path))
    return Tree(tmp_path, url)


def test_a_tree_grows_from_the_models_and_then_matches_them(tree: Tree):
    new_revision(tree.package, tree.url, "first")
    upgrade(tree.package, tree.url)
    assert check_drift(tree.package, tree.url) == []
    assert {"job", "idempotency_key", "club", "member"} <= tree.tables()


def test_a_model_without_a_migration_is_drift(tree: Tree):
    new_revision(tree.package, tree.url, "first")
    upgrade(tree.package, tree.url)
    tree.write_models(MODELS + GROWN)
    assert "add_column" in check_drift(tree.package, tree.url)[0]


def test_a_database_behind_its_code_is_drift(tree: Tree):
    new_revision(tree.package, tree.url, "first")
    assert check_drift(tree.package, tree.url) == ["Target database is not up to date."]


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("Uuid()", "String(32)"),
        ("Uuid()", "LargeBinary(16)"),
        ("UtcDateTime()", "String(32)"),
        ("JSON()", "Text()"),
        ("BigInteger()", "Integer()"),
        ("Integer()", "Float()"),
        ("String(64)", "String(32)"),
        ("LargeBinary()", "Text()"),
    ],
)
def test_a_column_of_another_type_is_drift(tree: Tree, was: str, becomes: str):
    column = 'Table("kept", Base.metadata, Column("id", Integer, primary_key=True), Column("value", {type}))'
    tree.write_models(MODELS + column.format(type=was))
    new_revision(tree.package, tree.url, "first")
    upgrade(tree.package, tree.url)
    assert check_drift(tree.package, tree.url) == []
    tree.write_models(MODELS + column.format(type=becomes))
    assert "modify_type" in check_drift(tree.package, tree.url)[0]


def test_rebuilding_a_table_keeps_the_rows_that_refer_to_it(tree: Tree):
    new_revision(tree.package, tree.url, "first")
    upgrade(tree.package, tree.url)
    tree.run("INSERT INTO club (id, made) VALUES (1, '2026-03-01 00:00:00')")
    tree.run("INSERT INTO member (id, club) VALUES (7, 1)")
    tree.write_models(MODELS + GROWN)
    new_revision(tree.package, tree.url, "names")
    upgrade(tree.package, tree.url)
    assert tree.run("SELECT m.id, c.name FROM member m JOIN club c ON c.id = m.club") == [(7, "")]
    assert check_drift(tree.package, tree.url) == []


def test_a_migration_that_fails_at_its_second_statement_leaves_nothing_behind(tree: Tree):
    tree.write_revision("one", None, "CREATE TABLE early (id INTEGER)", "CREATE TABLE early (id INTEGER)")
    with pytest.raises(DBAPIError, match="already exists"):
        upgrade(tree.package, tree.url)
    assert tree.tables() == set()


def test_an_upgrade_of_several_revisions_is_all_or_nothing(tree: Tree):
    tree.write_revision("one", None, "CREATE TABLE early (id INTEGER)")
    tree.write_revision("two", "one", "INSERT INTO nowhere VALUES (1)")
    with pytest.raises(DBAPIError, match="nowhere"):
        upgrade(tree.package, tree.url)
    assert tree.tables() == set()


def test_an_upgrade_can_be_taken_back(tree: Tree):
    new_revision(tree.package, tree.url, "first")
    upgrade(tree.package, tree.url)
    downgrade(tree.package, tree.url, "base")
    assert not {"job", "club"} & tree.tables()


async def test_several_processes_may_upgrade_at_once(tree: Tree):
    await asyncio.to_thread(new_revision, tree.package, tree.url, "first")
    command = [sys.executable, "-m", "servicekit.data.migrations", "upgrade", tree.package, "--url", tree.url]
    environment = {"PYTHONPATH": f"{tree.folder.parent}:{Path(__file__).parents[3]}"}
    started = [await asyncio.create_subprocess_exec(*command, env=environment) for _ in range(3)]
    await asyncio.to_thread(upgrade, tree.package, tree.url)
    assert [await process.wait() for process in started] == [0, 0, 0]
    assert await asyncio.to_thread(check_drift, tree.package, tree.url) == []


def test_the_tables_of_procrastinate_are_no_drift(tree: Tree):
    new_revision(tree.package, tree.url, "first")
    upgrade(tree.package, tree.url)
    engine = create_engine(driver_url(tree.url))
    with engine.begin() as connection:
        apply_procrastinate_schema(connection)
    engine.dispose()
    assert check_drift(tree.package, tree.url) == []


def test_the_command_line_upgrades_and_checks(tree: Tree, capsys: pytest.CaptureFixture[str]):
    assert main(["new", tree.package, "--url", tree.url, "-m", "first"]) == 0
    assert main(["upgrade", tree.package, "--url", tree.url]) == 0
    assert main(["check", tree.package, "--url", tree.url]) == 0
    tree.write_models(MODELS + GROWN)
    capsys.readouterr()
    assert main(["check", tree.package, "--url", tree.url]) == 1
    assert "add_column" in capsys.readouterr().out


def test_broken_references_undo_the_upgrade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    tree = Tree(tmp_path, f"sqlite:///{tmp_path}/a.sqlite3")
    new_revision(tree.package, tree.url, "first")
    upgrade(tree.package, tree.url)
    head = next((tree.folder / "migrations" / "versions").glob("*_first.py")).name.split("_")[0]
    tree.write_revision("bad", head, "INSERT INTO member (id, club) VALUES (1, 404)")
    with pytest.raises(MigrationError, match="refer to nothing, first in member"):
        upgrade(tree.package, tree.url)
    assert tree.run("SELECT count(*) FROM member") == [(0,)]


def test_a_service_that_is_no_package_is_named():
    with pytest.raises(MigrationError, match="no_such_service"):
        upgrade("no_such_service", "sqlite:///unused.sqlite3")
    Path("unused.sqlite3").unlink(missing_ok=True)
