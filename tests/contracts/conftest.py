"""Contract tests talk over loopback sockets.

They run in the order of the folders and files, in one process: consumers write what providers are then held to.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from servicekit.data.migrations import upgrade
from tests.contracts import houses
from tests.contracts.stages import AydaStage, PredictorStage, States, predictor_switch
from tests.contracts.support import Switch
from tests.support_server import LoopbackServer

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


@pytest.fixture
def ayda_at(blank_ayda: Path, tmp_path: Path) -> houses.OpenAyda:
    """Opens an ayda whose predictor is at the given address."""
    return partial(houses.ayda, blank_ayda, tmp_path)


@pytest.fixture
def predictor_at(blank_predictor: Path, tmp_path: Path) -> houses.OpenPredictor:
    """Opens a predictor whose ayda is at the given address."""
    return partial(houses.predictor, blank_predictor, tmp_path)


@dataclass(frozen=True)
class AydaProvider:
    """A running ayda, and how to bring it into the states of the pact."""

    server: LoopbackServer
    stage: AydaStage
    states: States


@pytest.fixture
def ayda_provider(blank_ayda: Path, tmp_path: Path) -> Iterator[AydaProvider]:
    folder = tmp_path / "ayda_provider"
    folder.mkdir()
    stage = AydaStage(blank_ayda, folder)
    with LoopbackServer(stage.switch) as server:
        yield AydaProvider(server, stage, stage.states(server))


@dataclass(frozen=True)
class PredictorProvider:
    """A running predictor, and how to bring it into the states of the pact."""

    server: LoopbackServer
    switch: Switch
    states: States


@pytest.fixture
def predictor_provider(blank_predictor: Path, tmp_path: Path) -> Iterator[PredictorProvider]:
    folder = tmp_path / "predictor_provider"
    folder.mkdir()
    switch = predictor_switch(blank_predictor, folder)
    with LoopbackServer(switch) as server:
        yield PredictorProvider(server, switch, PredictorStage(server, switch).states())
