"""Start and goal, pressed or written: on the clock at the course, and said with its zone."""

from __future__ import annotations

import pytest

from tests.ayda.bot.answered import PREDICT, ROUTE_ID, answers, asked, press
from tests.ayda.bot.support import Chatting
from tests.ayda.support import MEMBER, ROUTE, problem

PLAN = {
    "goal_s": 19_800, "fade": 0.04, "p_reach": 0.37, "percentile": 30.0, "expected_s": 20_400,
    "splits": [
        {"from_m": 1000.0 * each, "to_m": 1000.0 * (each + 1), "time_s": 900, "stop_s": 0, "pace_s_per_km": 900.0,
         "elapsed_s": 900 * (each + 1)}
        for each in range(22)
    ],
}  # fmt: skip


async def test_a_start_is_asked_for_on_the_clock_at_the_course(answered: Chatting):
    await press(answered, "Start time")
    said = answered.telegram.said()[-1]
    assert said.startswith("When do you start? I mean the clock at the course (Asia/Almaty, UTC+5).")
    assert list(answered.telegram.buttons()) == ["Now", "Tomorrow 06:00", "Tomorrow 07:00", "Tomorrow 08:00"]


async def test_tomorrow_is_tomorrow_at_the_course(answered: Chatting):
    answered.ayda.clock.advance(9 * 3600)  # 21:00 UTC, and June 2 over there
    await press(answered, "Start time", "Tomorrow 07:00")
    assert (asked(answered)["start_at"], asked(answered)["gpx_file_id"]) == ("2026-06-03T07:00:00", ROUTE_ID)


async def test_now_is_the_moment_of_the_press(answered: Chatting):
    await press(answered, "Start time", "Now")
    assert asked(answered)["start_at"].startswith("2026-06-01T17:00:00+05:00")


async def test_the_card_says_start_and_finish_with_the_zone_and_what_is_dark(answered: Chatting):
    daylight = {
        "sun": "rises_and_sets", "sunrise": None, "sunset": None, "civil_dusk": None, "finish_before_dark_p": 0.0,
        "dark_s": {"p10": 3000, "p50": 3600, "p90": 4000}, "latest_start": None, "turn_around": None,
    }  # fmt: skip
    start = {"start_at": "2026-06-05T23:00:00+05:00", "time_zone": "Asia/Almaty", "daylight": daylight}
    await press(answered, "Start time")
    answers(answered, 2, **start)
    await press(answered, "Tomorrow 06:00")
    lines = answered.telegram.said()[-1].splitlines()
    assert "Start Fri, Jun 5, 23:00 at the course (Asia/Almaty, UTC+5)." in lines
    assert "Finish Sat, Jun 6, 00:23, in 8 of 10 between Sat, Jun 6, 00:15 and Sat, Jun 6, 00:33." in lines
    assert "1 h 00 min of it in the dark: take a light." in lines


@pytest.mark.parametrize(
    ("text", "start_at"),
    [
        ("Saturday 7:00", "2026-06-06T07:00:00"),
        ("в субботу в 7:00", "2026-06-06T07:00:00"),
        ("토요일 7시", "2026-06-06T07:00:00"),
        ("2026-12-05 07:30", "2026-12-05T07:30:00"),
    ],
)
async def test_a_start_can_be_written(answered: Chatting, text: str, start_at: str):
    await press(answered, "Start time")
    await answered.write(text)
    assert asked(answered)["start_at"] == start_at


async def test_what_is_no_start_is_asked_for_again_and_then_understood(answered: Chatting):
    await press(answered, "Start time")
    await answered.write("early")
    assert answered.telegram.said()[-1].startswith("I do not understand that start.")
    await answered.write("7:00")
    assert asked(answered)["start_at"] == "2026-06-02T07:00:00"
    before = len(answered.ayda.predictor.asked(PREDICT))
    await answered.write("8:00")
    assert answered.telegram.said()[-1].startswith("Send me a GPX")
    assert len(answered.ayda.predictor.asked(PREDICT)) == before


async def test_an_hour_later_a_text_answers_nothing(answered: Chatting):
    await press(answered, "Start time")
    answered.ayda.clock.advance(3601)
    await answered.write("7:00")
    assert answered.telegram.said()[-1].startswith("Send me a GPX")


async def test_a_course_of_which_nobody_knows_the_zone_says_what_is_needed(answered: Chatting):
    nowhere = {**ROUTE, "time_zone": None}
    answered.ayda.predictor.answers["GET", f"/api/v1/internal/routes/{ROUTE_ID}"] = (200, nowhere)
    await press(answered, "Start time")
    assert answered.telegram.said()[-1].startswith("When do you start? I mean the clock at the course.")
    answered.ayda.predictor.answers["POST", PREDICT] = (422, problem(422, "time_zone_needed", "Name a zone."))
    await press(answered, "Tomorrow 06:00")
    assert answered.telegram.said()[-1] == "Name a zone."


