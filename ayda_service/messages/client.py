"""Telegram as the bot sees it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

import structlog
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.base import BaseSession
from aiogram.client.session.middlewares.base import RequestMiddlewareType
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import TelegramMethod
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    MenuButtonWebApp,
    Message,
    WebAppInfo,
)

from ayda_service.messages.content import Acknowledged, Card, Content, Menu, PlanFile, Utterance
from ayda_service.messages.keyboards import keyboard_of, reply_to
from ayda_service.plans.drawing import DrawingBusy
from ayda_service.plans.service import FileKind
from ayda_service.telegram.errors import FileTooLargeForBots
from ayda_service.telegram.refusals import as_ours
from kernel.errors import DomainError
from languages.catalog import LANGUAGES, Language
from servicekit.base.metrics import Metrics
from servicekit.base.settings import Secret
from servicekit.base.spans import part_told
from servicekit.http.errors import UpstreamUnavailable
from servicekit.jobs import Snooze

TIMEOUT_S: Final = 20.0
LONG_POLL_S: Final = 5
"""Whoever stops the service waits for the end of it."""
MAX_DOWNLOAD_BYTES: Final = 20 * 1000 * 1000
EVERY_S: Final = 1 / 25
"""Between two messages, to whomever: Telegram takes some thirty a second."""
UPDATES: Final = ("message", "callback_query", "my_chat_member")
_PIECE_BYTES: Final = 64 * 1024
_MAKING_S: Final = 5.0
PICTURE_S: Final = 20.0
"""So long an answer waits for its picture; then it is said in words, however busy whoever draws is."""
FILE_S: Final = 600.0
"""And a file for who makes it."""
_UNCHANGED: Final = "message is not modified"
_TOO_LATE: Final = "query is too old"
_EDIT_IN_VAIN: Final = ("message to edit not found", "message can't be edited")


class Maker(Protocol):
    """Makes pictures and files of somebody's own prediction. Each raises DrawingBusy, or another DomainError."""

    async def card(self, telegram_id: int, prediction_id: str) -> bytes:
        """The card as PNG."""
        ...

    async def file(self, telegram_id: int, prediction_id: str, kind: FileKind) -> bytes:
        """The content of a file to take along."""
        ...


def telegram_session(api_base: str) -> BaseSession:
    """Connections to a Bot API server."""
    return AiohttpSession(api=TelegramAPIServer.from_base(api_base), timeout=TIMEOUT_S)


def calls_told(metrics: Metrics) -> RequestMiddlewareType:
    """What has each call to Telegram be a span, without what is sent: it holds names, words and the bot's token."""

    async def call(make_request: Any, bot: Bot, method: TelegramMethod[Any]) -> Any:
        if metrics.spans is None:
            return await make_request(bot, method)
        told = {"http.request.method": "POST", "peer.service": "telegram"}
        with part_told(metrics.spans, f"POST {method.__api_method__}", "client", told):
            return await make_request(bot, method)

    return call


