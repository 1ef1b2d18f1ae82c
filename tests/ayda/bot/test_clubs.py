"""Partners are told in our own chat, pace groups in the club's: names that were chosen, and a word."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from ayda_service.settings import MemberBudgets, Settings
from tests.ayda.bot.support import GROUP, Chatting, chatting
from tests.ayda.club.support import ClubPredictor, club, opt_out, state
from tests.ayda.support import MEMBER, ROUTE, World
from trackfiles.drawn import draw_course

ROUTE_ID = str(ROUTE["id"])
FIGURE = re.compile(r"\d+:\d\d|/km|min/|\bh\b|bpm|%")


@pytest.fixture
async def chat(world: World, settings: Settings, predictor: ClubPredictor) -> AsyncIterator[Chatting]:
    predictor.answers["GET", f"/api/v1/internal/routes/{ROUTE_ID}"] = (200, ROUTE)
    roomy = replace(settings, budgets=MemberBudgets(matching_per_day=50))
    async with chatting(replace(world, predictor=predictor), roomy) as opened:
        yield opened


@pytest.fixture
def predictor() -> ClubPredictor:
    return ClubPredictor()


def with_gpx(chat: Chatting) -> dict[str, Any]:
    """A message that answers a GPX."""
    chat.telegram.files["f1"] = draw_course()
    document = {"file_id": "f1", "file_unique_id": "u", "file_name": "a.gpx", "file_size": 100}
    return {"reply_to_message": {**_message(MEMBER + 3), "document": document}}


def with_card(sender: int) -> dict[str, Any]:
    """A message that answers a picture that this person put there."""
    photo = [{"file_id": "p", "file_unique_id": "p", "width": 9, "height": 9}]
    return {"reply_to_message": {**_message(sender), "photo": photo}}


def _message(sender: int) -> dict[str, Any]:
    person = {"id": sender, "is_bot": False, "first_name": "B"}
    return {"message_id": 5, "date": 1, "chat": {"id": GROUP, "type": "supergroup", "title": "Club"}, "from": person}


async def test_matching_is_off_until_it_is_turned_on_knowing_what_it_means(chat: Chatting):
    await chat.write("/match")
    said = chat.telegram.said()[-1]
    assert "Nobody sees your pace, times or outings" in said
    assert "/group shows your name" in said
    assert (await state(chat.ayda))["opted_in"] is False
    await chat.press(chat.telegram.buttons()["Yes, as A"])
    assert chat.telegram.said()[-1] == "Done: the others see you as A. /match says who suits you."
    told = await state(chat.ayda)
    assert (told["opted_in"], told["name"]) == (True, "A")


async def test_another_name_is_written_and_a_text_after_it_is_none(chat: Chatting):
    await chat.write("/match")
    await chat.press(chat.telegram.buttons()["Yes, by another name"])
    await chat.write("12345")
    assert chat.telegram.said()[-1].startswith("A name has up to 40 letters")
    await chat.write("  Аня <b>")
    assert chat.telegram.said()[-1].startswith("A name has up to 40 letters")
    await chat.write("Anna  K.")
    await chat.write("thanks")
    assert (await state(chat.ayda))["name"] == "Anna K."
    assert chat.telegram.said()[-1].startswith("Send me a GPX")


async def test_partners_are_named_by_their_band_for_the_course_that_was_sent_last(
    chat: Chatting, predictor: ClubPredictor
):
    await club(chat.ayda, predictor, 300, 301, 330, 900)
    await chat.write("/match")
    assert chat.telegram.said()[-1].startswith("You can be found. Send me a course")
    await chat.send(draw_course())
    await chat.write("/match")
    said = chat.telegram.said()[-1]
    assert said.startswith("<b>Hill</b>\n21.7 km, 928 m up\n\n")
    assert "Runner B" in said
    assert "Runner D" not in said
    assert "Runner A" not in said
    assert not FIGURE.search(said.partition("\n\n")[2])
    assert [each["route_id"] for each in predictor.questions()] == [ROUTE_ID]


async def test_turning_it_off_ends_it_at_once(chat: Chatting, predictor: ClubPredictor):
    await club(chat.ayda, predictor, 300, 301, 302)
    await chat.write("/match")
    off = chat.telegram.buttons()["Turn it off"]
    await chat.press(off)
    assert (await state(chat.ayda))["opted_in"] is False
    await chat.press(off, sender=MEMBER + 1)
    assert chat.telegram.noticed()[-1] == "This button is somebody else's."
    assert (await state(chat.ayda, MEMBER + 1))["opted_in"] is True


@pytest.mark.parametrize(("known", "why"), [(True, "comes from Strava"), (False, "nothing of how you go yet")])
async def test_who_cannot_be_shown_is_told_why_and_what_helps(
    chat: Chatting, predictor: ClubPredictor, *, known: bool, why: str
):
    await club(chat.ayda, predictor, 300)
    predictor.people.clear()
    if known:
        predictor.knows_from_strava(MEMBER)
    await chat.write("/match")
    assert why in chat.telegram.said()[-1]


async def test_in_a_group_partners_are_told_to_nobody(chat: Chatting, predictor: ClubPredictor):
    await club(chat.ayda, predictor, 300, 301, 302)
    await chat.write("/match", chat=GROUP)
    assert chat.telegram.said(GROUP) == ["That is between you and me: ask me in our own chat."]
    assert chat.telegram.said(MEMBER) == []


async def test_a_group_is_told_who_goes_with_whom_and_no_figure_of_anybody(chat: Chatting, predictor: ClubPredictor):
    await club(chat.ayda, predictor, 300, 305, 310, 500, 510, 520)
    await chat.write("/group", chat=GROUP, **with_gpx(chat))
    title, _, told = chat.telegram.said(GROUP)[-1].partition("\n\n")
    assert title == "<b>Hill</b>\n21.7 km, 928 m up"
    assert told.splitlines() == [
        "Pace groups, the fastest first:",
        "<b>1</b> · Runner A, Runner B, Runner C (holds together)",
        "<b>2</b> · Runner D, Runner E, Runner F (holds together)",
    ]
    assert not FIGURE.search(told)
    assert chat.telegram.buttons() == {}


async def test_the_course_of_a_group_is_the_last_one_that_was_asked_about_there(
    chat: Chatting, predictor: ClubPredictor
):
    await club(chat.ayda, predictor, 300, 305, 310)
    await chat.write("/group", chat=GROUP)
    assert chat.telegram.said(GROUP)[-1] == "For which course? Answer its GPX with /group."
    await chat.write("/group", chat=GROUP, **with_gpx(chat))
    await chat.write("/group", sender=MEMBER + 1, chat=GROUP)
    assert chat.telegram.said(GROUP)[-1] == chat.telegram.said(GROUP)[-2]


async def test_a_card_in_the_group_stands_for_the_course_its_sender_spoke_of_last(
    chat: Chatting, predictor: ClubPredictor
):
    await club(chat.ayda, predictor, 300, 305, 310)
    await chat.send(draw_course())
    await chat.write("/group", sender=MEMBER + 1, chat=GROUP, **with_card(MEMBER))
    assert chat.telegram.said(GROUP)[-1].startswith("For which course?"), "it is not theirs to say"
    await chat.write("/group", chat=GROUP, **with_card(MEMBER))
    assert "Runner A" in chat.telegram.said(GROUP)[-1]


async def test_who_did_not_opt_in_is_in_no_group_and_sees_none(chat: Chatting, predictor: ClubPredictor):
    ids = await club(chat.ayda, predictor, 300, 305, 310, 315)
    await opt_out(chat.ayda, ids[3])
    await chat.write("/group", chat=GROUP, **with_gpx(chat))
    assert "Runner D" not in chat.telegram.said(GROUP)[-1]
    await chat.write("/group", sender=ids[3], chat=GROUP)
    assert chat.telegram.said(GROUP)[-1].startswith("Pace groups are for those who can be found themselves")


async def test_in_our_own_chat_it_also_says_which_group_is_mine_or_why_none_is(
    chat: Chatting, predictor: ClubPredictor
):
    await club(chat.ayda, predictor, 300, 305, 310, 315)
    await chat.send(draw_course())
    await chat.write("/group")
    assert chat.telegram.said()[-1].endswith("(holds together) ← yours")
    predictor.knows_from_strava(MEMBER)
    await chat.write("/group")
    assert "comes from Strava" in chat.telegram.said()[-1]
    await chat.write("/group", chat=GROUP, **with_gpx(chat))
    assert "Strava" not in chat.telegram.said(GROUP)[-1], "why somebody is in none is theirs"


async def test_names_are_text(chat: Chatting, predictor: ClubPredictor):
    await club(chat.ayda, predictor, 300, 305, 310)
    await chat.write("/match")
    await chat.press(chat.telegram.buttons()["Another name"])
    await chat.write("O'Neil")
    await chat.write("/group", chat=GROUP, **with_gpx(chat))
    assert "O&#x27;Neil" in chat.telegram.said(GROUP)[-1]
