from __future__ import annotations

import pytest

from kernel.contracts.connection import StravaToken
from predictor_service.strava.tokens import OrderedTokenSource
from servicekit.strava.errors import NotConnected, NoToken, ReauthRequired, TokensOff, TokenUnavailable


class Source:
    def __init__(self, answer: str | NoToken) -> None:
        self.answer = answer
        self.dropped: list[str] = []

    async def token(self, telegram_id: str, *, force: bool = False) -> StravaToken:  # noqa: ARG002 - the seam's
        if isinstance(self.answer, NoToken):
            raise self.answer
        return StravaToken(f"{self.answer}{'!' if force else ''}", 1, "activity:read", 2_000_000_000)

    def drop(self, telegram_id: str) -> None:
        self.dropped.append(telegram_id)


async def token_of(*answers: str | NoToken, force: bool = False) -> str:
    source = OrderedTokenSource(*(Source(answer) for answer in answers))
    return (await source.token("1", force=force)).access_token


async def test_the_first_source_with_a_connection_gives_the_token():
    assert await token_of("local", "ayda") == "local"
    assert await token_of(NotConnected(), "ayda") == "ayda"
    assert await token_of(ReauthRequired(), "ayda", force=True) == "ayda!"


async def test_a_source_that_is_down_is_not_passed_over():
    with pytest.raises(TokenUnavailable):
        await token_of(TokenUnavailable(), "ayda")


async def test_a_connection_that_was_there_has_the_last_word():
    with pytest.raises(ReauthRequired):
        await token_of(ReauthRequired(), NotConnected())
    with pytest.raises(NotConnected):
        await token_of(NotConnected(), NotConnected())


async def test_nothing_configured_says_so():
    with pytest.raises(TokensOff):
        await token_of()
    assert not OrderedTokenSource().configured


def test_dropping_reaches_every_source():
    sources = Source("a"), Source("b")
    OrderedTokenSource(*sources).drop("7")
    assert [source.dropped for source in sources] == [["7"], ["7"]]
