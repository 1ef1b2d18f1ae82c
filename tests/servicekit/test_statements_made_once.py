"""A statement that is made when its module is imported knows its types by then, whichever module came first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STORES = sorted(
    path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for service in ("ayda_service", "predictor_service")
    for path in (ROOT / service).rglob("store.py")
    if "bindparam(" in path.read_text(encoding="utf-8")
)
UNTYPED = """
import importlib, sys
from sqlalchemy import BinaryExpression, BindParameter, Executable
from sqlalchemy.sql.visitors import iterate
from sqlalchemy.types import NullType

for name, made in vars(importlib.import_module(sys.argv[1])).items():
    if isinstance(made, Executable):
        compared = (each for each in iterate(made) if isinstance(each, BinaryExpression))
        for part in (part for each in compared for part in each.get_children()):
            if isinstance(part, BindParameter) and isinstance(part.type, NullType):
                print(name, part.key)
"""


@pytest.mark.parametrize("store", STORES)
def test_a_store_that_is_imported_by_itself_compares_every_value_as_what_it_is(store: str):
    told = subprocess.run([sys.executable, "-c", UNTYPED, store], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout == ""
