"""How a call is refused, whatever it is about: with a wrong key, by a predictor without keys, too late."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from servicekit.http.errors import UpstreamRefused, UpstreamUnavailable
from tests.contracts.ayda_asks.shapes import NO_KEYS
from tests.contracts.houses import Ayda
from tests.contracts.houses import OpenAyda as Open
from tests.contracts.support import WRONG_KEY, Exchange, PactWriter, problem

Call = Callable[[Ayda], Awaitable[Any]]
UNAVAILABLE = [
    ("a wrong key", {"status": 401, "answer": problem(401, "invalid_api_key"), "key": WRONG_KEY}),
    ("no keys there", {"status": 503, "answer": problem(503, "internal_api_not_configured"), "state": NO_KEYS}),
    ("no time left", {"status": 504, "answer": problem(504, "deadline_exceeded"), "spent": True}),
]
"""What may happen to every guarded call."""


async def refused(writer: PactWriter, ayda_at: Open, exchange: Exchange, call: Call) -> None:
    """ayda turns the refusal into its error with status and code, and asks once."""
    with writer.interaction(exchange) as url:
        async with ayda_at(url, **exchange.caller) as ayda:
            with pytest.raises((UpstreamRefused, UpstreamUnavailable)) as caught:
                await call(ayda)
            # a 503 asks for more patience than a call has, and whose time is over does not get it back by asking again
            assert len(ayda.wire.asked) == 1
    error = caught.value
    assert error.problem is not None
    assert (error.problem.status, error.problem.code) == (exchange.status, exchange.answer["code"])
    assert [each.field for each in error.problem.errors] == [each["field"] for each in exchange.answer["errors"]]
    assert isinstance(error, UpstreamUnavailable) == (exchange.status >= 500)
    if exchange.status == 503:
        assert error.retry_after_s == exchange.wait_s
