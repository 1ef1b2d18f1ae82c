"""T2: the predictor never has a refresh token of ayda's application: not by name, not by message, not by accident."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg import sql

from kernel.contracts import connection
from predictor_service.models import Base
from servicekit.data.columns import uuid7
from servicekit.data.migrations import upgrade
from tests.ayda.support import MEMBER, eventually
from tests.ayda.test_secrets import dump
from tests.drills.both_services import both_services
from tests.drills.reporting import report
from tests.drills.test_t10_canaries import hits, log
from tests.drills.vault_world import LIFE_S
from tests.support_postgres import SERVER, temporary_database

__all__ = ["log"]

ROOT = Path(__file__).parents[2]
OWN_APP = ROOT / "predictor_service" / "strava" / "own_app"
PARTS = ROOT / "predictor_service" / "parts.py"
OWN_TABLES = {"local_token", "local_revocation"}
PASSWORD = "made-up-0123456789"
REFRESHERS = {
    *("StravaOAuth", "TokenKeeper", "SqlTokenStore", "TokenSeals", "TokenColumns", "RevocationColumns"),
    *("Consents", "open_consents"),
}


def test_only_the_own_applications_tables_can_hold_a_refresh_token():
    found = {
        table.name for table in Base.metadata.sorted_tables for column in table.columns if "refresh" in column.name
    }
    assert found == OWN_TABLES


def names_in(path: Path) -> set[str]:
    """Every name, attribute, string, keyword and import of a module; its docstrings apart.

    Where all parts are put together, what puts the own application together may name them, and nothing else may.
    """
    found: set[str] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if path == PARTS:
        tree.body = [node for node in tree.body if not isinstance(node, ast.ImportFrom) and not makes_the_own_app(node)]
    spoken = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.alias):
            found.add(node.name)
        elif isinstance(node, ast.keyword | ast.arg) and node.arg:
            found.add(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spoken:
            found.add(node.value)
    return found


def makes_the_own_app(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.returns is not None and "OwnApp" in ast.unparse(node.returns)


def names_a_refresh(names: set[str]) -> bool:
    return bool(names & REFRESHERS) or any("refresh_token" in name or "oauth/token" in name for name in names)


def test_no_code_of_the_predictor_names_a_refresh_beside_its_own_application():
    modules = [path for path in (ROOT / "predictor_service").rglob("*.py") if "migrations" not in path.parts]
    guilty = {path.relative_to(ROOT).as_posix() for path in modules if names_a_refresh(names_in(path))}
    assert {each for each in guilty if not (ROOT / each).is_relative_to(OWN_APP)} == set()
    assert guilty, "the search would find it where it may be"


def test_no_message_between_the_services_has_a_place_for_one():
    structs = [
        each for each in vars(connection).values() if isinstance(each, type) and issubclass(each, msgspec.Struct)
    ]
    fields = {name for each in structs for name in each.__struct_fields__}
    assert "access_token" in fields
    assert not [name for name in fields if "refresh" in name]


def keys_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from keys_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)


def test_no_pact_promises_one_in_any_answer():
    answers, named = 0, []
    for path in sorted((ROOT / "pacts").glob("*.json")):
        for interaction in json.loads(path.read_text(encoding="utf-8"))["interactions"]:
            answers += 1
            text = json.dumps(interaction["response"])
            # what guests are given sealed is their own past, and no token
            sealed = "sealed" in text and not interaction["request"]["path"].endswith("/guest-profiles")
            named += [interaction["description"]] * ("refresh_token" in text or sealed)
    report("T2 pacts", answers=answers, with_a_refresh_token=len(named))
    assert answers > 20
    assert named == []


async def test_no_refresh_token_is_found_in_the_predictors_database_or_any_log(tmp_path: Path, log: io.StringIO):
    refresh: set[str] = set()
    async with both_services(tmp_path) as both:
        athlete_id = both.simulator.add_athlete(activities=3, seed=1)
        await both.ayda.connect(MEMBER, athlete_id)
        for _ in range(3):
            refresh |= {str(each.refresh_token) for each in both.simulator.authorizations}
            both.clock.advance(LIFE_S)
            assert (await both.ayda.token(MEMBER)).status_code == 200
        refresh |= {str(each.refresh_token) for each in both.simulator.authorizations}
        await eventually(lambda: bool(list(both.simulator.authorizations)))
    outside = dump(f"sqlite:///{tmp_path / 'predictor.db'}")
    found = {"predictor.db": hits(outside, refresh), "log": hits(log.getvalue(), refresh)}
    report("T2 canaries", refresh_tokens=len(refresh), bytes=len(outside) + len(log.getvalue()), found=found)
    assert len(refresh) >= 3
    assert set(found.values()) == {0}


@contextmanager
def as_documented() -> Iterator[tuple[str, str]]:
    """The roles and databases of services.sql under names of this test, migrated: the addresses for each role."""
    script = (ROOT / "deploy" / "postgres" / "services.sql").read_text(encoding="utf-8")
    names = {service: f"{service}_{uuid7().hex}" for service in ("ayda", "predictor")}
    for service, name in names.items():
        script = re.sub(rf"\b{service}\b", name, script)
    place = SERVER.rpartition("@")[2]
    urls = [f"postgresql://{name}:{PASSWORD}@{place}/{name}" for name in names.values()]
    passwords = dict.fromkeys(("POSTGRES_AYDA_PASSWORD", "POSTGRES_PREDICTOR_PASSWORD"), PASSWORD)
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
        try:
            command = ["psql", "-X", "-q", "-d", f"{SERVER}/postgres", "-f", "-"]
            subprocess.run(command, input=script, text=True, check=True, timeout=240, env={**os.environ, **passwords})
            for service, url in zip(("ayda_service", "predictor_service"), urls, strict=True):
                upgrade(service, url)
            yield urls[0], urls[1]
        finally:
            for name in names.values():
                server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
                server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


@pytest.mark.postgres
def test_with_the_grants_that_compose_carries_out_the_predictors_role_cannot_reach_aydas_tokens():
    with temporary_database(f"ayda_{uuid7().hex}"):
        pass  # skips where there is no server
    with as_documented() as (ayda_url, predictor_url):
        with psycopg.connect(ayda_url) as own:
            assert own.execute("SELECT count(*) FROM strava_token").fetchone() == (0,)
        role = predictor_url.partition("//")[2].partition("@")[0]
        trespassing = f"postgresql://{role}@{ayda_url.rpartition('@')[2]}"
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(trespassing)
        theirs = sql.SQL("SELECT * FROM {}").format(
            sql.Identifier(ayda_url.rpartition("/")[2], "public", "strava_token")
        )
        with psycopg.connect(predictor_url) as own, pytest.raises(psycopg.errors.Error, match="cross-database"):
            own.execute(theirs)
