"""No state of what people write, or of what is said to them, is without a way out: whatever waits is found."""

from __future__ import annotations

from typing import Final, get_args

from ayda_service.messages.models import MessageState
from ayda_service.updates.models import UpdateState
from tests.ayda.bot.support import Chatting
from tests.ayda.support import MEMBER, lose_jobs

BY_ITSELF: Final = {"new"}
ANSWERED: Final = {"done", "dead"}
"""`dead`: its writer was told that it failed, and writes again."""
SAID: Final = {"sent", "dead"}
"""`dead`: Telegram will never take it."""


def test_every_state_of_an_update_and_of_a_message_is_accounted_for():
    assert set(get_args(UpdateState)) == BY_ITSELF | ANSWERED
    assert set(get_args(MessageState)) == BY_ITSELF | SAID


async def waiting(chat: Chatting, kind: str) -> int:
    return (await chat.ayda.queue.stats()).by_name.get(kind, 0)


async def test_an_update_and_its_answer_whose_jobs_are_lost_are_found(chat: Chatting):
    await chat.deliver(chat.message(text="/units"))
    await lose_jobs(chat.ayda)
    chat.ayda.clock.advance(121)
    await chat.work("tidy_updates")
    assert await waiting(chat, "answer_updates") == 1
    await chat.work("answer_updates", chat_id=MEMBER)
    await lose_jobs(chat.ayda)
    chat.ayda.clock.advance(121)
    await chat.work("tidy_messages")
    assert await waiting(chat, "send_messages") == 1
    await chat.work("send_messages", chat_id=MEMBER)
    assert chat.telegram.said() == ["Kilometres or miles?"]
