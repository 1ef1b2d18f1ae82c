"""Alembic without an ini file: one migration tree per service, the same on SQLite and PostgreSQL.

`python -m servicekit.data.migrations upgrade|check|new|init SERVICE --url URL`; SERVICE is an importable package.
An upgrade is one transaction: it is all there, or nothing of it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, NullPool, create_engine, event, text
from sqlalchemy.engine import Connection, Engine

from servicekit.data.columns import UtcDateTime
from servicekit.data.engine import begin_sqlite, driver_url, make_folder

_LOCK = 0x41594441  # any number all our processes share; the lock ends with the transaction
_ENV = '''"""Alembic's entry into this service."""

from __future__ import annotations

from servicekit.data.migrations import run_env
from {service}.models import Base

run_env(Base.metadata, version_table="alembic_version_{short}")
'''
_TEMPLATE = '''"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
'''


class MigrationError(Exception):
    """A migration left the database in a state it must not have; the upgrade was rolled back."""


def run_env(metadata: MetaData, version_table: str) -> None:
    """All that a service's `env.py` does: runs what was asked for, on the connection the caller opened."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=version_table,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
        include_name=_is_ours,
        render_item=_render,
    )
    with context.begin_transaction():
        context.run_migrations()


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name is None or not name.startswith("procrastinate_")


def _render(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    if kind == "type" and isinstance(item, UtcDateTime):
        autogen.imports.add("from servicekit.data.columns import UtcDateTime")
        return "UtcDateTime()"
    return False


def upgrade(service_package: str, url: str, revision: str = "head") -> None:
    """Brings the database to `revision`; several processes may do so at once, and the first one does the work.

    Raises what the failing migration raised, with nothing of the upgrade left behind.
    """
    with _connection(url) as connection:
        command.upgrade(_config(service_package, connection), revision)
        _check_references(connection)


async def upgrade_async(service_package: str, url: str) -> None:
    """`upgrade` for a service that starts inside an event loop."""
    await asyncio.to_thread(upgrade, service_package, url)


def downgrade(service_package: str, url: str, revision: str) -> None:
    """Takes the database back to `revision` (`base` for an empty one)."""
    with _connection(url) as connection:
        command.downgrade(_config(service_package, connection), revision)
        _check_references(connection)


def check_drift(service_package: str, url: str) -> list[str]:
    """Each difference between the database and the models, and a line when it is not at the last revision."""
    differences: list[str] = []
    with _connection(url) as connection:
        config = _config(service_package, connection)
        script = ScriptDirectory.from_config(config)

        def compare(revision: Any, migration: MigrationContext) -> list[Any]:
            at, head = set(revision), set(script.get_heads())
            if at != head:
                differences.append(f"The database is at {sorted(at) or 'no revision'}, the code at {sorted(head)}.")
            metadata = migration.opts["target_metadata"]
            differences.extend(str(difference) for difference in compare_metadata(migration, metadata))
            return []

        with EnvironmentContext(config, script, fn=compare, as_sql=False):
            script.run_env()
    return differences


def new_revision(service_package: str, url: str, message: str) -> Path:
    """Writes the revision that turns a migrated database into what the models say, to be read and edited."""
    with _connection(url) as connection:
        revision = command.revision(_config(service_package, connection), message, autogenerate=True)
    if revision is None or isinstance(revision, list):
        raise MigrationError("Alembic wrote no revision.")
    return Path(revision.path)


def init_tree(service_package: str) -> Path:
    """Lays down the files of a new tree; those that exist stay."""
    tree = _tree(service_package)
    (tree / "versions").mkdir(parents=True, exist_ok=True)
    for name, content in (
        ("env.py", _ENV.format(service=service_package, short=service_package.removesuffix("_service"))),
        ("script.py.mako", _TEMPLATE),
    ):
        if not (tree / name).exists():
            (tree / name).write_text(content, encoding="utf-8")
    return tree


def _tree(service_package: str) -> Path:
    spec = find_spec(service_package)
    if spec is None or not spec.submodule_search_locations:
        raise MigrationError(f"{service_package!r} is no importable package.")
    return Path(next(iter(spec.submodule_search_locations))) / "migrations"


def _config(service_package: str, connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_tree(service_package)).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            yield connection
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    target = driver_url(url)
    if target.get_backend_name() != "sqlite":
        return create_engine(target, poolclass=NullPool, connect_args={"connect_timeout": 10})
    make_folder(target)
    engine = create_engine(target, poolclass=NullPool)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", begin_sqlite)
    return engine


def _prepare_sqlite(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.isolation_level = None
    # rebuilding a table drops the old one, which with foreign keys on would empty the tables that refer to it
    for pragma in ("busy_timeout = 30000", "journal_mode = WAL", "foreign_keys = OFF"):
        dbapi_connection.execute(f"PRAGMA {pragma}").close()


def _check_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise MigrationError(f"The migration leaves {len(broken)} rows that refer to nothing, first in {broken[0][0]}.")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Exit code 1 when `check` finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m servicekit.data.migrations", description=__doc__)
    parser.add_argument("what", choices=["upgrade", "check", "new", "init"])
    parser.add_argument("service")
    parser.add_argument("--url", help="the database; for `new` one that is at the last revision")
    parser.add_argument("-m", "--message", default="change")
    asked = parser.parse_args(arguments)
    if asked.what == "init":
        sys.stdout.write(f"{init_tree(asked.service)}\n")
        return 0
    if not asked.url:
        parser.error("--url is needed")
    return _run(asked.what, asked.service, asked.url, asked.message)


def _run(what: str, service: str, url: str, message: str) -> int:
    if what == "upgrade":
        upgrade(service, url)
        return 0
    if what == "new":
        upgrade(service, url)
        sys.stdout.write(f"{new_revision(service, url, message)}\n")
        return 0
    differences = check_drift(service, url)
    sys.stdout.writelines(f"{difference}\n" for difference in differences)
    return 1 if differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
