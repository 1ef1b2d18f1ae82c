"""Each call of the bot's is a span of the job that makes it, and says to whom it went and nothing of what was sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import SendMessage, TelegramMethod

from servicekit.base.correlation import TRACEPARENT
from servicekit.base.spans import EndedSpan
from tests.ayda.bot.support import Chatting
from tests.ayda.support import BOT_TOKEN, MEMBER

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CANARY = "canary words"


@pytest.fixture
async def told(chat: Chatting) -> AsyncIterator[list[EndedSpan]]:
    spans: list[EndedSpan] = []
    chat.ayda.app.metrics.spans = spans.append
    trace = TRACEPARENT.set(f"00-{TRACE}-{SPAN}-01")
    yield spans
    TRACEPARENT.reset(trace)


def of_telegram(spans: list[EndedSpan]) -> list[EndedSpan]:
    return [span for span in spans if span.attributes.get("peer.service") == "telegram"]


async def test_a_call_is_told_by_its_method(chat: Chatting, told: list[EndedSpan]):
    await chat.write(f"/start {CANARY}")
    calls = of_telegram(told)
    assert [call.name for call in calls] == [f"POST {call.__api_method__}" for call in chat.telegram.calls]
    assert "POST sendMessage" in {call.name for call in calls}
    own = [call for call in calls if call.trace_id == TRACE]
    assert {(call.kind, call.failed, call.parent_id) for call in own} == {("client", False, SPAN)}
    said = repr(told)
    assert [secret for secret in (CANARY, BOT_TOKEN, str(MEMBER)) if secret in said] == []


async def test_a_refusal_of_telegrams_is_a_failure_whose_words_are_not_told(chat: Chatting, told: list[EndedSpan]):
    def refused(method: TelegramMethod[Any]) -> None:
        if isinstance(method, SendMessage):
            raise TelegramBadRequest(method=method, message=CANARY)

    chat.telegram.trouble = refused
    await chat.write("/help")
    failed = [call for call in of_telegram(told) if call.failed]
    assert {(call.name, call.attributes["error.type"]) for call in failed} == {
        ("POST sendMessage", "TelegramBadRequest")
    }
    assert CANARY not in repr(told)
