"""The real predictor, on a socket and a real database, keeps what ayda relies on."""

from __future__ import annotations

import pytest

from tests.contracts.conftest import PredictorProvider
from tests.contracts.support import pact_under_test, verify_provider


def test_the_predictor_keeps_the_pact(predictor_provider: PredictorProvider):
    pact = pact_under_test("ayda_service", "predictor_service")
    verify_provider("predictor_service", predictor_provider.server.url, predictor_provider.states, pact)


def test_a_predictor_that_breaks_the_pact_is_found_out(predictor_provider: PredictorProvider):
    predictor_provider.switch.close()
    nothing_done = dict.fromkeys(predictor_provider.states, lambda: None)
    pact = pact_under_test("ayda_service", "predictor_service")
    with pytest.raises(AssertionError, match="pact failures"):
        verify_provider("predictor_service", predictor_provider.server.url, nothing_done, pact)
