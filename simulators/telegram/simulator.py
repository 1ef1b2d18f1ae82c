"""The simulated Telegram itself: people, chats, the bot's updates, and what the bot may do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from servicekit.base.clock import utc_now
from simulators.base.client import Caller
from simulators.base.clock import SimulatorClock
from simulators.telegram.bell import Bell
from simulators.telegram.limits import FloodGauge, FloodLimits
from simulators.telegram.refusals import PersonCannot, bad_request, blocked, conflict
from simulators.telegram.trouble import Trouble, TroubleDesk
from simulators.telegram.truth import Truth
from simulators.telegram.updates.line import UpdateLine
from simulators.telegram.updates.webhook import WebhookCourier
from simulators.telegram.world.files import FileBox
from simulators.telegram.world.messages import ChatLog, Content, Message
from simulators.telegram.world.people import BotAccount, Group, Json, Person, two_people
from simulators.telegram.world.profile import BotProfile

DEFAULT_TOKEN: Final = "4242:simulated-telegram-bot-token"  # noqa: S105 - a made-up secret of a simulation
_LONGEST_POLL_S: Final = 50


class Telegram:
    """A Telegram with one bot, two people and a group, driven by an injected clock.

    All is in memory except, with `files`, what people and the bot have sent. `trouble` are the fields of `Trouble`.
    `mini_app_url` is what a direct link opens; left out, it is the address of the menu button.
    """

    def __init__(
        self,
        *,
        token: str = DEFAULT_TOKEN,
        now: Callable[[], datetime] = utc_now,
        seed: int = 1,
        people: Sequence[Person] | None = None,
        bot_username: str = "ayda_bot",
        files: Path | None = None,
        limits: FloodLimits | None = None,
        mini_app_url: str = "",
        sees_all_in_groups: bool = False,
        **trouble: Any,
    ) -> None:
        self.token = token
        self.seed = seed
        self.clock = SimulatorClock(now)
        self.bot = BotAccount(int(token.partition(":")[0]), "Ayda", bot_username)
        self.people = {person.id: person for person in (two_people() if people is None else people)}
        self.group = Group()
        everywhere = [*(person.chat() for person in self.people.values()), self.group.chat()]
        self.chats = {int(chat["id"]): ChatLog(chat) for chat in everywhere}
        self.sees_all_in_groups = sees_all_in_groups
        self.mini_app_url = mini_app_url
        self.files = FileBox(files)
        self.profile = BotProfile()
        self.truth = Truth()
        self.bell = Bell()
        self.trouble = Trouble(**trouble)
        self.desk = TroubleDesk(self.trouble, seed)
        self.gauge = FloodGauge(limits or FloodLimits())
        self.line = UpdateLine(self.clock, self.trouble, seed + 1)
        self.courier = WebhookCourier(self.clock, self.line, self.trouble)
        self._polls = 0

    def person(self, person_id: int) -> Person:
        """Raises PersonCannot for one that there is not."""
        if person_id not in self.people:
            raise PersonCannot(f"There is no person {person_id}.")
        return self.people[person_id]

    def chat(self, chat_id: int) -> ChatLog:
        """Raises PersonCannot for one that there is not."""
        if chat_id not in self.chats:
            raise PersonCannot(f"There is no chat {chat_id}.")
        return self.chats[chat_id]

    def chat_for_bot(self, chat_id: str, *, to_write: bool = True) -> ChatLog:
        """The chat the bot names. Raises 400 for one it has not met, and 403 to write to who has blocked it."""
        if not chat_id:
            raise bad_request("chat_id is empty")
        number = int(chat_id) if chat_id.removeprefix("-").isdecimal() else 0
        person = self.people.get(number)
        if number not in self.chats or (person is not None and not person.started):
            raise bad_request("chat not found")
        if to_write and person is not None and person.blocks_bot:
            raise blocked()
        return self.chats[number]

    def post(
        self, chat: ChatLog, content: Content, *, markup: Json | None = None, reply_to: Message | None = None
    ) -> Message:
        """The bot's new message."""
        sender, now_s = self.bot.user(), self.clock.now_s()
        message = chat.add(sender, now_s, content, reply_markup=markup, reply_to=reply_to)
        chat.action = None
        self.bell.ring()
        return message

    def tell(self, kind: str, content: Json, chat_id: int) -> None:
        """Put an update in the bot's line."""
        self.line.add(kind, content, chat_id)
        self.bell.ring()

    async def fetch_updates(self, offset: int, most: int, within_s: int) -> list[Json]:
        """What getUpdates answers, as soon as there is any. Raises 409 while a webhook is set or for a second poll."""
        self._polls += 1
        mine = self._polls
        self.bell.ring()
        self.line.confirm(offset)
        loop = asyncio.get_running_loop()
        end_s = loop.time() + min(max(within_s, 0), _LONGEST_POLL_S)
        while True:
            if self.courier.webhook.url:
                raise conflict(
                    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
                )
            if self._polls != mine:
                raise conflict(
                    "terminated by other getUpdates request; make sure that only one bot instance is running"
                )
            found = [] if self.trouble.outage else self.line.fetch(most)
            left_s = end_s - loop.time()
            if found or left_s <= 0:
                return [update.body() for update in found]
            await self.bell.wait_beyond(self.bell.rung, min(left_s, self._until_due_s()))

    def _until_due_s(self) -> float:
        due_s = None if self.trouble.outage else self.line.next_due_s(())
        return _LONGEST_POLL_S if due_s is None else max(due_s - self.clock.now_s(), 0.01)

    async def tick(self, caller: Caller) -> int:
        """Bring the webhook what is due; the number of deliveries tried."""
        return await self.courier.deliver_due(caller)

    def next_due_s(self) -> float | None:
        """When the next delivery falls due, epoch seconds of the simulator's clock."""
        return self.courier.next_due_s()

    def save(self) -> None:
        """Nothing is left to write: files are kept when they come, all else ends with the process."""
