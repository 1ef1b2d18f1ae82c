"""What predictor_service relies on when it tells of a compared outing: through the job that does it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from servicekit.http.errors import UpstreamRefused
from servicekit.jobs import Snooze
from tests.contracts.houses import OpenPredictor as Open
from tests.contracts.houses import Predictor
from tests.contracts.predictor_asks.test_tokens import CONNECTED, NO_KEYS, NOBODY
from tests.contracts.support import WRONG_KEY, Exchange, PactWriter, problem
from tests.predictor.states import outings_compared, state_id

PATH = "/api/internal/outings/compared"
TELEGRAM_ID = "123456"


def news(number: int) -> dict[str, Any]:
    """The first outing taught something, the second was linked on a course without a name."""
    first = number == 1
    day = {1: "2026-05-25T12:00:00Z", 2: "2026-05-24T12:00:00Z", 3: "2026-05-23T12:00:00Z"}[number]
    asked = {1: "2026-05-24T12:00:00Z", 2: "2026-05-23T12:00:00Z", 3: "2026-05-22T12:00:00Z"}[number]
    taught = {"flat": 0.001, "climbs": -0.02, "descents": -0.01} if first else None
    unknown = {"flat": None, "climbs": None, "descents": None}
    outing = {
        "prediction_id": f"018f6b2a-0000-7000-8000-0000000c000{number}",
        "activity_id": f"018f6b2a-0000-7000-8000-0000000c010{number}",
        "mode": "hiking" if number == 2 else "trail_run",
        "course": None if number == 2 else "Made-up hills",
        "predicted_at": asked,
        "started_at": day,
        "said_s": {"p10": 2800, "p50": 3120, "p90": 3500},
        "taken_s": 3100,
        "moving_said_s": {"p10": 2700, "p50": 3000, "p90": 3300},
        "moving_taken_s": 3040,
        "linked": number == 2,
        "learned": unknown if number == 3 else taught,
    }
    return {"telegram_id": TELEGRAM_ID, "outing": outing}


async def tell(predictor: Predictor, number: int) -> None:
    await outings_compared(predictor.parts, TELEGRAM_ID, outcomes=3)
    [job] = [each for each in predictor.parts.jobs if each.name == "tell_compared"]
    await job.run({"prediction_id": str(state_id(number))})


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize(("state", "status"), [(CONNECTED, "told"), (NOBODY, "ignored")])
async def test_a_compared_outing_is_told(writer: PactWriter, predictor_at: Open, number: int, state: str, status: str):
    described = f"the news of outing {number}, {status}"
    exchange = Exchange(described, ("POST", PATH), 200, {"status": status}, state=state, body=news(number))
    with writer.interaction(exchange) as url:
        async with predictor_at(url) as predictor:
            await tell(predictor, number)
            assert len(predictor.wire.asked) == 1


REFUSALS = [
    ("with a wrong key", 401, "invalid_api_key", {"key": WRONG_KEY, "state": CONNECTED}, UpstreamRefused),
    ("without keys there", 503, "internal_api_not_configured", {"state": NO_KEYS}, Snooze),
    ("without time left", 504, "deadline_exceeded", {"spent": True, "state": CONNECTED}, Snooze),
]


@pytest.mark.parametrize(("why", "status", "code", "how", "error"), REFUSALS, ids=[each[0] for each in REFUSALS])
async def test_news_that_is_not_taken_waits(
    writer: PactWriter,
    predictor_at: Open,
    why: str,
    status: int,
    code: str,
    how: dict[str, Any],
    error: type[Exception],
):
    plain = Exchange(f"the news of an outing {why}", ("POST", PATH), status, problem(status, code), body=news(1))
    exchange = replace(plain, **how)
    with writer.interaction(exchange) as url:
        async with predictor_at(url, **exchange.caller) as predictor:
            with pytest.raises(error):
                await tell(predictor, 1)
            assert len(predictor.wire.asked) == 1
