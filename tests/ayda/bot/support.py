"""A Telegram that keeps what the bot says, and people who write to it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import httpx
import msgspec
from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageText,
    GetFile,
    SendDocument,
    SendMessage,
    SendPhoto,
    TelegramMethod,
)
from aiogram.types import Chat, File, Message

from ayda_service.settings import Settings
from ayda_service.telegram.settings import TelegramSettings
from servicekit.base.settings import Secret
from tests.ayda.strava.test_revocations import arguments
from tests.ayda.support import MEMBER, Ayda, World

SECRET = "webhook-secret-0000000000000000000000000"
GROUP = -1001
CHATS = (MEMBER, *range(MEMBER + 1, MEMBER + 5), GROUP)
SAYING = (SendMessage, EditMessageText, SendPhoto, SendDocument)


class FakeTelegram(BaseSession):
    """Does what the Bot API does with what it is sent. `trouble` may raise before, `after` once it has happened."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now
        self._numbers = itertools.count(100)
        self.calls: list[TelegramMethod[Any]] = []
        self.files: dict[str, bytes] = {}
        self.trouble: Callable[[TelegramMethod[Any]], None] = lambda _method: None
        self.after: Callable[[TelegramMethod[Any]], None] = lambda _method: None
        self.closed = False

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:  # noqa: ARG002, ASYNC109 - as aiogram calls it
        self.trouble(method)
        self.calls.append(method)
        self.after(method)
        match method:
            case SendMessage() | SendPhoto() | SendDocument():
                chat = Chat(id=int(method.chat_id), type="private")
                return Message(message_id=next(self._numbers), date=self._now(), chat=chat)
            case GetFile():
                return File(file_id=method.file_id, file_unique_id="u", file_path=f"documents/{method.file_id}")
        return True

    async def stream_content(self, url: str, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:
        yield self.files[url.rsplit("/", 1)[1]]

    async def close(self) -> None:
        self.closed = True

    def said(self, chat_id: int = MEMBER) -> list[str]:
        """The texts in a chat, in their order."""
        mine = [call for call in self.calls if isinstance(call, SAYING) and call.chat_id == chat_id]
        return [str(getattr(call, "text", None) or getattr(call, "caption", "")) for call in mine]

    def sent(self, kind: type[TelegramMethod[Any]]) -> list[Any]:
        """The calls of one kind."""
        return [call for call in self.calls if isinstance(call, kind)]

    def buttons(self) -> dict[str, str]:
        """Those below the last message that has any: what each says, and what is behind it."""
        for call in reversed(self.calls):
            markup = getattr(call, "reply_markup", None)
            if markup is not None:
                rows = markup.inline_keyboard
                return {one.text: one.callback_data or one.url or one.web_app.url for row in rows for one in row}
        return {}

    def noticed(self) -> list[str | None]:
        """What presses were answered with for a moment."""
        return [call.text for call in self.calls if isinstance(call, AnswerCallbackQuery)]


@dataclass
class Chatting:
    """A running ayda with its bot, and what people do in Telegram."""

    ayda: Ayda
    telegram: FakeTelegram
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def deliver(self, update: dict[str, Any], *, secret: str | None = SECRET) -> httpx.Response:
        """Telegram's way of telling the bot."""
        headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        content = msgspec.json.encode(update)
        return await self.ayda.http.post("/telegram/webhook", content=content, headers=headers)

    def update(self, **event: Any) -> dict[str, Any]:
        return {"update_id": next(self._numbers), **event}

    def message(
        self, sender: int = MEMBER, chat: int | None = None, language: str = "en", **content: Any
    ) -> dict[str, Any]:
        where = (
            {"id": sender, "type": "private"} if chat is None else {"id": chat, "type": "supergroup", "title": "Club"}
        )
        person = {"id": sender, "is_bot": False, "first_name": "A", "language_code": language}
        date_s = int(self.ayda.clock.now().timestamp())
        text = content.get("text", "")
        if text.startswith("/"):
            content["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
        return self.update(message={"message_id": 1, "date": date_s, "chat": where, "from": person, **content})

    async def write(self, text: str, **more: Any) -> None:
        """Somebody writes, and everything that follows has happened."""
        assert (await self.deliver(self.message(text=text, **more))).status_code == 200
        await self.settle()

    async def send(self, content: bytes, name: str = "route.gpx", **more: Any) -> None:
        """Somebody sends a file."""
        self.telegram.files["f1"] = content
        document = {"file_id": "f1", "file_unique_id": "u", "file_name": name, "file_size": len(content)}
        assert (await self.deliver(self.message(document=document, **more))).status_code == 200
        await self.settle()

    async def press(self, data: str, sender: int = MEMBER, **message: Any) -> None:
        """Somebody presses a button."""
        date_s = int(self.ayda.clock.now().timestamp())
        shown = {"message_id": 7, "date": date_s, "chat": {"id": sender, "type": "private"}, **message}
        person = {"id": sender, "is_bot": False, "first_name": "A", "language_code": "en"}
        query = {"id": "q1", "from": person, "chat_instance": "c", "data": data, "message": shown}
        assert (await self.deliver(self.update(callback_query=query))).status_code == 200
        await self.settle()

    async def settle(self) -> None:
        """Runs the bot's jobs until none is left that is due."""
        self.ayda.clock.advance(3)  # between two messages of a chat
        for name in ("answer_updates", "send_messages"):
            for chat_id in CHATS:
                await self.work(name, chat_id=chat_id)

    async def work(self, name: str, **args: Any) -> None:
        """One run of a job."""
        [job] = [job for job in self.ayda.app.litestar.state["parts"].jobs if job.name == name]
        await job.run(args)

    async def tell(self) -> None:
        """Delivers the notices that wait."""
        for args in await arguments(self.ayda, "tell_member"):
            await self.work("tell_member", **args)
        await self.settle()


@asynccontextmanager
async def chatting(world: World, settings: Settings):
    """One of them for the length of the block."""
    telegram = FakeTelegram(world.clock.now)
    listening = TelegramSettings("webhook", Secret(SECRET))
    with_bot = replace(settings, telegram=listening, public_url="https://ayda.test")
    async with world.running(with_bot, telegram_session=telegram) as ayda:
        yield Chatting(ayda, telegram)
    assert telegram.closed
