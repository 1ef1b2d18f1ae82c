"""A day that was not like somebody is left out from the chat, and counted again: in one message, by its owner."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import httpx
import pytest
from aiogram.methods import EditMessageText, SendMessage

from tests.ayda.bot.answered import press
from tests.ayda.bot.support import GROUP, Chatting
from tests.ayda.support import MEMBER, PROFILE, problem

LIST = f"/api/v1/internal/athletes/{MEMBER}/outings"
KEPT = "{day}: a trail run, 12.3 km in 1:20"


def outing(number: int, **changes: Any) -> dict[str, Any]:
    """The outing of May `31 - number`."""
    told: dict[str, Any] = {
        "id": str(UUID(int=number)), "sport": "trail_run", "started_at": f"2026-05-{31 - number}T06:00:00Z",
        "distance_m": 12_340.0, "moving_time_s": 4800.0, "counts": True, "left_out": None, "switched_off": False,
    }  # fmt: skip
    return told | changes


def knows(chat: Chatting, *outings: dict[str, Any], earlier: str | None = None) -> None:
    """What the predictor knows from now on, and answers to a choice."""
    chat.ayda.predictor.answers["GET", LIST] = (200, {"outings": list(outings), "earlier": earlier})
    for each in outings:
        chat.ayda.predictor.answers["PUT", f"{LIST}/{each['id']}"] = (200, each)


def off(number: int) -> dict[str, Any]:
    return outing(number, counts=False, switched_off=True)


def several(numbers: Iterable[int]) -> list[dict[str, Any]]:
    return [outing(number) for number in numbers]


async def test_the_newest_outings_are_told_with_day_sport_length_and_time(chat: Chatting):
    knows(chat, outing(1), outing(2, sport="hike", started_at="2025-12-05T06:00:00Z", moving_time_s=7500.0), off(3))
    await chat.write("/outings")
    assert chat.telegram.said()[-1].splitlines()[-3:] == [
        "✓ Sat, May 30: a trail run, 12.3 km in 1:20",
        "✓ Fri, Dec 5, 2025: a hike, 12.3 km in 2:05",
        "✗ Thu, May 28: a trail run, 12.3 km in 1:20 (left out)",
    ]
    assert list(chat.telegram.buttons()) == [
        "✓ Sat, May 30 · 12.3 km",
        "✓ Fri, Dec 5, 2025 · 12.3 km",
        "✗ Thu, May 28 · 12.3 km",
    ]


async def test_an_outing_is_left_out_and_counted_again_in_the_same_message(chat: Chatting):
    knows(chat, outing(1), outing(2))
    await chat.write("/outings")
    knows(chat, off(1), outing(2))
    await press(chat, "✓ Sat, May 30 · 12.3 km")
    assert chat.telegram.said()[-1].startswith("Sat, May 30 · 12.3 km is left out: nothing rests on it any more.")
    knows(chat, outing(1), outing(2))
    await press(chat, "✗ Sat, May 30 · 12.3 km")
    assert chat.telegram.said()[-1].startswith("Sat, May 30 · 12.3 km counts again.")
    assert choices(chat, 1) == [{"counts": False}, {"counts": True}]
    assert (len(chat.telegram.sent(SendMessage)), len(chat.telegram.sent(EditMessageText))) == (1, 2)


async def test_a_press_says_what_shall_be_so_that_hearing_it_twice_changes_nothing(chat: Chatting):
    knows(chat, outing(1))
    await chat.write("/outings")
    leave_out = chat.telegram.buttons()["✓ Sat, May 30 · 12.3 km"]
    knows(chat, off(1))
    for _ in range(2):
        await chat.press(leave_out)
        chat.ayda.clock.advance(60)
    assert choices(chat, 1) == [{"counts": False}] * 2


async def test_what_teaches_nothing_anyway_is_not_offered_and_what_is_to_be_read_is_said_so(chat: Chatting):
    knows(chat, outing(1, counts=False, left_out="no_heights"), outing(2, counts=False), outing(3))
    await chat.write("/outings")
    assert chat.telegram.said()[-1].splitlines()[-2:] == [
        "… Fri, May 29: a trail run, 12.3 km in 1:20 (still to be read)",
        "✓ Thu, May 28: a trail run, 12.3 km in 1:20",
    ]


async def test_six_are_shown_at_once_and_the_others_are_a_press_away(chat: Chatting):
    knows(chat, *several(range(1, 9)))
    await chat.write("/outings")
    assert len(chat.telegram.buttons()) == 7
    await press(chat, "Earlier →")
    assert list(chat.telegram.buttons()) == ["✓ Sun, May 24 · 12.3 km", "✓ Sat, May 23 · 12.3 km", "← Newer"]
    knows(chat, *several(range(1, 8)), off(8))
    await press(chat, "✓ Sat, May 23 · 12.3 km")
    assert list(chat.telegram.buttons())[1:] == ["✗ Sat, May 23 · 12.3 km", "← Newer"], "the page stays"
    await press(chat, "← Newer")
    assert list(chat.telegram.buttons())[-1] == "Earlier →"
    assert len(chat.telegram.sent(SendMessage)) == 1


async def test_exactly_six_have_no_other_page(chat: Chatting):
    knows(chat, *several(range(1, 7)))
    await chat.write("/outings")
    assert len(chat.telegram.buttons()) == 6


async def test_what_lies_behind_a_page_of_the_predictor_is_asked_for_as_far_as_it_is_needed(chat: Chatting):
    left_out = [outing(number, counts=False, left_out="vehicle") for number in (2, 3)]
    pages = iter([[outing(1), *left_out], several(range(4, 7)), several(range(7, 12)), several(range(12, 15))])

    async def turn() -> None:
        page = next(pages)
        knows(chat, *page, earlier=page[-1]["id"])

    chat.ayda.predictor.meanwhile[LIST] = turn
    await chat.write("/outings")
    shown = chat.telegram.buttons()
    assert list(shown)[-3:] == ["✓ Sun, May 24 · 12.3 km", "✓ Sat, May 23 · 12.3 km", "Earlier →"]
    asked = [request.url.params.get("before") for request in chat.ayda.predictor.asked(LIST)]
    assert asked == [None, str(UUID(int=3)), str(UUID(int=6))]


async def test_a_page_that_is_no_longer_there_is_the_last_one(chat: Chatting):
    knows(chat, *several(range(1, 9)))
    await chat.write("/outings")
    earlier = chat.telegram.buttons()["Earlier →"]
    knows(chat, *several(range(1, 3)))
    await chat.press(earlier)
    assert list(chat.telegram.buttons()) == ["✓ Sat, May 30 · 12.3 km", "✓ Fri, May 29 · 12.3 km"]


async def test_who_is_unknown_is_told_what_helps(chat: Chatting):
    await chat.write("/outings")
    assert chat.telegram.said()[-1].startswith("I know nothing of you yet. Connect Strava")
    assert chat.telegram.buttons() == {}


async def test_the_profile_leads_to_the_outings_it_rests_on(chat: Chatting):
    knows(chat, outing(1))
    known = {**PROFILE, "has_profile": True, "flat_pace_p50": 330.0}
    chat.ayda.predictor.answers["GET", "/api/v1/internal/profile"] = (200, known)
    await chat.write("/profile")
    await press(chat, "Outings that count")
    assert "✓ Sat, May 30: a trail run, 12.3 km in 1:20" in chat.telegram.said()[-1]


async def test_in_a_group_nothing_is_told_of_anybodys_outings(chat: Chatting):
    knows(chat, outing(1))
    await chat.write("/outings", chat=GROUP)
    assert chat.telegram.said(GROUP) == ["That is between you and me: ask me in our own chat."]
    await chat.write("/outings")
    place = {"chat": {"id": GROUP, "type": "supergroup", "title": "Club"}}
    await chat.press(chat.telegram.buttons()["✓ Sat, May 30 · 12.3 km"], **place)
    assert chat.telegram.said(GROUP)[1:] == ["That is between you and me: ask me in our own chat."]
    assert choices(chat, 1) == []


async def test_nobody_switches_an_outing_of_somebody_else(chat: Chatting):
    knows(chat, outing(1))
    await chat.write("/outings")
    await chat.press(chat.telegram.buttons()["✓ Sat, May 30 · 12.3 km"], sender=MEMBER + 1)
    assert chat.telegram.noticed() == ["This button is somebody else's."]
    assert choices(chat, 1) == []


async def test_an_outing_that_is_gone_is_said_to_be_gone(chat: Chatting):
    knows(chat, outing(1))
    await chat.write("/outings")
    chat.ayda.predictor.answers["PUT", f"{LIST}/{UUID(int=1)}"] = (404, problem(404, "outing_not_found", "Gone."))
    await press(chat, "✓ Sat, May 30 · 12.3 km")
    assert chat.telegram.said()[-1] == "Gone."


@pytest.mark.parametrize("rest", ["1", "x!.0", "1.0.2AAAAAAAAAAAAAAAAAAAAAA", "1.0.0", "1.0.1zz"])
async def test_a_button_of_another_make_does_nothing(chat: Chatting, rest: str):
    await chat.press(f"e.-.{rest}")
    assert chat.telegram.noticed() == ["This button no longer does anything."]
    assert chat.ayda.predictor.asked(LIST) == []


@pytest.mark.parametrize(
    ("language", "line", "button"),
    [
        ("ru", "✗ пт, 29 мая: трейл, 12,3 км за 1:20 (не учитывается)", "✗ пт, 29 мая · 12,3 км"),
        ("ko", "✗ 5월 29일 (금): 트레일 러닝, 12.3 km, 1:20 (제외됨)", "✗ 5월 29일 (금) · 12.3 km"),
    ],
)
async def test_outings_are_told_in_the_members_language(chat: Chatting, language: str, line: str, button: str):
    knows(chat, off(2))
    await chat.write("/outings", language=language)
    assert chat.telegram.said()[-1].splitlines()[-1] == line
    assert list(chat.telegram.buttons()) == [button]


async def test_the_time_and_length_follow_the_units(chat: Chatting):
    knows(chat, outing(1))
    await chat.write("/units")
    await press(chat, "Miles")
    await chat.write("/outings")
    assert list(chat.telegram.buttons()) == ["✓ Sat, May 30 · 7.7 mi"]


def choices(chat: Chatting, number: int) -> list[dict[str, Any]]:
    """What was chosen for an outing."""
    asked: list[httpx.Request] = chat.ayda.predictor.asked(f"{LIST}/{UUID(int=number)}")
    return [json.loads(request.content) for request in asked]
