"""What predictor_service relies on when it asks ayda_service for an access token.

The client under test is the one the sync uses. Bodies are written out by hand: a renamed field must break this file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pact import Pact, match

from tests.contracts.support import KEY, REQUEST_ID, WRONG_KEY, PactWriter, problem

TELEGRAM_ID = "123456"
ATHLETE_ID = 12345


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PactWriter]:
    made = PactWriter("predictor_service", "ayda_service", tmp_path_factory.mktemp("pacts"))
    yield made


def token_request(
    description: str, state: str, status: int, body: dict[str, Any], *, key: str = KEY, telegram_id: str = TELEGRAM_ID
) -> Callable[[Pact], Any]:
    """One request for a token and its answer."""

    def describe(pact: Pact) -> Any:
        kind = "application/json" if status == 200 else "application/problem+json"
        interaction = pact.upon_receiving(description).given(state)
        interaction = interaction.with_request("GET", "/api/internal/strava/token")
        interaction = interaction.with_query_parameter("telegram_id", telegram_id).with_header("X-API-Key", key)
        return interaction.will_respond_with(status).with_body(body, content_type=kind)

    return describe
