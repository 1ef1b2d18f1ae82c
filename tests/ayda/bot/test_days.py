"""The day somebody tells of, pressed or written: asked with it from then on, said on the card, and never guessed."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.methods import EditMessageText, SendMessage

from tests.ayda.bot.answered import PREDICT, answers, asked, press
from tests.ayda.bot.support import Chatting
from tests.ayda.support import problem
from trackfiles.drawn import draw_course


def minutes(**of: float) -> list[dict[str, Any]]:
    return [{"cause": cause, "minutes": each} for cause, each in of.items()]


async def test_nothing_is_said_of_a_day_that_nobody_told_of(answered: Chatting):
    assert "conditions" not in asked(answered)
    assert "The day" not in answered.telegram.said()[-1]


async def test_the_question_offers_ground_heat_and_company(answered: Chatting):
    await press(answered, "The day")
    assert answered.telegram.said()[-1].startswith("What will the day be like?")
    assert list(answered.telegram.buttons()) == [
        *("road", "paths", "rough ground", "20 °C", "25 °C", "30 °C", "35 °C"),
        *("2 of us", "3 of us", "5 of us", "8 of us", "As usual", "Answer"),
    ]


async def test_heat_is_offered_in_fahrenheit_to_who_counts_in_miles(answered: Chatting):
    day = answered.telegram.buttons()["The day"]
    await answered.write("/units")
    await press(answered, "Miles")
    await answered.press(day)
    assert [text for text in answered.telegram.buttons() if "°" in text] == ["70 °F", "80 °F", "90 °F", "100 °F"]
    await press(answered, "80 °F", "Answer")
    assert asked(answered)["conditions"] == {"heat_c": 26.7}


async def test_each_press_is_shown_in_the_same_message_and_the_answer_is_asked_for_once(answered: Chatting):
    before = len(answered.ayda.predictor.asked(PREDICT))
    await press(answered, "The day", "rough ground", "30 °C", "3 of us")
    questions = [each for each in answered.telegram.sent(SendMessage) if each.text.startswith("What will")]
    assert (len(questions), len(answered.telegram.sent(EditMessageText))) == (1, 3)
    assert "So far: rough ground, 30 °C, 3 of us." in answered.telegram.said()[-1]
    assert {"✓ rough ground", "✓ 30 °C", "✓ 3 of us"} <= set(answered.telegram.buttons())
    assert len(answered.ayda.predictor.asked(PREDICT)) == before
    await press(answered, "Answer")
    assert asked(answered)["conditions"] == {"surface": "rough", "heat_c": 30.0, "people": 3}


async def test_the_card_says_the_day_and_what_it_costs(answered: Chatting):
    answers(answered, 2, minutes=minutes(climb=20.0, surface=12.4, heat=5.0, company=3.0))
    await press(answered, "The day", "rough ground", "30 °C", "3 of us", "Answer")
    line = "The day as you told it (rough ground, 30 °C, 3 of us) takes 20 min more."
    assert line in answered.telegram.said()[-1].splitlines()


@pytest.mark.parametrize(
    ("cost", "said"), [(-4.0, "takes 4 min less."), (0.2, "changes nothing."), (95.0, "takes 1 h 35 min more.")]
)
async def test_a_day_may_be_faster_or_change_nothing(answered: Chatting, cost: float, said: str):
    answers(answered, 2, minutes=minutes(surface=cost))
    await press(answered, "The day", "road", "Answer")
    assert f"The day as you told it (road) {said}" in answered.telegram.said()[-1]


async def test_what_was_pressed_is_taken_back_by_the_same_button(answered: Chatting):
    await press(answered, "The day", "rough ground", "30 °C", "✓ 30 °C", "Answer")
    assert asked(answered)["conditions"] == {"surface": "rough"}
    await press(answered, "The day", "✓ rough ground", "Answer")
    assert "conditions" not in asked(answered)


async def test_a_day_as_usual_forgets_all_of_it(answered: Chatting):
    await press(answered, "The day", "rough ground", "As usual", "Answer")
    assert "conditions" not in asked(answered)


@pytest.mark.parametrize(
    "text",
    [
        "28 °C, rough, 3 people, home 300 m, hut 8 km 6h",
        "28 °C, камни, нас 3, дом 300 м, приют 8 км 6 ч",
        "28도, 험한 길, 3명, 집 300 m, 산장 8 km 6시간",
    ],
)
async def test_a_day_can_be_written(answered: Chatting, text: str):
    await press(answered, "The day")
    await answered.write(text)
    hut = {"at_m": 8000.0, "stop_s": 21600.0}
    day = {"heat_c": 28.0, "surface": "rough", "people": 3, "home_m": 300.0, "hut": hut}
    assert asked(answered)["conditions"] == day
    told = "rough ground, 28 °C, 3 of us, home at 300 m, a night at 8.0 km, 6 h 00 min"
    assert f"The day as you told it ({told})" in answered.telegram.said()[-1]


async def test_what_is_no_day_is_asked_for_again_and_then_understood(answered: Chatting):
    await press(answered, "The day")
    await answered.write("lovely")
    assert answered.telegram.said()[-1].startswith("I do not understand that day.")
    await answered.write("heat 30")
    assert asked(answered)["conditions"] == {"heat_c": 30.0}


async def test_a_hut_that_the_predictor_refuses_is_not_kept(answered: Chatting):
    refused = problem(422, "checkpoint_beyond_route", "That lies behind the finish.")
    await press(answered, "The day")
    answered.ayda.predictor.answers["POST", PREDICT] = (422, refused)
    await answered.write("hut 900 km 6h")
    answers(answered, 3)
    await answered.write("hut 8 km 6h")
    assert asked(answered)["conditions"] == {"hut": {"at_m": 8000.0, "stop_s": 21600.0}}
    await press(answered, "Start time", "Now")
    assert asked(answered)["conditions"] == {"hut": {"at_m": 8000.0, "stop_s": 21600.0}}


async def test_the_day_holds_for_every_further_question_about_that_course(answered: Chatting):
    await press(answered, "The day", "30 °C", "Answer", "Start time", "Now")
    assert asked(answered)["conditions"] == {"heat_c": 30.0}
    await press(answered, "My goal", "1:25")
    assert asked(answered)["conditions"] == {"heat_c": 30.0}
    await answered.send(draw_course())
    await press(answered, "easy: with something left")
    assert asked(answered)["conditions"] == {"heat_c": 30.0}


async def test_another_course_has_a_day_of_its_own(answered: Chatting):
    await press(answered, "The day", "30 °C", "Answer")
    other = {"name": "Else", "route_id": None, "race_id": "r", "distance_id": "d"}
    answers(answered, 4, course=other)
    await press(answered, "Start time", "Now")  # its answer is about another course
    await press(answered, "Start time", "Now")
    assert "conditions" not in asked(answered)


async def test_what_no_button_of_ours_says_changes_nothing(answered: Chatting):
    await press(answered, "The day")
    data = answered.telegram.buttons()["20 °C"]
    for wrong in ("h99", "p0", "sice", "x1", ""):
        await answered.press(data.rpartition(".")[0] + "." + wrong)
        assert answered.telegram.noticed()[-1] == "This button no longer does anything."
    await press(answered, "Answer")
    assert "conditions" not in asked(answered)


@pytest.mark.parametrize(
    ("name", "pressed", "line"),
    [
        ("Русский", ("Какой день", "камни и грязь", "Посчитать"), "Такой день (камни и грязь) ничего не меняет."),
        ("한국어", ("그날 조건", "험한 길", "계산하기"), "알려 주신 조건(험한 길)은 시간을 바꾸지 않습니다."),
    ],
)
async def test_the_day_is_asked_and_said_in_the_language_of_whoever_goes(
    answered: Chatting, name: str, pressed: tuple[str, ...], line: str
):
    await answered.write("/language")
    await press(answered, name)
    await answered.send(draw_course())
    await press(answered, list(answered.telegram.buttons())[2], *pressed)
    assert line in answered.telegram.said()[-1]
