"""The flood limits, by a clock in hand: never more than allowed, and what is told to wait is enough."""

from __future__ import annotations

import pytest
from aiogram.exceptions import TelegramRetryAfter
from hypothesis import given
from hypothesis import strategies as st

from simulators.telegram.limits import FloodGauge, FloodLimits
from simulators.telegram.refusals import BotApiError
from simulators.telegram.world.people import GROUP_ID
from tests.simulators.telegram.stage import ALEX, met

_EXACT_S = 1e-5
_STEPS = st.lists(st.tuples(st.integers(1, 40), st.floats(0, 3)), max_size=120)


def _taken(gauge: FloodGauge, chat_id: int, now_s: float, *, group: bool) -> int | None:
    """None when it was let through, else the seconds to wait."""
    try:
        gauge.take(chat_id, now_s, group=group)
    except BotApiError as refused:
        return refused.parameters["retry_after"]
    return None


@given(_STEPS)
def test_no_second_ever_holds_more_than_the_limit(steps: list[tuple[int, float]]) -> None:
    gauge, now_s, sent = FloodGauge(FloodLimits(per_second=5)), 0.0, list[float]()
    for chat_id, wait_s in steps:
        now_s += wait_s / 10
        if _taken(gauge, chat_id, now_s, group=False) is None:
            sent.append(now_s)
    for moment in sent:
        assert sum(1 for other in sent if moment - 1 + _EXACT_S < other <= moment) <= 5


@given(st.lists(st.floats(0, 20), max_size=120))
def test_no_minute_of_a_group_ever_holds_more_than_twenty(waits: list[float]) -> None:
    gauge, now_s, sent = FloodGauge(FloodLimits()), 0.0, list[float]()
    for wait_s in waits:
        now_s += wait_s / 5
        if _taken(gauge, GROUP_ID, now_s, group=True) is None:
            sent.append(now_s)
    for moment in sent:
        assert sum(1 for other in sent if moment - 60 + _EXACT_S < other <= moment) <= 20


@given(_STEPS, st.booleans())
def test_after_the_told_wait_one_message_gets_through(steps: list[tuple[int, float]], group: bool) -> None:
    gauge, now_s = FloodGauge(FloodLimits()), 0.0
    for chat_id, wait_s in steps:
        now_s += wait_s / 10
        told_s = _taken(gauge, chat_id % 3, now_s, group=group)
        if told_s is not None:
            now_s += told_s
            assert _taken(gauge, chat_id % 3, now_s, group=group) is None


async def test_one_chat_takes_a_burst_and_then_one_message_a_second() -> None:
    stage = await met()
    for number in range(5):
        await stage.bot.send_message(ALEX, str(number))
    with pytest.raises(TelegramRetryAfter) as flooded:
        await stage.bot.send_message(ALEX, "too soon")
    assert flooded.value.retry_after == 1
    assert "Too Many Requests: retry after 1" in str(flooded.value)
    stage.telegram.clock.advance(1)
    sent = await stage.bot.send_message(ALEX, "in time")
    with pytest.raises(TelegramRetryAfter):
        await stage.bot.edit_message_text("edits count too", chat_id=ALEX, message_id=sent.message_id)
    assert await stage.bot.send_chat_action(ALEX, "typing")


async def test_a_group_takes_twenty_messages_a_minute() -> None:
    stage = await met()
    for number in range(20):
        await stage.bot.send_message(GROUP_ID, str(number))
        stage.telegram.clock.advance(1)
    with pytest.raises(TelegramRetryAfter) as flooded:
        await stage.bot.send_message(GROUP_ID, "the 21st")
    assert flooded.value.retry_after == 40
    stage.telegram.clock.advance(40)
    assert await stage.bot.send_message(GROUP_ID, "the 21st")


async def test_a_message_that_is_refused_for_itself_costs_nothing() -> None:
    stage = await met(limits=FloodLimits(chat_burst=1))
    assert (await stage.call("sendMessage", chat_id=ALEX, text="")).status_code == 400
    assert await stage.bot.send_message(ALEX, "first")


async def test_limits_can_be_set_while_it_runs() -> None:
    stage = await met()
    await stage.order("limits", chat_burst=1)
    await stage.bot.send_message(ALEX, "1")
    assert (await stage.call("sendMessage", chat_id=ALEX, text="2")).json()["parameters"] == {"retry_after": 1}
    wrong = await stage.http.post("/_sim/limits", json={"chat_burst": 0})
    assert wrong.status_code == 400
    assert "is not right" in wrong.json()["error"]
