"""What ayda relies on when a member asks how right predictions were, or says which outing it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pact import match

from ayda_service.errors import RefusedByPredictor
from kernel.contracts.accuracy import OutingLink
from tests.contracts.ayda_asks.refusals import UNAVAILABLE, refused
from tests.contracts.ayda_asks.shapes import COMPARED, INTERNAL, LOCAL, MEMBER, NOTHING_OF_MEMBER
from tests.contracts.houses import OpenAyda as Open
from tests.contracts.support import Exchange, PactWriter, problem

ACCURACY = ("GET", f"{INTERNAL}/athletes/{MEMBER}/accuracy")
FORECAST_ID = "018f6b2a-0000-7000-8000-0000000c0090"
OUTING_ID = "018f6b2a-0000-7000-8000-0000000c0190"
UNKNOWN_ID = "018f6b2a-0000-7000-8000-00000000ffff"
OUTCOMES = 6


def path_of(forecast_id: str) -> tuple[str, str]:
    return "PUT", f"{INTERNAL}/athletes/{MEMBER}/forecasts/{forecast_id}/outing"


def moment() -> Any:
    return match.regex("2026-05-25T12:00:00Z", regex=LOCAL)


def quantiles() -> dict[str, Any]:
    return {"p10": match.int(2800), "p50": match.int(3120), "p90": match.int(3500)}


def figures(n: int) -> dict[str, Any]:
    return {"n": n, "bias": match.number(0.0065), "mape": match.number(0.0065), "coverage": match.number(0.75)}


def outing(number: int, **more: Any) -> dict[str, Any]:
    return {
        "prediction_id": f"018f6b2a-0000-7000-8000-0000000c{number:04d}",
        "activity_id": f"018f6b2a-0000-7000-8000-0000000c{100 + number:04d}",
        "mode": "trail_run",
        "course": "Made-up hills",
        "predicted_at": moment(),
        "started_at": moment(),
        "said_s": quantiles(),
        "taken_s": match.int(3100),
        "moving_said_s": quantiles(),
        "moving_taken_s": match.int(3040),
        "linked": False,
        "learned": {"flat": None, "climbs": None, "descents": None},
        **more,
    }


TAUGHT = {"flat": match.number(0.001), "climbs": match.number(-0.02), "descents": match.number(-0.01)}
NEWEST = [
    outing(1, learned=TAUGHT),
    outing(2, mode="hiking", course=None, linked=True, learned=None),
    *(outing(number) for number in range(3, OUTCOMES + 1)),
]


def waiting(number: int, **more: Any) -> dict[str, Any]:
    return {
        "prediction_id": f"018f6b2a-0000-7000-8000-0000000c{number:04d}",
        "course": "Made-up hills",
        "mode": "trail_run",
        "predicted_at": moment(),
        "distance_m": match.number(8000.5),
        "candidates": [],
        **more,
    }


CANDIDATE = {
    "activity_id": OUTING_ID, "started_at": moment(), "distance_m": match.number(8000.5), "elapsed_s": match.int(3100)
}  # fmt: skip


def modes(running: int) -> list[dict[str, Any]]:
    return [
        {"mode": mode, "moving": figures(n), "elapsed": figures(n), "stretch": match.number(0.9)}
        for mode, n in (("trail_run", running), ("hiking", 1))
    ]


def accuracy(n: int, newest: list[Any], still_open: list[Any]) -> dict[str, Any]:
    return {
        "telegram_id": MEMBER,
        "moving": figures(n),
        "elapsed": figures(n),
        "modes": modes(n - 1),
        "newest": newest,
        "open": still_open,
    }


NOTHING = {"n": 0, "bias": None, "mape": None, "coverage": None}
OPEN = [waiting(91, mode="hiking", course=None), waiting(90, candidates=[CANDIDATE])]


async def test_what_was_said_stands_beside_what_was_taken(writer: PactWriter, ayda_at: Open):
    answer = accuracy(OUTCOMES, NEWEST, OPEN)
    with writer.interaction(Exchange("how right it was", ACCURACY, 200, answer, state=COMPARED)) as url:
        async with ayda_at(url) as ayda:
            known = await ayda.parts.accuracy.accuracy(int(MEMBER))
    assert [each.linked for each in known.newest] == [False, True, *[False] * (OUTCOMES - 2)]
    assert known.newest[0].learned is not None
    assert known.newest[0].learned.climbs == -0.02
    assert [len(each.candidates) for each in known.open] == [0, 1]
    assert {each.mode: each.elapsed.n for each in known.modes} == {"trail_run": OUTCOMES - 1, "hiking": 1}


async def test_of_somebody_unknown_nothing_is_compared(writer: PactWriter, ayda_at: Open):
    answer = {
        "telegram_id": MEMBER, "moving": NOTHING, "elapsed": NOTHING, "modes": [], "newest": [], "open": []
    }  # fmt: skip
    exchange = Exchange("how right it was for somebody unknown", ACCURACY, 200, answer, state=NOTHING_OF_MEMBER)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            known = await ayda.parts.accuracy.accuracy(int(MEMBER))
    assert (known.elapsed.n, known.elapsed.mape, known.newest) == (0, None, [])


LITTLE = {"flat": match.number(0.001), "climbs": None, "descents": None}
LINKED = accuracy(OUTCOMES + 1, [outing(90, activity_id=OUTING_ID, linked=True, learned=LITTLE), *NEWEST], [OPEN[0]])
LINKS = [
    ("the outing of a forecast", OUTING_ID, LINKED),
    ("that a forecast has no outing", None, accuracy(OUTCOMES, NEWEST, OPEN)),
]


@pytest.mark.parametrize(("described", "named", "answer"), LINKS, ids=[each[0] for each in LINKS])
async def test_a_member_says_which_outing_it_was(
    writer: PactWriter, ayda_at: Open, described: str, named: str | None, answer: dict[str, Any]
):
    body = {"activity_id": named}
    with writer.interaction(Exchange(described, path_of(FORECAST_ID), 200, answer, state=COMPARED, body=body)) as url:
        async with ayda_at(url) as ayda:
            known = await ayda.parts.accuracy.link(int(MEMBER), FORECAST_ID, OutingLink(named))
    assert known.elapsed.n == answer["elapsed"]["n"]


UNKNOWN = [(UNKNOWN_ID, OUTING_ID, "forecast_not_found"), (FORECAST_ID, UNKNOWN_ID, "outing_not_found")]


@pytest.mark.parametrize(("forecast", "named", "code"), UNKNOWN, ids=[each[2] for each in UNKNOWN])
async def test_what_is_not_there_is_linked_with_nothing(
    writer: PactWriter, ayda_at: Open, forecast: str, named: str, code: str
):
    answer, body = problem(404, code), {"activity_id": named}
    exchange = Exchange(f"an outing answered {code}", path_of(forecast), 404, answer, state=COMPARED, body=body)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            with pytest.raises(RefusedByPredictor) as refusal:
                await ayda.parts.accuracy.link(int(MEMBER), forecast, OutingLink(named))
    assert refusal.value.problem.code == code


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_a_refused_question(writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]):
    exchange = replace(Exchange(f"how right it was with {why}", ACCURACY, 0, None), **how)
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.predictor.accuracy(MEMBER))


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_a_refused_link(writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]):
    body = {"activity_id": OUTING_ID}
    exchange = replace(Exchange(f"an outing with {why}", path_of(FORECAST_ID), 0, None, body=body), **how)
    link = OutingLink(OUTING_ID)
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.predictor.link_outing(MEMBER, FORECAST_ID, link))
