"""Each bar is one module that prints its figure; AYDA_DRILL=1 runs its long form."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

import pytest

from tests.ayda.conftest import clock, database_url, migrated, settings, world
from tests.ayda.webhooks.conftest import hooked, open_ayda

__all__ = ["clock", "database_url", "hooked", "migrated", "open_ayda", "settings", "world"]
DRILL: Final = os.environ.get("AYDA_DRILL") == "1"


@pytest.fixture
def drill() -> bool:
    """Whether the long form is asked for."""
    return DRILL


@pytest.fixture
def figure(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Prints what was measured, past pytest's capture."""

    def show(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}")  # noqa: T201 - the figure of a bar is for whoever runs it

    return show
