"""The seeded changes still fit the code; `nox -s breaking` shows that each of them is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contracts.breaking.__main__ import copy_tree, tried
from tests.contracts.breaking.changes import CHANGES, Change

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.story)
def test_a_change_fits_the_code_exactly_once(change: Change):
    assert (ROOT / change.file).read_text(encoding="utf-8").count(change.old) == 1
    assert change.old != change.new


def test_there_are_enough_of_them_and_each_is_one_of_its_kind():
    assert len(CHANGES) >= 40
    assert len({change.story for change in CHANGES}) == len({(c.file, c.old, c.new) for c in CHANGES}) == len(CHANGES)


def test_the_contract_tests_can_begin_in_a_copy_of_the_tree(tmp_path: Path):
    begun = tried(copy_tree(tmp_path / "copy"), "--collect-only")
    assert begun.returncode == 0, begun.stdout[-2000:]