class TelegramClient:
    """Sends and fetches, one message after the other."""

    def __init__(
        self,
        token: Secret,
        session: BaseSession,
        *,
        maker: Maker,
        clock_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.bot = Bot(token.reveal(), session=session)
        self._maker = maker
        self._clock_s = clock_s
        self._sleep = sleep
        self._next_s = 0.0

    async def send(
        self, chat_id: int, content: Content, *, instead_of: int | None, waited_s: float = 0.0
    ) -> int | None:
        """As `ayda_service.messages.jobs.Sender`."""
        if not isinstance(content, Acknowledged | Menu):
            await self._turn()
        with as_ours():
            match content:
                case Utterance():
                    return await self._say(chat_id, content, instead_of)
                case Card():
                    return await self._show(chat_id, content, patient=waited_s < PICTURE_S)
                case PlanFile():
                    return await self._hand_over(chat_id, content, patient=waited_s < FILE_S)
                case Acknowledged():
                    await self._acknowledge(content)
                    return None
                case Menu():
                    await self._set_menu(content, chat_id)
                    return None

    @asynccontextmanager
    async def download(self, file_id: str, size_bytes: int | None) -> AsyncIterator[AsyncIterator[bytes]]:
        """The pieces of a file that somebody sent. Raises FileTooLargeForBots and TelegramAway."""
        if size_bytes is not None and size_bytes > MAX_DOWNLOAD_BYTES:
            raise FileTooLargeForBots
        with as_ours():
            found = await self.bot.get_file(file_id)
            url = self.bot.session.api.file_url(self.bot.token, found.file_path or "")
            yield self.bot.session.stream_content(url, chunk_size=_PIECE_BYTES, raise_for_status=True)

    async def updates(self, offset: int) -> list[bytes]:
        """What Telegram has from this number on, as JSON, after some waiting. Raises TelegramAway."""
        with as_ours():
            got = await self.bot.get_updates(
                offset=offset, timeout=LONG_POLL_S, allowed_updates=list(UPDATES), request_timeout=LONG_POLL_S + 10
            )
        return [update.model_dump_json(by_alias=True, exclude_none=True).encode() for update in got]

    async def listen_at(self, url: str | None, secret: str) -> None:
        """Has updates sent to this address, or to none, so that they can be fetched."""
        with as_ours():
            if url is None:
                await self.bot.delete_webhook()
            else:
                await self.bot.set_webhook(url, secret_token=secret, allowed_updates=list(UPDATES))

    async def introduce(self, commands: Mapping[Language, Sequence[tuple[str, str]]], app: Menu | None) -> None:
        """Sets the list of commands in each language, and the menu button of whoever has none of their own."""
        with as_ours():
            for language in LANGUAGES:
                listed = [BotCommand(command=name, description=text) for name, text in commands[language]]
                await self.bot.set_my_commands(listed, language_code=None if language == "en" else language)
            if app is None:
                return
            await self._set_menu(app)

    async def close(self) -> None:
        """Closes the connections."""
        await self.bot.session.close()

    async def _say(self, chat_id: int, said: Utterance, instead_of: int | None) -> int:
        keyboard = keyboard_of(said.buttons)
        if instead_of is not None:
            try:
                await self.bot.edit_message_text(
                    said.text, chat_id=chat_id, message_id=instead_of, reply_markup=keyboard, parse_mode="HTML"
                )
            except TelegramBadRequest as refused:
                if not any(words in refused.message for words in _EDIT_IN_VAIN):
                    if _UNCHANGED in refused.message:
                        return instead_of
                    raise
            else:
                return instead_of
        sent = await self.bot.send_message(
            chat_id, said.text, reply_markup=keyboard, parse_mode="HTML", reply_parameters=reply_to(said.reply_to)
        )
        return sent.message_id

    async def _show(self, chat_id: int, card: Card, *, patient: bool) -> int:
        picture = await _made(self._maker.card(card.owner, str(card.prediction_id)), patient=patient)
        keyboard, reply = keyboard_of(card.buttons), reply_to(card.reply_to)
        if picture is None:
            sent: Message = await self.bot.send_message(
                chat_id, card.text, reply_markup=keyboard, parse_mode="HTML", reply_parameters=reply
            )
        else:
            photo = BufferedInputFile(picture, "ayda.png")
            sent = await self.bot.send_photo(
                chat_id, photo, caption=card.text, reply_markup=keyboard, parse_mode="HTML", reply_parameters=reply
            )
        return sent.message_id

    async def _hand_over(self, chat_id: int, file: PlanFile, *, patient: bool) -> int:
        body = await _made(self._maker.file(file.owner, str(file.prediction_id), file.kind), patient=patient)
        if body is None:
            return (await self.bot.send_message(chat_id, file.otherwise)).message_id
        document = BufferedInputFile(body, file.kind)
        return (await self.bot.send_document(chat_id, document, caption=file.text)).message_id

    async def _acknowledge(self, tap: Acknowledged) -> None:
        try:
            await self.bot.answer_callback_query(tap.tap_id, text=tap.text, show_alert=tap.alert)
        except TelegramBadRequest as refused:
            if _TOO_LATE not in refused.message:
                raise

    async def _set_menu(self, menu: Menu, chat_id: int | None = None) -> None:
        button = MenuButtonWebApp(text=menu.text, web_app=WebAppInfo(url=menu.app))
        await self.bot.set_chat_menu_button(chat_id=chat_id, menu_button=button)

    async def _turn(self) -> None:
        """Waits until it is the next message's time."""
        now_s = self._clock_s()
        at_s = max(now_s, self._next_s)
        self._next_s = at_s + EVERY_S
        if at_s > now_s:
            await self._sleep(at_s - now_s)


async def _made(making: Awaitable[bytes], *, patient: bool) -> bytes | None:
    """What was made; None where it cannot be. Raises Snooze where it can be later, and who asked has `patient`."""
    try:
        return await making
    except (DrawingBusy, UpstreamUnavailable) as later:
        if not patient:
            return None
        raise Snooze(_MAKING_S, "drawing_busy") from later
    except DomainError:
        return None
    except Exception as error:  # noqa: BLE001 - whatever breaks in a picture, the answer is said in words
        structlog.get_logger(__name__).error("drawing_failed", reason=type(error).__name__, exc_info=error)
        return None
