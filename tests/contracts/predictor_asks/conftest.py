"""predictor_service in front of Pact's server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.contracts import houses
from tests.contracts.support import PactWriter

Open = Callable[..., AbstractAsyncContextManager[houses.Predictor]]


@pytest.fixture(scope="package")
def writer(tmp_path_factory: pytest.TempPathFactory) -> PactWriter:
    return PactWriter("predictor_service", "ayda_service", tmp_path_factory.mktemp("pacts"))


@pytest.fixture
def predictor_at(blank_predictor: Path, tmp_path: Path) -> Open:
    """Opens a predictor whose ayda is at the given address."""
    return partial(houses.predictor, blank_predictor, tmp_path)
