"""Contract tests talk over loopback sockets.

They run in the order of the files, in one process: consumers write what providers are then held to.
"""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

logging.getLogger("pact.ffi").setLevel(logging.WARNING)  # its INFO is every byte of every exchange

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.system)
            item.add_marker(pytest.mark.xdist_group("pacts"))
