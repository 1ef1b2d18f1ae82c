"""A simulated Telegram with a clock in hand, aiogram as its bot, and the webhook that it would call."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import httpx
from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import TelegramMethod
from aiogram.types import InputFile

from simulators.base.client import CallFailed
from simulators.telegram import DEFAULT_TOKEN, Telegram, create_app

START = datetime(2026, 6, 15, 10, 1, 0, tzinfo=UTC)
ALEX, SASHA = 100_000_001, 100_000_002
BASE = "http://telegram.test"
HOOK = "https://bot.test/hook"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (1080).to_bytes(4) + (1350).to_bytes(4) + b"\x08\x02\0\0\0"


class InProcess(BaseSession):
    """aiogram's requests without a socket: built and judged by its own base class."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        super().__init__(api=TelegramAPIServer.from_base(BASE))
        self._http = http

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], **_how: Any) -> Any:
        files: dict[str, InputFile] = {}
        told = method.model_dump(warnings=False).items()
        fields = {name: self.prepare_value(value, bot=bot, files=files) for name, value in told}
        uploads = {
            name: (file.filename or name, b"".join([chunk async for chunk in file.read(bot)]))
            for name, file in files.items()
        }
        url = self.api.api_url(token=bot.token, method=method.__api_method__)
        try:
            answer = await self._http.post(url, data={k: v for k, v in fields.items() if v}, files=uploads or None)
        except ConnectionResetError as broken:
            raise TelegramNetworkError(method=method, message=str(broken)) from broken
        checked = self.check_response(bot=bot, method=method, status_code=answer.status_code, content=answer.text)
        return checked.result

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        **_how: Any,
    ) -> AsyncGenerator[bytes, None]:
        answer = await self._http.get(url, headers=headers)
        answer.raise_for_status()
        yield answer.content

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Hook:
    """The bot's webhook: notes what it is told, and answers with the statuses in hand, None for silence."""

    statuses: list[int | None] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    called: list[str] = field(default_factory=list)

    async def call(
        self, method: str, url: str, within_s: float, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        self.called.append(f"{method} {url}")
        self.told.append(json.loads(body))
        self.headers.append(headers or {})
        status = self.statuses.pop(0) if self.statuses else 200
        if status is None:
            raise CallFailed(f"no answer within {within_s:g} s")
        return status, b""

    async def close(self) -> None:
        """Nothing is open."""

    @property
    def ids(self) -> list[int]:
        return [update["update_id"] for update in self.told]


@dataclass
class Stage:
    """The simulator, its bot, and HTTP for people and orders."""

    telegram: Telegram
    http: httpx.AsyncClient
    bot: Bot
    hook: Hook

    async def deliver(self, after_s: float = 0.0) -> list[dict[str, Any]]:
        """The updates that arrive when so much time has passed."""
        self.telegram.clock.advance(after_s)
        before = len(self.hook.told)
        await self.telegram.tick(self.hook)
        return self.hook.told[before:]

    async def client(self, path: str, **body: Any) -> Any:
        answer = await self.http.post(f"/client/{path}", json=body)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    async def say(self, text: str, person_id: int = ALEX, **more: Any) -> dict[str, Any]:
        return dict(await self.client("messages", person_id=person_id, text=text, **more))

    async def chat(self, chat_id: int = ALEX, person_id: int = ALEX) -> dict[str, Any]:
        answer = await self.http.get(f"/client/chats/{chat_id}", params={"person_id": person_id})
        return dict(answer.json())

    async def order(self, path: str, **body: Any) -> Any:
        answer = await self.http.post(f"/_sim/{path}", json=body)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    async def truth(self) -> dict[str, Any]:
        return dict((await self.http.get("/_sim/truth")).json())

    async def call(self, name: str, **fields: Any) -> httpx.Response:
        """A method called as JSON, by hand."""
        return await self.http.post(f"/bot{DEFAULT_TOKEN}/{name}", json=fields)


def stage_with(**options: Any) -> Stage:
    """A fresh simulated Telegram at 2026-06-15 10:01 UTC; time moves only by its clock."""
    telegram, hook = Telegram(now=lambda: START, **options), Hook()
    transport = httpx.ASGITransport(cast("Any", create_app(telegram, hook)))
    http = httpx.AsyncClient(transport=transport, base_url=BASE)
    return Stage(telegram, http, Bot(DEFAULT_TOKEN, session=InProcess(http)), hook)


async def met(**options: Any) -> Stage:
    """One in which Alex has pressed Start and the bot has forgotten it."""
    stage = stage_with(**options)
    await stage.say("/start")
    stage.telegram.line.drop_all()
    return stage
