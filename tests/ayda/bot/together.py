"""The real ayda and the simulated Telegram, each a server on loopback, as they are in the demo and with an operator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

import httpx

from ayda_service.app import create_app as create_ayda
from ayda_service.telegram.settings import TelegramSettings, UpdatesMode
from servicekit.base.clock import utc_now
from servicekit.base.settings import Secret
from servicekit.web.server import listen, serving
from simulators.strava.simulator import Simulator
from simulators.telegram import Telegram
from simulators.telegram import create_app as create_telegram
from simulators.telegram.acts import say, send_file, tap
from simulators.telegram.mini_app import launch
from simulators.telegram.world.messages import Message
from tests.ayda.support import CLIENT_SECRET, FakePredictor, settings_on
from tests.servicekit.strava.support import StravaTransport

T = TypeVar("T")
HOST: Final = "127.0.0.1"
TOKEN: Final = "4242:simulated-telegram-token-AAAAAAAAAAAAA"
SECRET: Final = "webhook-secret-0000000000000000000000000"
ALEX, SASHA = 100_000_001, 100_000_002
PATIENCE_S: Final = 240.0
"""Only what hangs runs into it."""
_OF_THE_BOT: Final = ("answer_updates", "send_messages")


@dataclass
class Together:
    """Both of them, and what people do."""

    telegram: Telegram
    app: Any
    ayda_url: str
    telegram_url: str
    strava: StravaTransport
    simulator: Simulator
    predictor: FakePredictor = field(default_factory=FakePredictor)

    async def until(self, holds: Callable[[], T]) -> T:
        """What it returns, as soon as that is true."""
        bell = self.telegram.bell
        async with asyncio.timeout(PATIENCE_S):
            while not (found := holds()):
                await bell.wait_beyond(bell.rung, 0.2)
        return found

    def by_bot(self, chat_id: int = ALEX) -> list[Message]:
        """What the bot has said in a chat, as it stands."""
        return [message for message in self.telegram.chat(chat_id).standing() if message.sender["is_bot"]]

    async def said(self, count: int = 1, chat_id: int = ALEX) -> list[str]:
        """The bot's texts in a chat, once there are so many and nothing more is under way."""
        await self.until(lambda: len(self.by_bot(chat_id)) >= count)
        await self.settled()
        return [message.content.text for message in self.by_bot(chat_id)]

    async def settled(self) -> None:
        """Returns when every update was taken and answered, and every message sent."""
        await self.until(lambda: not self.telegram.line.pending())
        queue = self.app.litestar.state["parts"].queue
        async with asyncio.timeout(PATIENCE_S):
            while set(_OF_THE_BOT) & (await queue.stats()).by_name.keys():  # noqa: ASYNC110 - a database tells no one
                await asyncio.sleep(0.05)

    async def write(self, text: str, person: int = ALEX, **more: Any) -> None:
        """Somebody writes, and is answered."""
        say(self.telegram, person, text, **more)
        await self.settled()

    async def send(self, content: bytes, name: str = "route.gpx", **more: Any) -> None:
        """Somebody sends a file, and is answered."""
        send_file(self.telegram, ALEX, content, name, mime="application/gpx+xml", **more)
        await self.settled()

    async def press(self, text: str, person: int = ALEX, chat_id: int | None = None) -> None:
        """Somebody presses the last button that says this."""
        where = person if chat_id is None else chat_id
        message, data = self.button(text, where, "callback_data")
        tap(self.telegram, person, where, message.id, data)
        await self.settled()

    def button(self, text: str, chat_id: int = ALEX, kind: str = "url") -> tuple[Message, str]:
        """The last message with this button, and what is behind it."""
        for message in reversed(self.by_bot(chat_id)):
            for row in (message.inline_keyboard or {}).get("inline_keyboard", []):
                for button in row:
                    if button["text"] == text:
                        return message, str(button[kind])
        raise AssertionError(f"There is no button {text!r}.")

    def calls(self, *methods: str) -> list[str]:
        """What became of the calls of these methods, in their order."""
        return [call.outcome for call in self.telegram.truth.calls if call.method in methods]

    def proof(self, person: int = ALEX, start_param: str | None = None) -> dict[str, str]:
        """Headers of the Mini App that this person has opened."""
        opened = launch(self.telegram, person, url=f"{self.ayda_url}/app", start_param=start_param)
        return {"Authorization": f"tma {opened.init_data}"}

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[httpx.AsyncClient]:
        """The phone's own browser; what it asks Strava for it asks on the simulator's transport."""
        mounts = {"all://strava.test": self.strava}
        async with httpx.AsyncClient(trust_env=False, mounts=mounts, timeout=PATIENCE_S) as http:
            yield http


@asynccontextmanager
async def together(
    database_url: str,
    updates: UpdatesMode = "webhook",
    *,
    admin_chat_id: int | None = None,
    now: Callable[[], datetime] = utc_now,
    **trouble: Any,
) -> AsyncIterator[Together]:
    """Both running; `trouble` are the fields of the simulator's. The bot has said how it wants to hear of updates.

    `now`: ayda's clock.
    """
    simulator = Simulator(now=utc_now, seed=1, rotation="strict", client_secret=CLIENT_SECRET)
    strava, predictor = StravaTransport(simulator), FakePredictor()
    telegram = Telegram(token=TOKEN, **trouble)
    sockets = [listen(HOST), listen(HOST)]
    telegram_url, ayda_url = (f"http://{HOST}:{listener.getsockname()[1]}" for listener in sockets)
    settings = settings_on(
        database_url,
        bot_token=Secret(TOKEN),
        telegram=TelegramSettings(updates, Secret(SECRET), telegram_url, f"{telegram_url}/t.me", admin_chat_id),
        public_url=ayda_url,
        page_framed_by=(telegram_url,),
        worker_embedded=True,
    )
    ayda = create_ayda(settings, now=now, strava_transport=strava, predictor_transport=predictor)
    async with AsyncExitStack() as stack:
        for app, listener in zip((create_telegram(telegram), ayda), sockets, strict=True):
            await stack.enter_async_context(serving(app, listener))
        both = Together(telegram, ayda, ayda_url, telegram_url, strava, simulator, predictor)
        await both.until(lambda: both.calls("setChatMenuButton"))
        yield both
