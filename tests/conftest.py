"""What every test shares: one event loop, no sockets in unit tests, quiet and private Pact."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts

from servicekit.database import uuid7
from tests.support_postgres import temporary_database

os.environ["PACT_DO_NOT_TRACK"] = "true"

_LOOPBACK = ["127.0.0.1", "::1"]
_NETWORKED = {"system", "postgres", "redis"}


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with temporary_database(f"ayda_{uuid7().hex}") as address:
        yield address


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Unit tests get no sockets (the event loop's own socket pair aside), marked tests get loopback."""
    if any(marker.name in _NETWORKED for marker in item.iter_markers()):
        enable_socket()
        socket_allow_hosts(_LOOPBACK, allow_unix_socket=True)
    else:
        disable_socket(allow_unix_socket=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each reason to skip, however many tests share it."""
    reasons = Counter(str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", []))
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count} skipped: {reason.removeprefix('Skipped: ').splitlines()[0]}")
