"""What predictor_service relies on when it asks ayda_service for an access token.

The client under test is the one the sync uses. Bodies are written out by hand: a renamed field must break this file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pact import Pact, match

from predictor_service.strava.ayda_client import AydaRunClient
from servicekit.strava.errors import NotConnected, ReauthRequired, TokenUnavailable
from servicekit.web.api_keys import ApiKeys
from tests.contracts.support import KEY, WRONG_KEY, PactWriter, problem

TELEGRAM_ID = "123456"
ATHLETE_ID = 12345
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
EXPIRES_AT = 1_780_336_800
GRANTED = r"^(.*,)?activity:read(_all)?(,.*)?$"
CONNECTED = "member 123456 has connected Strava as athlete 12345"
NO_KEYS = "the internal API has no key configured"


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> PactWriter:
    return PactWriter("predictor_service", "ayda_service", tmp_path_factory.mktemp("pacts"))


@asynccontextmanager
async def asking(url: str, key: str = KEY) -> AsyncIterator[AydaRunClient]:
    client = AydaRunClient(url, ApiKeys.parse(key), now=lambda: NOW)
    try:
        yield client
    finally:
        await client.close()


def token(
    description: str,
    state: str,
    status: int,
    body: dict[str, Any],
    *,
    key: str = KEY,
    telegram_id: str = TELEGRAM_ID,
    force: bool = False,
) -> Callable[[Pact], Any]:
    """One request for a token and its answer."""

    def describe(pact: Pact) -> Any:
        kind = "application/json" if status == 200 else "application/problem+json"
        interaction = pact.upon_receiving(description).given(state)
        interaction = interaction.with_request("GET", "/api/internal/strava/token")
        interaction = interaction.with_query_parameter("telegram_id", telegram_id).with_header("X-API-Key", key)
        if force:
            interaction = interaction.with_query_parameter("force", "1")
        return interaction.will_respond_with(status).with_body(body, content_type=kind)

    return describe


READY = {
    "access_token": match.str("an-access-token"),
    "athlete_id": match.int(ATHLETE_ID),
    "scope": match.regex("activity:read_all,read", regex=GRANTED),
    "expires_at": match.int(EXPIRES_AT),
}


@pytest.mark.parametrize("force", [False, True], ids=["as usual", "after Strava refused the last one"])
async def test_a_connected_member_has_a_token(writer: PactWriter, force: bool):
    description = "a token request" + (" after Strava refused the last token" if force else "")
    with writer.interaction(token(description, CONNECTED, 200, READY, force=force)) as url:
        async with asking(url) as client:
            ready = await client.token(TELEGRAM_ID, force=force)
    assert ready.access_token == "an-access-token"
    assert ready.athlete_id == ATHLETE_ID
    assert ready.expires_at == EXPIRES_AT
    assert "activity:read_all" in ready.scope.split(",")


@pytest.mark.parametrize(
    ("state", "status", "code", "meaning"),
    [
        ("nobody with the Telegram id 123456 is known", 404, "user_not_found", NotConnected),
        ("member 123456 has not connected Strava", 404, "strava_not_connected", NotConnected),
        ("member 123456 has to reconnect Strava", 409, "reauth_required", ReauthRequired),
        ("Strava is down and the token of member 123456 has expired", 503, "strava_unavailable", TokenUnavailable),
        (NO_KEYS, 503, "internal_api_not_configured", TokenUnavailable),
    ],
)
async def test_a_refusal_has_its_meaning(
    writer: PactWriter, state: str, status: int, code: str, meaning: type[Exception]
):
    with writer.interaction(token(f"a token request answered {code}", state, status, problem(status, code))) as url:
        async with asking(url) as client:
            with pytest.raises(meaning):
                await client.token(TELEGRAM_ID)


async def test_a_wrong_key_brings_no_token(writer: PactWriter):
    body = problem(401, "invalid_api_key")
    with writer.interaction(token("a token request with a wrong key", CONNECTED, 401, body, key=WRONG_KEY)) as url:
        async with asking(url, WRONG_KEY) as client:
            with pytest.raises(TokenUnavailable):
                await client.token(TELEGRAM_ID)


async def test_an_alias_of_a_telegram_id_is_refused(writer: PactWriter):
    body = problem(422, "validation_failed")
    with writer.interaction(
        token("a token request for an id with a leading zero", CONNECTED, 422, body, telegram_id="0123456")
    ) as url:
        async with asking(url) as client:
            with pytest.raises(TokenUnavailable):
                await client.token("0123456")


def test_the_pact_is_published(writer: PactWriter, request: pytest.FixtureRequest):
    writer.publish_if_complete(request)
