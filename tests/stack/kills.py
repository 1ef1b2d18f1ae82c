"""Each process of the stack is killed once while people use it; whatever was promised has to be there at the end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import select

from cli.demo.chat import Chat, text_of
from cli.demo.client import MEMBER, Visitor
from cli.failure import Refused
from predictor_service.events.models import StravaEventRow
from servicekit.data.database import Database
from tests.stack.plan import BadPlan
from tests.stack.running import Stack

LOAD_S = 60.0
"""And what starting takes."""
SETTLED_WITHIN_S = 240.0
_STRANGERS = {"strava", "telegram"}
"""They are others' machines: what they forget is nobody's promise here."""
_WRITTEN = "/privacy"
_ASKED_EVERY_S, _RUN_EVERY_S, _WRITTEN_EVERY_S = 3.0, 1.0, 4.0


@dataclass
class Load:
    """What people do meanwhile, and what they were promised."""

    stack: Stack
    visitor: Visitor
    route_id: str
    words: str
    """What the bot answers to what is written to it."""
    predictions: list[str] = field(default_factory=list)
    """Answers that were given: they are kept."""
    activities: list[int] = field(default_factory=list)
    written: int = 0
    refused: int = 0
    """What was answered with a sentence, or not at all: nothing was promised."""

    async def predict(self) -> None:
        prediction = await self.visitor.predict(self.route_id)
        self.predictions.append(prediction.prediction_id)

    async def run_somewhere(self) -> None:
        """Somebody's new activity, which Strava tells ayda about."""
        async with self._strava() as strava:
            athletes = (await strava.get("/_sim/athletes")).json()
            made = await strava.post(f"/_sim/athletes/{athletes[0]['id']}/activities", json={"count": 1, "days": 2})
            self.activities += made.json()["activities"]

    async def write(self) -> None:
        body = {"person_id": MEMBER.id, "chat_id": MEMBER.id, "text": _WRITTEN}
        await self.visitor.in_telegram("messages", **body)
        self.written += 1

    async def answers(self) -> int:
        """How often the bot has given that answer."""
        chat = await self.visitor.seen_in_telegram(f"chats/{MEMBER.id}", person_id=MEMBER.id)
        return sum(said["from"]["is_bot"] and text_of(said) == self.words for said in chat["messages"])

    async def acknowledged(self) -> set[int]:
        """The new activities about which ayda has taken Strava's word with a 200."""
        async with self._strava() as strava:
            events = (await strava.get("/_sim/events")).json()
        return {
            event["object_id"]
            for event in events
            if event["object_id"] in set(self.activities)
            and any(attempt["status"] == httpx.codes.OK for each in event["deliveries"] for attempt in each["attempts"])
        }

    async def arrived(self) -> set[int]:
        """The activities of which the predictor was told."""
        database = Database(self.stack.each["predictor-web"].local.environment["DATABASE_URL"])
        try:
            with database.reading() as session:
                return set(session.scalars(select(StravaEventRow.strava_activity_id)))
        finally:
            await database.close()

    async def until(self, over: asyncio.Event) -> None:
        acts = ((self.predict, _ASKED_EVERY_S), (self.run_somewhere, _RUN_EVERY_S), (self.write, _WRITTEN_EVERY_S))
        await asyncio.gather(*(self._again(act, every_s, over) for act, every_s in acts))

    async def _again(self, act: Callable[[], Coroutine[Any, Any, None]], every_s: float, over: asyncio.Event) -> None:
        while not over.is_set():
            try:
                await act()
            except (httpx.TransportError, Refused):
                self.refused += 1
            await asyncio.sleep(every_s)

    def _strava(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.visitor.stage.strava_url, trust_env=False, timeout=120)


async def kill_each(stack: Stack, visitor: Visitor, route_id: str, say: Callable[[str], None]) -> None:
    """Raises BadPlan when something that was promised is not there."""
    words = text_of(await Chat(visitor, MEMBER).say(_WRITTEN))
    load = Load(stack, visitor, route_id, words)
    answers_before = await load.answers()
    victims = [name for name, each in stack.each.items() if not each.service.once and name not in _STRANGERS]
    over = asyncio.Event()
    using = asyncio.create_task(load.until(over))
    for victim in victims:
        await asyncio.sleep(LOAD_S / (len(victims) + 1))
        begun = time.monotonic()
        await asyncio.to_thread(stack.restart, victim)
        say(f"  {victim} was killed, and is well again after {time.monotonic() - begun:.1f} s")
    await asyncio.sleep(LOAD_S / (len(victims) + 1))
    over.set()
    await using

    async def told() -> bool:
        return await load.acknowledged() <= await load.arrived()

    async def answered() -> bool:
        return await load.answers() >= answers_before + load.written

    lost = [
        what for what, holds in (("events of Strava", told), ("answers of the bot", answered)) if not await _soon(holds)
    ]
    for prediction_id in load.predictions:
        with contextlib.suppress(Refused):
            await visitor.prediction(prediction_id)
            continue
        lost.append(f"prediction {prediction_id}")
    say(
        f"{len(victims)} kills: {len(load.predictions)} predictions, {len(await load.acknowledged())} events taken of "
        f"{len(load.activities)} activities, {load.written} messages to the bot; {load.refused} refusals; "
        f"lost: {', '.join(lost) or 'nothing'}"
    )
    if lost:
        raise BadPlan(f"promised and lost: {', '.join(lost)}")


async def _soon(holds: Callable[[], Coroutine[Any, Any, bool]]) -> bool:
    end = time.monotonic() + SETTLED_WITHIN_S
    while time.monotonic() < end:
        if await holds():
            return True
        await asyncio.sleep(1)
    return False
