"""Each law of the house catches its breach and leaves lawful code alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.laws.__main__ import EACH_MODULE, WHOLE_HOUSE
from tools.laws.module import parse

SQL = "from sqlalchemy import select\n"
SERVICE = "ayda_service/members/service.py"
STORE = "ayda_service/members/store.py"
ROUTE = "@get('/x')\nasync def x(): ...\n"
BREACHES: dict[str, list[tuple[str, str]]] = {
    "http_stays_in_its_room": [
        ("ayda_service/members/client.py", "import httpx\n"),
        (SERVICE, "def f():\n    from httpx import AsyncClient\n"),
        (SERVICE, "import urllib.request\n"),
    ],
    "clocks_are_injected": [(SERVICE, "from datetime import datetime\nx = datetime.now()\n")],
    "routes_do_not_reach_stores": [
        ("ayda_service/members/pages.py", f"from ayda_service.members.store import MemberStore\n{ROUTE}"),
        ("ayda_service/members/routes.py", f"from ayda_service.members.models import Member\n{ROUTE}"),
    ],
    "parts_are_put_together_in_one_place": [("ayda_service/app.py", "def f():\n    Database('x')\n")],
    "imports_do_no_work": [(SERVICE, "register()\n"), (SERVICE, "for x in y:\n    pass\n")],
    "sql_stays_in_stores": [
        (SERVICE, SQL),
        ("servicekit/jobs/retention.py", SQL),
        (SERVICE, "def f(session):\n    session.execute(x)\n"),
        (SERVICE, "def f(unit):\n    unit.scalars(x)\n"),
    ],
    "stores_do_not_commit": [
        (STORE, "def f(session):\n    session.commit()\n"),
        (SERVICE, "def f(session):\n    session.rollback()\n"),
    ],
    "units_are_plain_functions": [
        (SERVICE, "async def f(session: Session): ...\n"),
        (SERVICE, "async def f(self):\n    with self._database.transaction() as session:\n        pass\n"),
    ],
    "nobody_commits_for_us": [
        (SERVICE, "x = Config(before_send_handler='autocommit')\n"),
        (SERVICE, "x = Repository(auto_commit=True)\n"),
    ],
    "nobody_creates_tables": [
        ("ayda_service/models.py", "metadata.create_all(engine)\n"),
        (STORE, "x = 'CREATE TABLE t (a int)'\n"),
    ],
    "modules_stay_small": [(SERVICE, "x = 1\n" * 251)],
    "modules_are_worth_opening": [("ayda_service/members/names.py", "x = 1\n" * 29)],
    "functions_stay_short": [(SERVICE, "def f():\n" + "    x = 1\n" * 41)],
    "a_name_means_one_thing": [
        (SERVICE, "class Twice: ...\nclass Twice: ...\n"),
    ],
}
LAWFUL: dict[str, list[tuple[str, str]]] = {
    "http_stays_in_its_room": [("servicekit/http/client.py", "import httpx\n")],
    "clocks_are_injected": [("ayda_service/app.py", "from datetime import datetime\nx = datetime.now()\n")],
    "routes_do_not_reach_stores": [(SERVICE, "from ayda_service.members.store import MemberStore\n")],
    "parts_are_put_together_in_one_place": [("ayda_service/parts.py", "def f():\n    Database('x')\n")],
    "imports_do_no_work": [(SERVICE, "x = frozenset(('a',))\n")],
    "sql_stays_in_stores": [(STORE, SQL), ("ayda_service/members/models.py", "from sqlalchemy import text\n")],
    "stores_do_not_commit": [("servicekit/data/database.py", "def f(session):\n    session.commit()\n")],
    "units_are_plain_functions": [
        (SERVICE, "def f(session: Session): ...\n"),
        (SERVICE, "def f(self):\n    with self._database.transaction() as session:\n        pass\n"),
    ],
    "nobody_commits_for_us": [(SERVICE, "x = Repository(auto_commit=False)\n")],
    "nobody_creates_tables": [
        ("ayda_service/migrations/versions/1.py", "x = 'CREATE TABLE t (a int)'\n"),
        ("simulators/strava/store.py", "x = 'CREATE TABLE t (a int)'\n"),
    ],
    "modules_stay_small": [(SERVICE, "x = 1\n" * 250)],
    "modules_are_worth_opening": [(STORE, "x = 1\n")],
    "functions_stay_short": [(SERVICE, "def f():\n" + "    x = 1\n" * 39)],
    "a_name_means_one_thing": [(SERVICE, "class _Twice: ...\nclass _Twice: ...\n")],
}


def _breached(path: str, source: str) -> set[str]:
    module = parse(Path(path), source)
    found = {law.__name__ for law in EACH_MODULE if list(law(module))}
    return found | {law.__name__ for law in WHOLE_HOUSE if list(law([module]))}


def test_every_law_has_a_breach_and_a_lawful_twin():
    assert {law.__name__ for law in (*EACH_MODULE, *WHOLE_HOUSE)} == set(BREACHES) == set(LAWFUL)


@pytest.mark.parametrize(("law", "path", "source"), [(law, *each) for law, all_ in BREACHES.items() for each in all_])
def test_a_breach_is_found(law: str, path: str, source: str):
    assert law in _breached(path, source)


@pytest.mark.parametrize(("law", "path", "source"), [(law, *each) for law, all_ in LAWFUL.items() for each in all_])
def test_lawful_code_is_left_alone(law: str, path: str, source: str):
    assert law not in _breached(path, source)


def test_a_service_takes_no_name_that_servicekit_has():
    theirs = parse(Path("servicekit/strava/errors.py"), "class TokenRefused: ...\n")
    ours = parse(Path("ayda_service/uploads/errors.py"), "class TokenRefused: ...\n")
    assert [list(law([theirs, ours])) for law in WHOLE_HOUSE] != [[]]
