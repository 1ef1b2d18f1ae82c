"""What happens in the demo: two people meet the bot, one after the other, and then others of their club join."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ayda_service.bot.cards import FILE_TAP
from ayda_service.bot.clubs import MATCH_TAP
from ayda_service.bot.courses import GO_TAP
from ayda_service.bot.taps import parse_tap, unshort
from cli.console import progress
from cli.demo.chat import Chat, Said, buttons, text_of
from cli.demo.client import Visitor
from cli.failure import Refused
from kernel.contracts.prediction import Prediction
from kernel.contracts.route import Route
from simulators.telegram.world.people import GROUP_ID, Person, two_people

SYNC_TIMEOUT_S: Final = 120.0
POLL_S: Final = 0.15
STEADY: Final = "m"
_FURTHER: Final = (
    (300_000_001, "Dana", "elite"),
    (300_000_002, "Vera", "advanced"),
    (300_000_003, "Ilya", "advanced"),
    (300_000_004, "Timur", "intermediate"),
)
"""Others of the club, whose phones are not shown, and how well they run."""
_FEW: Final = 20
"""Outings that make an answer about somebody."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Club:
    """What the bot tells: the first of the people who suits them, and everybody who goes with whom."""

    matches: str
    groups: str


class Story:
    """One walk through the house; each step is said before it is done."""

    def __init__(self, visitor: Visitor, course: bytes, activities: int, say: Say) -> None:
        self._visitor = visitor
        self._course = course
        self._activities = activities
        self._few = min(activities, _FEW)
        self._say = say
        self._first, self._second = two_people()
        self._chats: list[Chat] = []

    async def first_answer(self) -> tuple[Route, Prediction]:
        """The course, and how long the first of the people will take. Raises Refused for a course that is none."""
        route = await self._visitor.upload_route(self._course)
        self._say(
            f"{self._first.first_name} meets the bot, and connects Strava (simulated, {self._activities} activities) …"
        )
        chat = await self._met(self._first, self._activities, "intermediate")
        self._say(f"{self._first.first_name} sends the course …")
        return route, await self._asked(chat, route)

    async def second_answer(self, route: Route) -> Prediction:
        """The same for the second, who reads another language."""
        self._say(f"{self._second.first_name}, whose Telegram speaks Russian, does the same …")
        return await self._asked(await self._met(self._second, self._few, "intermediate"), route)

    async def club(self) -> Club:
        """Further members come, everybody opts in, and the first asks who suits, and in the group who goes together."""
        self._say("Four more of the club connect; all six want to find partners …")
        people = [Person(number, name, name.lower()) for number, name, _ in _FURTHER]
        athletes = [await self._visitor.create_athlete(self._few, name, level) for _, name, level in _FURTHER]
        for person, athlete_id in zip(people, athletes, strict=True):
            await self._visitor.connect(athlete_id, person)
        for person, athlete_id in zip(people, athletes, strict=True):
            await self._synced(athlete_id, person)
            await self._visitor.opt_in(person)
        for chat in self._chats:
            offer = await chat.say("/match")
            await chat.press(offer, _button(offer, MATCH_TAP) or "")
        matches = await self._chats[0].say("/match")
        self._say(f"{self._first.first_name} answers the course with /group in the group …")
        group = Chat(self._visitor, self._first, GROUP_ID)
        course = await group.put(self._course, "course.gpx")
        return Club(text_of(matches), text_of(await group.say("/group", reply_to=course["message_id"])))

    async def _met(self, person: Person, activities: int, level: str) -> Chat:
        """Somebody whom the bot knows, with their past."""
        chat = Chat(self._visitor, person)
        await chat.say("/start")
        asked = await chat.say("/connect")
        athlete_id = await self._visitor.create_athlete(activities, person.first_name, level)
        link = next(str(button["url"]) for button in buttons(asked) if "url" in button)
        await self._visitor.connect_by_link(link, athlete_id, person)
        await self._synced(athlete_id, person)
        self._chats.append(chat)
        return chat

    async def _asked(self, chat: Chat, route: Route) -> Prediction:
        """What the bot answers to the course; where a bot may not fetch so large a file, what the page would."""
        shown = await chat.send(self._course, "course.gpx")
        pressed = _button(shown, GO_TAP, STEADY)
        if pressed is None:
            self._say(f"The bot says: {text_of(shown)}")
            return await self._visitor.predict(route.id, chat.person)
        card = await chat.press(shown, pressed, holds=lambda said: _button(said, FILE_TAP) is not None)
        prediction_id = _first_word(_button(card, FILE_TAP) or "")
        return await self._visitor.prediction(str(prediction_id), chat.person)

    async def _synced(self, athlete_id: int, person: Person) -> None:
        """Returns when what the connection notice has triggered is done. Raises Refused."""
        try:
            async with asyncio.timeout(SYNC_TIMEOUT_S):
                with progress(f"Reading {person.first_name}'s activities") as advance:
                    await self._until_synced(athlete_id, advance)
        except TimeoutError:
            sentence = f"The sync did not end within {SYNC_TIMEOUT_S:.0f} seconds; is this machine very busy?"
            raise Refused("sync_too_slow", sentence) from None

    async def _until_synced(self, athlete_id: int, advance: Callable[[int, int], None]) -> None:
        while True:
            state = await self._visitor.sync_state(athlete_id)
            if state is not None:
                advance(state.activities_read, max(state.activities_known, 1))
                if state.status == "success":
                    return
                if state.status == "failed":
                    raise Refused("sync_failed", state.detail or "The sync failed without a reason.")
            await asyncio.sleep(POLL_S)


def _button(message: Said, word: str, last: str | None = None) -> str | None:
    """What is behind the first button that does this, and with this."""
    for button in buttons(message):
        tap = parse_tap(button.get("callback_data"))
        if tap is not None and tap.word == word and last in {None, tap.rest[-1]}:
            return str(button["callback_data"])
    return None


def _first_word(data: str) -> UUID:
    tap = parse_tap(data)
    if tap is None:
        raise Refused("unexpected_answer", "The bot's buttons are none that the demo knows.")
    return unshort(tap.rest[0])
