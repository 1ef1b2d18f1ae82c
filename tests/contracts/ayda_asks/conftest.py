"""ayda_service in front of Pact's server."""

from __future__ import annotations

import pytest

from tests.contracts.support import PactWriter


@pytest.fixture(scope="package")
def writer(tmp_path_factory: pytest.TempPathFactory) -> PactWriter:
    return PactWriter("ayda_service", "predictor_service", tmp_path_factory.mktemp("pacts"))


@pytest.fixture(autouse=True)
def _counted(writer: PactWriter, request: pytest.FixtureRequest) -> None:
    writer.ran.add(request.node.nodeid)
