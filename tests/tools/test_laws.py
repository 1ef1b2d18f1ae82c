"""Each law of the house catches its breach and leaves lawful code alone."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("laws", Path(__file__).parents[2] / "tools" / "laws.py")
assert _SPEC is not None
assert _SPEC.loader is not None
laws = importlib.util.module_from_spec(_SPEC)
sys.modules["laws"] = laws
_SPEC.loader.exec_module(laws)

BREACHES = {
    "http_stays_in_clients": ("routes.py", "import httpx\n"),
    "sql_stays_in_stores": ("service.py", "from sqlalchemy import select\n"),
    "stores_do_not_commit": ("store.py", "async def f(session):\n    await session.commit()\n"),
    "nobody_creates_tables": ("models.py", "metadata.create_all(engine)\n"),
    "clocks_are_injected": ("service.py", "from datetime import datetime\nx = datetime.now()\n"),
    "routes_do_not_reach_stores": ("routes.py", "from ayda_service.members.store import MemberStore\n"),
    "modules_stay_small": ("service.py", "x = 1\n" * 251),
    "functions_stay_short": ("service.py", "def f():\n" + "    x = 1\n" * 41),
}
LAWFUL = {
    "http_stays_in_clients": ("client.py", "import httpx\n"),
    "sql_stays_in_stores": ("store.py", "from sqlalchemy import select\n"),
    "stores_do_not_commit": ("service.py", "async def f(session):\n    await session.commit()\n"),
    "nobody_creates_tables": ("models.py", "metadata.tables\n"),
    "clocks_are_injected": ("app.py", "from datetime import datetime\nx = datetime.now()\n"),
    "routes_do_not_reach_stores": ("service.py", "from ayda_service.members.store import MemberStore\n"),
    "modules_stay_small": ("service.py", "x = 1\n" * 250),
    "functions_stay_short": ("service.py", "def f():\n" + "    x = 1\n" * 39),
}


def _breaches(name: str, source: str, folder: Path) -> set[str]:
    path = folder / name
    path.write_text(source)
    module = laws.read(path)
    return {law.__name__ for law in laws.LAWS if list(law(module))}


def test_every_law_has_a_breach_and_a_lawful_twin():
    assert {law.__name__ for law in laws.LAWS} == set(BREACHES) == set(LAWFUL)


@pytest.mark.parametrize("law", BREACHES)
def test_a_breach_is_found(law: str, tmp_path: Path):
    assert law in _breaches(*BREACHES[law], tmp_path)


@pytest.mark.parametrize("law", LAWFUL)
def test_lawful_code_is_left_alone(law: str, tmp_path: Path):
    assert law not in _breaches(*LAWFUL[law], tmp_path)
