"""What the bot says to commands, files and presses."""

from __future__ import annotations

import re

import pytest

from ayda_service.bot.commands import COMMANDS
from ayda_service.bot.taps import MAX_BYTES, Tap, parse_tap
from ayda_service.members.store import MemberStore
from tests.ayda.bot.support import GROUP, Chatting
from tests.ayda.support import ACCURACY, MEMBER, OUTING, prediction
from trackfiles.drawn import draw_course

SPOKEN = {"en": "Hello!", "ru": "Привет!", "ko": "안녕하세요!", "de": "Hello!"}


@pytest.mark.parametrize(("language", "hello"), SPOKEN.items())
async def test_everybody_is_greeted_in_the_language_of_their_telegram(chat: Chatting, language: str, hello: str):
    await chat.write("/start", language=language)
    assert chat.telegram.said()[0].startswith(hello)


@pytest.mark.parametrize("command", [name for name, _ in COMMANDS])
async def test_every_command_that_is_offered_is_answered(chat: Chatting, command: str):
    await chat.write(f"/{command}")
    assert len(chat.telegram.said()) == 1


async def test_a_language_chosen_by_hand_stays(chat: Chatting):
    await chat.write("/language")
    await chat.press(chat.telegram.buttons()["한국어"])
    await chat.write("/start")
    assert chat.telegram.said()[-1].startswith("안녕하세요!")


async def test_miles_are_spoken_in_miles(chat: Chatting):
    await chat.write("/units")
    await chat.press(chat.telegram.buttons()["Miles"])
    await chat.send(draw_course())
    assert " mi, " in chat.telegram.said()[-1]
    assert " ft " in chat.telegram.said()[-1]


async def test_a_course_is_answered_with_how_and_then_with_its_time(chat: Chatting):
    await chat.send(draw_course())
    assert "How do you go?" in chat.telegram.said()[-1]
    await chat.press(chat.telegram.buttons()["steady: as on a good day"])
    answer = chat.telegram.said()[-1]
    assert "1:23 from start to finish, steady" in answer
    assert "8 in 10 such days end between 1:15 and 1:33." in answer


async def test_the_same_press_told_twice_costs_one_prediction(chat: Chatting):
    await chat.send(draw_course())
    await chat.press(chat.telegram.buttons()["race: all you have"])
    keys = {request.headers["Idempotency-Key"] for request in chat.ayda.predictor.asked("/api/v1/internal/predict")}
    assert len(keys) == 1


async def test_a_button_in_another_hand_does_nothing_and_says_whose_it_is(chat: Chatting):
    await chat.send(draw_course())
    data = chat.telegram.buttons()["race: all you have"]
    await chat.press(data, sender=MEMBER + 1)
    assert chat.telegram.noticed() == ["This button is somebody else's."]
    assert chat.ayda.predictor.asked("/api/v1/internal/predict") == []


@pytest.mark.parametrize("data", ["", "nonsense", "g.-.x", "g.-.a.b", "zz.1", "f.-.AAAAAAAAAAAAAAAAAAAAAA.q", "." * 60])
async def test_a_button_of_another_time_says_so(chat: Chatting, data: str):
    await chat.press(data)
    assert chat.telegram.noticed() == ["This button no longer does anything."]


async def test_a_file_that_is_no_course_is_answered_with_what_to_do(chat: Chatting):
    await chat.send(b"<html>", "page.html")
    assert "\n" not in chat.telegram.said()[-1]
    assert len(chat.telegram.said()) == 1


async def test_connecting_leads_to_the_browser_by_a_link_that_is_good_once(chat: Chatting):
    await chat.write("/connect")
    address = chat.telegram.buttons()["Connect Strava"]
    assert re.fullmatch(r"https://ayda\.test/api/v1/strava/enter\?ticket=[A-Za-z0-9_-]{43}", address)


async def test_accuracy_says_honestly_that_nothing_was_compared_and_what_was_measured(chat: Chatting):
    await chat.write("/accuracy")
    assert "No course you asked me about has been compared" in chat.telegram.said()[-1]
    assert "Of your past nothing is measured either." in chat.telegram.said()[-1]
    answer = prediction()
    answer["interval"] |= {"measured_coverage": 0.81, "measured_on": 37}
    chat.ayda.predictor.answers["POST", "/api/v1/internal/predict"] = (200, answer)
    await chat.send(draw_course())
    await chat.press(chat.telegram.buttons()["easy: with something left"])
    await chat.write("/accuracy")
    assert "Tried on 37 outings of your past" in chat.telegram.said()[-1]
    assert "held 81 %" in chat.telegram.said()[-1]


async def test_accuracy_says_what_was_said_and_what_was_taken(chat: Chatting):
    figures = {"n": 4, "bias": -0.021, "mape": 0.034, "coverage": 0.75}
    known = {**ACCURACY, "elapsed": figures, "moving": figures, "newest": [OUTING] * 5}
    chat.ayda.predictor.answers["GET", f"/api/v1/internal/athletes/{MEMBER}/accuracy"] = (200, known)
    await chat.write("/accuracy")
    said = chat.telegram.said()[-1]
    for sentence in (
        "4 courses compared: I was 3.4 % off on average.",
        "I said 2.1 % too little.",
        "The band that shall hold 8 in 10 held 75 %.",
    ):
        assert sentence in said
    assert said.count("Sat, May 30, Hill &amp; &lt;Dale&gt;: said 3:47, took 3:52") == 3


@pytest.mark.parametrize("text", ["hello", "/nonsense", "7:00", "<b>"])
async def test_what_is_no_answer_is_answered_with_what_to_do(chat: Chatting, text: str):
    await chat.write(text)
    assert chat.telegram.said() == ["Send me a GPX, and I say how long it takes you. /help says what else I can do."]


async def test_in_a_group_people_speak_to_each_other(chat: Chatting):
    await chat.write("hello", chat=GROUP)
    assert chat.telegram.said(GROUP) == []


async def test_every_answer_leads_into_the_app(chat: Chatting):
    await chat.send(draw_course())
    await chat.press(chat.telegram.buttons()["race: all you have"])
    key = prediction()["prediction_id"]
    assert chat.telegram.buttons()["Open in the app"] == f"https://ayda.test/app#prediction={key}"


async def test_erasing_asks_first_and_ends_with_a_receipt(chat: Chatting):
    await chat.send(draw_course())
    await chat.press(chat.telegram.buttons()["easy: with something left"])
    await chat.write("/delete")
    assert "cannot be undone" in chat.telegram.said()[-1]
    chat.ayda.clock.advance(1)
    await chat.press(chat.telegram.buttons()["Yes, erase everything"])
    farewell = chat.telegram.said()[-1]
    assert re.search(r"Your receipt: <code>[0-9a-f-]{36}</code>", farewell)
    parts = chat.ayda.app.litestar.state["parts"]
    assert await parts.database.read(lambda session: MemberStore(session).known({MEMBER})) == set()


@pytest.mark.parametrize("tap", [Tap("g", ("A" * 22, "f"), 2**52 - 1), Tap("u"), Tap("l", ("ko",), 1)])
def test_a_button_says_what_it_was_made_of_and_fits(tap: Tap):
    assert parse_tap(tap.data()) == tap
    assert len(tap.data().encode()) <= MAX_BYTES
