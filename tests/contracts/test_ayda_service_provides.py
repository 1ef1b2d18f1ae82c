"""The real ayda, on a socket and a real database, keeps what the predictor relies on."""

from __future__ import annotations

import pytest

from tests.contracts.conftest import AydaProvider
from tests.contracts.support import pact_under_test, verify_provider


def test_ayda_keeps_the_pact(ayda_provider: AydaProvider):
    pact = pact_under_test("predictor_service", "ayda_service")
    verify_provider("ayda_service", ayda_provider.server.url, ayda_provider.states, pact)


def test_an_ayda_that_breaks_the_pact_is_found_out(ayda_provider: AydaProvider):
    nothing_done = dict.fromkeys(ayda_provider.states, lambda: None)
    pact = pact_under_test("predictor_service", "ayda_service")
    with pytest.raises(AssertionError, match="pact failures"):
        verify_provider("ayda_service", ayda_provider.server.url, nothing_done, pact)


def test_a_state_that_nobody_can_set_up_fails_at_once(ayda_provider: AydaProvider):
    pact = pact_under_test("predictor_service", "ayda_service")
    with pytest.raises(AssertionError, match="nobody can set up"):
        verify_provider("ayda_service", ayda_provider.server.url, {}, pact)
