"""A member asks for their paths to be remembered, and forgotten, in our own chat alone."""

from __future__ import annotations

import json
from typing import Any

from tests.ayda.bot.support import GROUP, Chatting
from tests.ayda.support import MEMBER

OWN_PATHS = f"/api/v1/internal/athletes/{MEMBER}/own-paths"
NOTHING = {"remembered": False, "since": None, "outings": 0}


def known(outings: int) -> dict[str, Any]:
    return {"remembered": True, "since": "2026-05-25T12:00:00Z", "outings": outings}


async def test_who_has_not_asked_is_told_what_would_be_kept(chat: Chatting):
    chat.ayda.predictor.answers["GET", OWN_PATHS] = (200, NOTHING)
    await chat.write("/paths")
    assert "I keep no places for it" in chat.telegram.said()[-1]
    assert list(chat.telegram.buttons()) == ["Remember my paths"]


async def test_a_press_remembers_and_another_one_forgets(chat: Chatting):
    chat.ayda.predictor.answers["GET", OWN_PATHS] = (200, NOTHING)
    chat.ayda.predictor.answers["PUT", OWN_PATHS] = (200, known(1))
    await chat.write("/paths")
    await chat.press(chat.telegram.buttons()["Remember my paths"])
    assert chat.telegram.said()[-1].startswith("I remember the paths of 1 outing of yours.")
    chat.ayda.predictor.answers["PUT", OWN_PATHS] = (200, NOTHING)
    await chat.press(chat.telegram.buttons()["Forget my paths"])
    assert chat.telegram.said()[-1].startswith("I can remember the paths")
    asked = [each for each in chat.ayda.predictor.requests if (each.method, each.url.path) == ("PUT", OWN_PATHS)]
    wishes = [json.loads(each.content) for each in asked]
    assert wishes == [{"remembered": True}, {"remembered": False}]


async def test_in_a_group_nothing_is_said_of_it(chat: Chatting):
    await chat.write("/paths", chat=GROUP)
    assert chat.telegram.said(GROUP)[-1].startswith("That is between you and me")
