"""What predictor_service relies on when it asks ayda_service for an access token.

It is asked as the sync asks: through the service's own sources of tokens. Bodies are written out by hand: a renamed
field must break this file.
"""

from __future__ import annotations

from typing import Any

import pytest
from pact import match

from servicekit.strava.errors import NotConnected, NoToken, ReauthRequired, TokenUnavailable
from tests.contracts.houses import NOW
from tests.contracts.houses import OpenPredictor as Open
from tests.contracts.support import WRONG_KEY, Exchange, PactWriter, problem

TELEGRAM_ID = "123456"
ATHLETE_ID = 12345
EXPIRES_AT = int(NOW.timestamp()) + 18_000
GRANTED = r"^(.*,)?activity:read(_all)?(,.*)?$"
CONNECTED = "member 123456 has connected Strava as athlete 12345"
NOBODY = "nobody with the Telegram id 123456 is known"
NOT_CONNECTED = "member 123456 has not connected Strava"
LOST = "member 123456 has to reconnect Strava"
NO_KEYS = "the internal API has no key configured"
OUTAGE = "Strava is down and the token of member 123456 has expired"
PATH = "/api/internal/strava/token"

READY = {
    "access_token": match.str("an-access-token"),
    "athlete_id": ATHLETE_ID,
    "scope": match.regex("read,activity:read_all", regex=GRANTED),
    "expires_at": match.int(EXPIRES_AT),
    "client_id": match.regex("4242", regex=r"^[0-9]+$"),
}


def asking(
    description: str, state: str | None, status: int, answer: Any, telegram_id: str = TELEGRAM_ID, **more: Any
) -> Exchange:
    query = {"telegram_id": telegram_id, **more.pop("query", {})}
    return Exchange(description, ("GET", PATH), status, answer, state=state, query=query, **more)


@pytest.mark.parametrize("force", [False, True], ids=["as usual", "after Strava refused the last one"])
async def test_a_connected_member_has_a_token(writer: PactWriter, predictor_at: Open, force: bool):
    description = "a token request" + (" after Strava refused the last token" if force else "")
    exchange = asking(description, CONNECTED, 200, READY, query={"force": "1"} if force else {})
    with writer.interaction(exchange) as url:
        async with predictor_at(url) as predictor:
            ready = await predictor.tokens.token(TELEGRAM_ID, force=force)
    assert ready.access_token == "an-access-token"
    assert ready.athlete_id == ATHLETE_ID
    assert ready.expires_at == EXPIRES_AT
    assert ready.client_id == "4242"
    assert "activity:read_all" in ready.scope.split(",")


REFUSALS = [
    (NOBODY, 404, "user_not_found", NotConnected),
    (NOT_CONNECTED, 404, "strava_not_connected", NotConnected),
    (LOST, 409, "reauth_required", ReauthRequired),
]


@pytest.mark.parametrize(("state", "status", "code", "meaning"), REFUSALS)
async def test_a_refusal_has_its_meaning(
    writer: PactWriter, predictor_at: Open, state: str, status: int, code: str, meaning: type[NoToken]
):
    exchange = asking(f"a token request answered {code}", state, status, problem(status, code))
    with writer.interaction(exchange) as url:
        async with predictor_at(url) as predictor:
            with pytest.raises(meaning):
                await predictor.tokens.token(TELEGRAM_ID)
            assert len(predictor.wire.asked) == 1


OUTAGES = [(OUTAGE, "strava_unavailable"), (NO_KEYS, "internal_api_not_configured")]


@pytest.mark.parametrize(("state", "code"), OUTAGES)
async def test_an_outage_is_asked_about_once_and_says_how_long_it_may_last(
    writer: PactWriter, predictor_at: Open, state: str, code: str
):
    with writer.interaction(asking(f"a token request answered {code}", state, 503, problem(503, code))) as url:
        async with predictor_at(url) as predictor:
            with pytest.raises(TokenUnavailable) as unavailable:
                await predictor.tokens.token(TELEGRAM_ID)
            assert len(predictor.wire.asked) == 1
    assert unavailable.value.retry_after_s == 30


async def test_a_wrong_key_brings_no_token(writer: PactWriter, predictor_at: Open):
    body = problem(401, "invalid_api_key")
    with writer.interaction(asking("a token request with a wrong key", CONNECTED, 401, body, key=WRONG_KEY)) as url:
        async with predictor_at(url, key=WRONG_KEY) as predictor:
            with pytest.raises(TokenUnavailable):
                await predictor.tokens.token(TELEGRAM_ID)


async def test_an_alias_of_a_telegram_id_is_refused(writer: PactWriter, predictor_at: Open):
    body = problem(422, "validation_failed", "telegram_id")
    exchange = asking("a token request for an id with a leading zero", CONNECTED, 422, body, "0123456")
    with writer.interaction(exchange) as url:
        async with predictor_at(url) as predictor:
            with pytest.raises(TokenUnavailable):
                await predictor.tokens.token("0123456")


async def test_a_token_that_comes_too_late_is_no_token(writer: PactWriter, predictor_at: Open):
    body = problem(504, "deadline_exceeded")
    with writer.interaction(asking("a token request whose time is over", CONNECTED, 504, body, spent=True)) as url:
        async with predictor_at(url) as predictor:
            with pytest.raises(TokenUnavailable):
                await predictor.tokens.token(TELEGRAM_ID)
