"""ayda_service in front of Pact's server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.contracts import houses
from tests.contracts.support import PactWriter

Open = Callable[..., AbstractAsyncContextManager[houses.Ayda]]


@pytest.fixture(scope="package")
def writer(tmp_path_factory: pytest.TempPathFactory) -> PactWriter:
    return PactWriter("ayda_service", "predictor_service", tmp_path_factory.mktemp("pacts"))


@pytest.fixture
def ayda_at(blank_ayda: Path, tmp_path: Path) -> Open:
    """Opens an ayda whose predictor is at the given address."""
    return partial(houses.ayda, blank_ayda, tmp_path)