async def test_a_goal_is_answered_with_its_chance_and_an_even_plan(answered: Chatting):
    await press(answered, "My goal")
    assert list(answered.telegram.buttons()) == ["1:20", "1:25", "1:30"]
    answers(answered, 2, plan=PLAN, start_at="2026-06-05T07:00:00+05:00", time_zone="Asia/Almaty")
    await answered.write("5:30")
    assert asked(answered)["goal_s"] == 19_800
    assert answered.telegram.said()[-1].splitlines() == [
        "<b>Your chance to be there in 5:30: 37 %</b>",
        "",
        "I expect 5:40 of you.",
        "",
        "Evenly, you pass",
        "6.0 km in 1:30, at 08:30",
        "11.0 km in 2:45, at 09:45",
        "16.0 km in 4:00, at 11:00",
        "22.0 km in 5:30, at 12:30",
        "The second half may be 4 % slower at the same effort.",
    ]
    assert "Plan as GPX" in answered.telegram.buttons()


@pytest.mark.parametrize(("p_reach", "said"), [(0.001, "&lt; 1 %"), (0.999, "&gt; 99 %"), (0.5, "50 %")])
async def test_a_chance_is_never_nothing_and_never_certain(answered: Chatting, p_reach: float, said: str):
    await press(answered, "My goal")
    answers(answered, 2, plan={**PLAN, "p_reach": p_reach})
    await press(answered, "1:20")
    assert answered.telegram.said()[-1].startswith(f"<b>Your chance to be there in 5:30: {said}</b>")


async def test_a_start_keeps_the_goal_and_a_goal_the_start(answered: Chatting):
    await press(answered, "My goal")
    start = {"start_at": "2026-06-05T07:00:00+05:00", "time_zone": "Asia/Almaty"}
    answers(answered, 2, plan=PLAN, **start)
    await press(answered, "1:20", "My goal")
    await press(answered, "1:25")
    assert (asked(answered)["start_at"], asked(answered)["goal_s"]) == (start["start_at"], 5_100)
    await press(answered, "Start time", "Tomorrow 08:00")
    assert (asked(answered)["start_at"], asked(answered)["goal_s"]) == ("2026-06-02T08:00:00", 19_800)


@pytest.mark.parametrize("text", ["soon", "5", "0:00"])
async def test_what_is_no_time_is_asked_for_again(answered: Chatting, text: str):
    await press(answered, "My goal")
    await answered.write(text)
    assert answered.telegram.said()[-1].startswith("I do not understand that time.")


async def test_an_impossible_goal_is_said_to_be_one_and_another_may_be_written(answered: Chatting):
    await press(answered, "My goal")
    answered.ayda.predictor.answers["POST", PREDICT] = (422, problem(422, "goal_impossible", "Between 2 h and 20 h."))
    await answered.write("0:30")
    assert answered.telegram.said()[-1] == "Between 2 h and 20 h."
    answers(answered, 2, plan=PLAN)
    await answered.write("5:30")
    assert "37 %" in answered.telegram.said()[-1]


async def test_two_taps_of_a_finger_ask_once(answered: Chatting):
    await press(answered, "Start time")
    data, before = answered.telegram.buttons()["Now"], len(answered.ayda.predictor.asked(PREDICT))
    shown = {"message_id": 7, "date": 1, "chat": {"id": MEMBER, "type": "private"}}
    person = {"id": MEMBER, "is_bot": False, "first_name": "A", "language_code": "en"}
    for number in range(2):
        query = {"id": f"q{number}", "from": person, "chat_instance": "c", "data": data, "message": shown}
        await answered.deliver(answered.update(callback_query=query))
    await answered.settle()
    assert len(answered.ayda.predictor.asked(PREDICT)) == before + 1


@pytest.mark.parametrize("button", ["Start time", "My goal"])
async def test_nobody_asks_about_somebody_elses_answer(answered: Chatting, button: str):
    await answered.press(answered.telegram.buttons()[button], sender=MEMBER + 1)
    assert answered.telegram.noticed()[-1] == "This button is somebody else's."
    word, _owner, key = answered.telegram.buttons()[button].split(".")
    await answered.press(f"{word}.{'3z'}.{key}", sender=3 * 36 + 35)
    assert len(answered.ayda.predictor.asked(PREDICT)) == 1


@pytest.mark.parametrize("button", ["Start time", "My goal"])
async def test_a_press_answers_the_question_and_nothing_written_does_so_again(answered: Chatting, button: str):
    await press(answered, button)
    await answered.press(next(iter(answered.telegram.buttons().values())))
    await answered.write("thank you")
    assert answered.telegram.said()[-1].startswith("Send me a GPX")
