"""Each bar is one module that prints its figure; AYDA_DRILL=1 runs its long form."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.ayda.conftest import clock, database_url, migrated, settings, world
from tests.ayda.webhooks.conftest import hooked, open_ayda
from tests.drills.reporting import DRILL

__all__ = ["clock", "database_url", "hooked", "migrated", "open_ayda", "settings", "world"]


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
