"""An answer waits for its picture for a while, and never for ever."""

from __future__ import annotations

from uuid import UUID

import pytest
from aiogram.methods import SendDocument, SendMessage, SendPhoto

from ayda_service.messages.client import FILE_S, PICTURE_S, TelegramClient
from ayda_service.messages.content import Card, PlanFile
from ayda_service.plans.drawing import DrawingBusy
from servicekit.base.settings import Secret
from servicekit.jobs import Snooze
from tests.ayda.bot.support import FakeTelegram
from tests.ayda.support import BOT_TOKEN, MEMBER
from tests.servicekit.strava.support import Clock

CARD = Card(owner=MEMBER, prediction_id=UUID(int=1), text="<b>5:30</b>")
FILE = PlanFile(owner=MEMBER, prediction_id=UUID(int=1), kind="plan.gpx", text="Plan", otherwise="Not now.")


class Maker:
    """Draws, unless it is busy."""

    def __init__(self, *, busy: bool) -> None:
        self.busy = busy

    async def card(self, *_: object) -> bytes:
        return self._made()

    async def file(self, *_: object) -> bytes:
        return self._made()

    def _made(self) -> bytes:
        if self.busy:
            raise DrawingBusy
        return b"made"


def client(*, busy: bool) -> tuple[TelegramClient, FakeTelegram]:
    telegram = FakeTelegram(Clock().now)
    return TelegramClient(Secret(BOT_TOKEN), telegram, maker=Maker(busy=busy)), telegram


@pytest.mark.parametrize(("content", "sent"), [(CARD, SendPhoto), (FILE, SendDocument)], ids=["card", "file"])
async def test_what_can_be_made_is_sent(content: Card | PlanFile, sent: type):
    bot, telegram = client(busy=False)
    await bot.send(MEMBER, content, instead_of=None, waited_s=1e6)
    assert [type(call) for call in telegram.calls] == [sent]


@pytest.mark.parametrize(("content", "patience_s"), [(CARD, PICTURE_S), (FILE, FILE_S)], ids=["card", "file"])
async def test_what_cannot_be_made_now_is_waited_for_and_then_said_in_words(
    content: Card | PlanFile, patience_s: float
):
    bot, telegram = client(busy=True)
    with pytest.raises(Snooze):
        await bot.send(MEMBER, content, instead_of=None, waited_s=patience_s - 1)
    assert telegram.calls == []
    await bot.send(MEMBER, content, instead_of=None, waited_s=patience_s)
    assert [type(call) for call in telegram.calls] == [SendMessage]
    assert telegram.said() == ["<b>5:30</b>" if content is CARD else "Not now."]
