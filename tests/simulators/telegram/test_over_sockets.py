"""What only a real connection shows: aiogram's own client, the rounds of a served simulator, silence."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramNetworkError
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup

from simulators.telegram import DEFAULT_TOKEN, Telegram, create_app
from simulators.telegram.acts import say, send_file
from tests.simulators.telegram.stage import ALEX, PNG

pytestmark = pytest.mark.system
PATIENCE_S = 120.0


@contextlib.asynccontextmanager
async def _served(app: Any) -> AsyncIterator[str]:
    """The address of this application while the block lasts."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving
        listener.close()


@contextlib.asynccontextmanager
async def _bot(telegram: Telegram) -> AsyncIterator[Bot]:
    async with _served(create_app(telegram)) as base:
        bot = Bot(DEFAULT_TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(base)))
        try:
            yield bot
        finally:
            await bot.session.close()


async def test_aiograms_own_client_says_shows_fetches_and_edits() -> None:
    telegram = Telegram()
    send_file(telegram, ALEX, b"<gpx/>" * 50_000, "산 тропа.gpx")
    button = InlineKeyboardButton(text="Go", callback_data="go")
    async with _bot(telegram) as bot:
        (update,) = await bot.get_updates(timeout=5)
        assert (await bot.download(update.message.document)).read() == b"<gpx/>" * 50_000
        sent = await bot.send_message(ALEX, "<b>é가😀</b>", parse_mode="HTML", disable_notification=True)
        assert sent.entities[0].extract_from(sent.text) == "é가😀"
        photo = await bot.send_photo(
            ALEX,
            BufferedInputFile(PNG, "card.png"),
            caption="card",
            reply_markup=InlineKeyboardMarkup(inline_keyboard=[[button]]),
        )
        assert photo.photo[-1].height == 1280
        edited = await bot.edit_message_caption(caption="new", chat_id=ALEX, message_id=photo.message_id)
        assert edited.caption == "new"


async def test_a_poll_that_waits_is_answered_when_something_is_said() -> None:
    telegram = Telegram()
    async with _bot(telegram) as bot:
        polling = asyncio.create_task(bot.get_updates(timeout=30))
        async with asyncio.timeout(PATIENCE_S):
            await telegram.bell.wait_beyond(0, PATIENCE_S)
            say(telegram, ALEX, "now")
            assert [update.message.text for update in await polling] == ["now"]


async def test_silence_ends_the_connection_and_no_other() -> None:
    telegram = Telegram(silent_share=1.0, silence_s=0.05)
    async with _bot(telegram) as bot:
        with pytest.raises(TelegramNetworkError):
            await bot.get_me()
        telegram.trouble.silent_share = 0.0
        assert (await bot.get_me()).id == 4242


class _Webhook:
    """A bot's end that leaves the first call without success."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.secrets: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        self.told.append(json.loads((await receive())["body"]))
        self.secrets.append(dict(scope["headers"])[b"x-telegram-bot-api-secret-token"].decode())
        status = 500 if len(self.told) == 1 else 200
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


async def test_a_served_simulator_brings_updates_by_itself_and_again_after_an_error() -> None:
    telegram, webhook = Telegram(), _Webhook()
    async with _served(webhook) as hook, _bot(telegram) as bot:
        await bot.set_webhook(hook, secret_token="made-up")
        say(telegram, ALEX, "hello")
        async with asyncio.timeout(PATIENCE_S):
            while telegram.line.pending():
                telegram.clock.advance(1)
                await asyncio.sleep(0.01)
    assert [update["message"]["text"] for update in webhook.told] == ["hello", "hello"]
    assert webhook.secrets == ["made-up", "made-up"]


async def test_the_page_hears_of_a_change_while_it_waits() -> None:
    telegram = Telegram()
    async with _served(create_app(telegram)) as base, httpx.AsyncClient(base_url=base, trust_env=False) as http:
        waiting = asyncio.create_task(http.get("/client/changes", params={"after": 0, "within_s": 30}))
        say(telegram, ALEX, "now")
        async with asyncio.timeout(PATIENCE_S):
            assert (await waiting).json()["version"] >= 1
        page = await http.get("/")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
