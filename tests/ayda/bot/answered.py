"""Somebody who was given an answer, and asks on."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from ayda_service.bot.taps import MAX_BYTES
from tests.ayda.bot.support import Chatting
from tests.ayda.support import ROUTE, prediction
from trackfiles.drawn import draw_course

PREDICT = "/api/v1/internal/predict"
ROUTE_ID = str(ROUTE["id"])
COURSE = {"name": "Hill", "route_id": ROUTE_ID, "race_id": None, "distance_id": None}


def answers(chat: Chatting, number: int = 1, **changes: Any) -> None:
    """The predictor's next answer."""
    told = {**prediction(str(UUID(int=number))), "course": COURSE, **changes}
    chat.ayda.predictor.answers["POST", PREDICT] = (200, told)


def asked(chat: Chatting) -> dict[str, Any]:
    """What the predictor was asked last."""
    told: dict[str, Any] = json.loads(chat.ayda.predictor.asked(PREDICT)[-1].content)
    return told


async def press(chat: Chatting, *texts: str) -> None:
    for text in texts:
        data = chat.telegram.buttons()[text]
        assert len(data.encode()) <= MAX_BYTES
        await chat.press(data)


async def give_answer(chat: Chatting) -> None:
    """An answer about a course in Almaty; there it is the evening of June 1."""
    chat.ayda.predictor.answers["GET", f"/api/v1/internal/routes/{ROUTE_ID}"] = (200, ROUTE)
    answers(chat)
    await chat.send(draw_course())
    await chat.press(chat.telegram.buttons()["steady: as on a good day"])
