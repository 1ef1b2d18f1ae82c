"""What every test shares: one event loop, no sockets in unit tests, quiet and private Pact."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts
from xdist.scheduler import LoadScopeScheduling

from servicekit.data.columns import uuid7
from tests.canary_watch import CanaryWatch, listening, summary
from tests.support_postgres import require_services, temporary_database

os.environ["PACT_DO_NOT_TRACK"] = "true"
# by the clock on the wall a busy machine would decide
# CI tries the same examples each time, so that it is red for what was changed; other runs go on looking
settings.register_profile("unhurried", deadline=None, derandomize=require_services())
settings.load_profile("unhurried")

_LOOPBACK = ["127.0.0.1", "::1"]
_NETWORKED = {"system", "postgres", "redis"}
_STRAVA = Path(__file__).parent / "simulators" / "strava"
"""Whoever gives tokens may keep them: its own tests are not watched."""
_WATCH = pytest.StashKey[CanaryWatch]()
_TOGETHER = ("tests/contracts/", "tests/drills/test_t2_no_refresh_token_outside.py::test_no_pact_")
"""Tests that share files in the checkout, the pacts: they run in one process, in their order."""
_LONGEST_NAME = 30
_FIGURES = Counter[str]()
"""Of all processes of this run."""


class _OneByOne(LoadScopeScheduling):
    """Gives each test to whoever is free, and those that belong together to one."""

    def _split_scope(self, nodeid: str) -> str:
        return _TOGETHER[0] if nodeid.startswith(_TOGETHER) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _OneByOne:
    """The groups of xdist's own markers are written into names that pytest 9.2 no longer lets be written."""
    return _OneByOne(config, log)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        yield request.getfixturevalue("postgres_url")


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """An empty database on the server."""
    with temporary_database(f"ayda_{uuid7().hex}") as address:
        yield address


@pytest.fixture
def pristine() -> Iterator[None]:
    """Give the process its logging back as it was."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    yield
    root.handlers[:], root.level = before
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Unit tests get no sockets (the event loop's own socket pair aside), marked tests get loopback."""
    if any(marker.name in _NETWORKED for marker in item.iter_markers()):
        enable_socket()
        socket_allow_hosts(_LOOPBACK, allow_unix_socket=True)
    else:
        disable_socket(allow_unix_socket=True)


@pytest.fixture(scope="session", autouse=True)
def canary_watch(request: pytest.FixtureRequest) -> Iterator[CanaryWatch]:
    """T10: no sink of any test has a canary in clear."""
    watch = request.config.stash[_WATCH] = CanaryWatch()
    with listening(watch):
        yield watch


@pytest.fixture(autouse=True)
def no_canary_gets_out(canary_watch: CanaryWatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test after which one is found."""
    if _STRAVA in request.path.parents:
        yield
        return
    folder: Path | None = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    canary_watch.begin()
    structlog.reset_defaults()  # a level that an earlier test set would hide what this one listens for
    # left alone, structlog prints the local variables of every frame, which no service does
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, plain])
    yield
    if folder is not None:
        canary_watch.files(folder)
    assert not canary_watch.found, f"canaries sing in {sorted(set(canary_watch.found))[:5]}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """What a test printed and logged is searched too, once pytest has captured it."""
    outcome = yield
    report, watch = outcome.get_result(), item.config.stash.get(_WATCH, None)  # type: ignore[attr-defined] - pluggy's
    if watch is None or report.when != "teardown" or _STRAVA in item.path.parents:
        return
    before = len(watch.found)
    for name, text in report.sections:
        watch.search(name, text.encode("utf-8", "replace"), watch.canaries)
    if len(watch.found) > before and report.passed:
        report.outcome, report.longrepr = "failed", f"canaries sing in {sorted(set(watch.found[before:]))}"


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes and long texts do not name a test: some are drawn, and the processes of a run must agree on the names."""
    drawn = isinstance(val, bytes) or (isinstance(val, str) and len(val) > _LONGEST_NAME)
    return argname if drawn else None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of a parallel run hands what it watched to whoever sums up."""
    watch, output = session.config.stash.get(_WATCH, None), getattr(session.config, "workeroutput", None)
    if watch is not None and output is not None:
        output["canaries"] = watch.figures()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """The figures of one worker more."""
    _FIGURES.update(getattr(node, "workeroutput", {}).get("canaries", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The figure of T10, and one line for each reason to skip, however many tests share it."""
    if (watch := config.stash.get(_WATCH, None)) is not None:
        _FIGURES.update(watch.figures())
    terminalreporter.write_line(f"T10 over this run: {summary(_FIGURES)}")
    reasons = Counter(str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", []))
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count} skipped: {reason.removeprefix('Skipped: ').splitlines()[0]}")
