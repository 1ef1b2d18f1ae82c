"""Contract tests talk over loopback sockets.

They run in the order of the folders and files: consumers write what providers are then held to.
"""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from servicekit.data.migrations import upgrade

logging.getLogger("pact.ffi").setLevel(logging.WARNING)  # its INFO is every byte of every exchange

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.system)


def _blank(service: str, folder: Path) -> Path:
    file = folder / f"{service}.db"
    upgrade(service, f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def blank_ayda(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database of ayda, to be copied."""
    return _blank("ayda_service", tmp_path_factory.mktemp("blank"))


@pytest.fixture(scope="session")
def blank_predictor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database of the predictor, to be copied."""
    return _blank("predictor_service", tmp_path_factory.mktemp("blank"))
