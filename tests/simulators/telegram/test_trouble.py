"""Trouble on order and by share; the truth counts what was really done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiogram.exceptions import (
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from simulators.base.switches import sentences
from simulators.telegram.limits import FloodLimits
from simulators.telegram.trouble import Trouble
from tests.simulators.telegram.stage import ALEX, HOOK, SASHA, Stage, met

UNLIMITED = FloodLimits(per_second=10_000, chat_burst=10_000)


async def _times(stage: Stage, text: str) -> int:
    return sum(each["times"] for each in (await stage.truth())["sent"] if each["text"] == text)


@pytest.mark.parametrize(
    ("order", "error", "times"),
    [
        ({"kind": "flood", "retry_after_s": 7}, TelegramRetryAfter, 0),
        ({"kind": "blocked"}, TelegramForbiddenError, 0),
        ({"kind": "refused"}, TelegramServerError, 0),
        ({"kind": "lost", "status": 500}, TelegramServerError, 1),
        ({"kind": "silent"}, TelegramNetworkError, 1),
        ({"kind": "silent", "after": False}, TelegramNetworkError, 0),
    ],
    ids=str,
)
async def test_ordered_trouble_meets_one_call_which_was_done_or_not(
    order: dict[str, Any], error: type[Exception], times: int
) -> None:
    stage = await met()
    await stage.order("faults", **order, method="sendMessage")
    assert (await stage.bot.get_me()).id == 4242
    with pytest.raises(error):
        await stage.bot.send_message(ALEX, "once")
    assert await _times(stage, "once") == times
    await stage.bot.send_message(ALEX, "once")
    assert await _times(stage, "once") == times + 1
    assert (await stage.http.get("/_sim/faults")).json() == []


async def test_trouble_can_be_ordered_for_one_chat() -> None:
    stage = await met()
    await stage.say("/start", SASHA)
    await stage.order("faults", kind="blocked", chat_id=SASHA, count=2)
    await stage.bot.send_message(ALEX, "hello")
    with pytest.raises(TelegramForbiddenError):
        await stage.bot.send_message(SASHA, "hello")
    await stage.http.delete("/_sim/faults")
    assert await stage.bot.send_message(SASHA, "hello")


async def test_a_flood_tells_how_long_to_wait() -> None:
    stage = await met()
    await stage.order("faults", kind="flood", retry_after_s=42)
    with pytest.raises(TelegramRetryAfter) as flooded:
        await stage.bot.send_message(ALEX, "x")
    assert flooded.value.retry_after == 42


async def test_shares_of_trouble_are_drawn_by_the_seed() -> None:
    outcomes = []
    for seed in (1, 1, 2):
        stage = await met(seed=seed, limits=UNLIMITED, lost_share=0.2, refused_share=0.2, flood_share=0.1)
        answers = [await stage.call("sendMessage", chat_id=ALEX, text=str(number)) for number in range(200)]
        outcomes.append([answer.status_code for answer in answers])
        calls = (await stage.http.get("/_sim/calls")).json()
        done = [call for call in calls if call["method"] == "sendMessage" and call["carried_out"]]
        sent = [each for each in (await stage.truth())["sent"] if each["times"] == 1]
        assert len(done) == len(sent) == outcomes[-1].count(200) + sum(call["outcome"] == "lost" for call in done)
    assert outcomes[0] == outcomes[1] != outcomes[2]
    assert 20 < outcomes[0].count(502) < 140
    assert 5 < outcomes[0].count(429) < 45


async def test_an_outage_refuses_every_call_and_keeps_updates_until_it_is_over() -> None:
    stage = await met()
    await stage.bot.set_webhook(HOOK)
    await stage.order("trouble", outage=True, status=503)
    await stage.say("into the void?")
    with pytest.raises(TelegramServerError):
        await stage.bot.get_me()
    assert await stage.deliver(600) == []
    await stage.order("trouble", outage=False)
    (update,) = await stage.deliver()
    assert update["message"]["text"] == "into the void?"


async def test_the_truth_counts_what_was_said_twice_and_shows_what_was_deleted() -> None:
    stage = await met()
    first = await stage.bot.send_message(ALEX, "same")
    await stage.bot.send_message(ALEX, "same")
    await stage.bot.delete_message(ALEX, first.message_id)
    (same,) = (await stage.truth())["sent"]
    assert (same["times"], same["message_ids"]) == (2, [2, 3])
    assert [m["deleted"] for m in (await stage.truth())["messages"]] == [False, True, False]


async def test_an_edited_message_is_counted_by_what_it_first_said() -> None:
    stage = await met()
    sent = await stage.bot.send_message(ALEX, "0 %")
    for share in (50, 100):
        await stage.bot.edit_message_text(f"{share} %", chat_id=ALEX, message_id=sent.message_id)
    (told,) = (await stage.truth())["sent"]
    assert (told["text"], told["times"]) == ("0 %", 1)


def test_every_trouble_and_every_limit_is_in_the_manual() -> None:
    manual = Path("docs/simulator.md").read_text(encoding="utf-8")
    for name, does in (sentences(Trouble) | sentences(FloodLimits)).items():
        assert f"| `{name}` | {does} |\n" in manual


async def test_time_is_moved_by_order_only() -> None:
    stage = await met()
    before = (await stage.http.get("/_sim/clock")).json()["now_s"]
    assert (await stage.order("clock", advance_s=90))["now_s"] == before + 90
    assert (await stage.http.post("/_sim/clock", json={"advance_s": -1})).status_code == 400
