"""How the bot hears of news: fetched until confirmed, or brought to its webhook until taken."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramConflictError
from hypothesis import given
from hypothesis import strategies as st

from simulators.telegram.updates.webhook import SECRET_HEADER
from tests.simulators.telegram.stage import ALEX, HOOK, SASHA, Stage, met, stage_with

SECRET = "made-up_secret"
PATIENCE_S = 120.0


async def _hooked(**options: Any) -> Stage:
    stage = await met(**options)
    await stage.bot.set_webhook(HOOK, secret_token=SECRET)
    return stage


def _texts(updates: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


async def test_an_update_is_fetched_again_until_it_is_confirmed() -> None:
    stage = stage_with()
    for text in ("/start abc", "two", "three"):
        await stage.say(text)
    first = await stage.bot.get_updates(limit=2)
    assert [update.message.text for update in first] == ["/start abc", "two"]
    assert first[0].message.entities[0].type == "bot_command"
    assert await stage.bot.get_updates(limit=2) == first
    left = await stage.bot.get_updates(offset=first[-1].update_id + 1)
    assert [update.message.text for update in left] == ["three"]
    assert await stage.bot.get_updates(offset=left[-1].update_id + 1) == []


async def test_a_negative_offset_forgets_all_but_the_last() -> None:
    stage = stage_with()
    for text in ("one", "two", "three"):
        await stage.say(text)
    assert [update.message.text for update in await stage.bot.get_updates(offset=-1)] == ["three"]
    assert (await stage.bot.get_webhook_info()).pending_update_count == 1


async def test_a_long_poll_ends_as_soon_as_something_is_said() -> None:
    stage = stage_with()
    polling = asyncio.create_task(stage.bot.get_updates(timeout=50))
    await stage.telegram.bell.wait_beyond(0, PATIENCE_S)
    await stage.say("now")
    assert [update.message.text for update in await polling] == ["now"]


async def test_a_second_poll_ends_the_first() -> None:
    stage = stage_with()
    first = asyncio.create_task(stage.bot.get_updates(timeout=50))
    await stage.telegram.bell.wait_beyond(0, PATIENCE_S)
    assert await stage.bot.get_updates(timeout=0) == []
    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
        await first


async def test_nothing_is_fetched_while_a_webhook_is_set() -> None:
    stage = await _hooked()
    with pytest.raises(TelegramConflictError, match="can't use getUpdates method while webhook is active"):
        await stage.bot.get_updates()
    await stage.bot.delete_webhook()
    assert await stage.bot.get_updates() == []


async def test_the_webhook_is_told_with_the_secret() -> None:
    stage = await _hooked()
    await stage.say("hello")
    assert _texts(await stage.deliver()) == ["hello"]
    assert stage.hook.called == [f"POST {HOOK}"]
    assert stage.hook.headers[0][SECRET_HEADER] == SECRET
    assert await stage.deliver(3600) == []


async def test_what_is_not_taken_comes_again_later_and_later_until_it_is() -> None:
    stage = await _hooked()
    stage.hook.statuses = [500, None, 302, 404, 200]
    await stage.say("hello")
    arrived = [len(await stage.deliver(1.0 if second else 0.0)) for second in range(17)]
    assert [second for second, count in enumerate(arrived) if count] == [0, 1, 3, 7, 15]
    assert len(set(stage.hook.ids)) == 1
    assert (await stage.bot.get_webhook_info()).pending_update_count == 0


async def test_the_wait_between_two_attempts_never_grows_beyond_a_minute() -> None:
    stage = await _hooked()
    stage.hook.statuses = [500] * 9
    await stage.say("hello")
    for _ in range(9):
        await stage.deliver(60)
    assert len(stage.hook.told) == 9


async def test_webhook_info_says_what_went_wrong_and_what_waits() -> None:
    stage = await _hooked()
    stage.hook.statuses = [502, None]
    await stage.say("hello")
    await stage.deliver()
    info = await stage.bot.get_webhook_info()
    assert (info.url, info.pending_update_count, info.max_connections) == (HOOK, 1, 40)
    assert info.last_error_message == "Wrong response from the webhook: 502 Bad Gateway"
    await stage.deliver(1)
    assert (await stage.bot.get_webhook_info()).last_error_message == "Read timeout expired"


async def test_one_that_is_tried_again_holds_up_its_own_chat_and_no_other() -> None:
    stage = await _hooked()
    stage.hook.statuses = [500]
    await stage.say("first of Alex")
    await stage.say("second of Alex")
    await stage.say("first of Sasha", SASHA)
    assert sorted(_texts(await stage.deliver())) == ["first of Alex", "first of Sasha"]
    assert _texts(await stage.deliver(1)) == ["first of Alex", "second of Alex"]


async def test_no_more_than_max_connections_are_on_their_way_and_of_one_chat_only_one() -> None:
    stage = stage_with()
    open_now, most = 0, list[int]()

    class Slow:
        async def call(self, *_call: Any) -> tuple[int, bytes]:
            nonlocal open_now
            open_now += 1
            most.append(open_now)
            await asyncio.sleep(0)
            open_now -= 1
            return 200, b""

        async def close(self) -> None: ...

    for connections, expected in ((1, 1), (40, 2)):
        await stage.bot.set_webhook(HOOK, max_connections=connections)
        most.clear()
        for person in (ALEX, ALEX, SASHA, SASHA):
            await stage.say("x", person)
        assert await stage.telegram.tick(Slow()) == 4
        assert max(most) == expected


async def test_only_the_kinds_that_are_asked_for_come() -> None:
    stage = await met()
    await stage.bot.set_webhook(HOOK, allowed_updates=["callback_query", "my_chat_member"])
    await stage.say("not wanted")
    await stage.client(f"people/{ALEX}", blocks_bot=True)
    (update,) = await stage.deliver()
    assert update["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    await stage.bot.set_webhook(HOOK)
    assert (await stage.bot.get_webhook_info()).allowed_updates == ["callback_query", "my_chat_member"]


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"url": "http://bot.test/"}, "An HTTPS URL must be provided for webhook"),
        ({"url": "https://bot.test:9000/"}, "Webhook can be set up only on ports 80, 88, 443 or 8443"),
        ({"url": HOOK, "secret_token": "a b"}, "secret token contains unallowed characters"),
    ],
)
async def test_a_webhook_that_telegram_would_not_call_is_refused(fields: dict[str, str], complaint: str) -> None:
    stage = stage_with()
    with pytest.raises(TelegramBadRequest, match=complaint):
        await stage.bot.set_webhook(**fields)
    assert await stage.bot.set_webhook("http://127.0.0.1:9000/hook")


async def test_what_waits_can_be_dropped_with_the_webhook() -> None:
    stage = await _hooked()
    await stage.say("never told")
    await stage.bot.delete_webhook(drop_pending_updates=True)
    await stage.bot.set_webhook(HOOK)
    assert await stage.deliver(3600) == []


async def test_after_a_day_nobody_is_told_any_more() -> None:
    stage = await _hooked()
    await stage.say("old news")
    assert await stage.deliver(86_401) == []


async def test_a_duplicate_has_the_same_number_whatever_was_answered() -> None:
    stage = await _hooked(duplicate_share=1.0, duplicate_after_s=5.0)
    await stage.say("hello")
    first = await stage.deliver()
    assert await stage.deliver(4) == []
    assert await stage.deliver(1) == first
    assert await stage.deliver(3600) == []


async def test_duplicates_come_to_who_fetches_too() -> None:
    stage = stage_with(duplicate_share=1.0, duplicate_after_s=5.0)
    await stage.say("hello")
    first = await stage.bot.get_updates()
    after = first[-1].update_id + 1
    assert await stage.bot.get_updates(offset=after) == []
    stage.telegram.clock.advance(5)
    assert await stage.bot.get_updates(offset=after) == first
    assert await stage.bot.get_updates(offset=after) == []


async def test_late_updates_are_overtaken() -> None:
    stage = await _hooked(late_share=1.0, late_s=10.0)
    await stage.say("late")
    await stage.order("trouble", late_share=0.0)
    await stage.say("in time")
    assert _texts(await stage.deliver()) == ["in time"]
    assert _texts(await stage.deliver(10)) == ["late"]


async def test_the_newest_can_come_first() -> None:
    stage = await _hooked(newest_first=True)
    for text in ("1", "2", "3"):
        await stage.say(text)
    assert _texts(await stage.deliver()) == ["3", "2", "1"]


async def test_an_update_can_be_told_once_more_on_order() -> None:
    stage = await _hooked()
    await stage.say("hello")
    (update,) = await stage.deliver()
    await stage.order(f"updates/{update['update_id']}/repeat")
    assert (await stage.order("updates/deliver")) == {"attempts": 1}
    assert stage.hook.told == [update, update]
    assert (await stage.http.post("/_sim/updates/1/repeat")).status_code == 404
    (shown,) = [each for each in (await stage.http.get("/_sim/updates")).json() if each["id"] == update["update_id"]]
    assert [handover["status"] for handover in shown["handovers"]] == [200, 200]


@given(
    people=st.lists(st.sampled_from([ALEX, SASHA]), min_size=1, max_size=12),
    answers=st.lists(st.sampled_from([200, 200, 500, None]), max_size=30),
    connections=st.integers(1, 3),
)
def test_whatever_is_answered_each_update_is_taken_once_and_each_chat_stays_in_order(
    people: list[int], answers: list[int | None], connections: int
) -> None:
    async def run() -> None:
        stage = stage_with()
        await stage.bot.set_webhook(HOOK, max_connections=connections)
        stage.hook.statuses = list(answers)
        for number, person in enumerate(people):
            await stage.say(str(number), person)
        for _ in range(60):
            await stage.deliver(60)
        updates = stage.telegram.line.all()
        assert all(update.state == "taken" for update in updates)
        assert all([h.status for h in update.handovers].count(200) == 1 for update in updates)
        for person in (ALEX, SASHA):
            told = [update["update_id"] for update in stage.hook.told if update["message"]["from"]["id"] == person]
            assert told == sorted(told)

    asyncio.run(run())
