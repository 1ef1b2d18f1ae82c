"""B1: whatever fails between Telegram and the bot, everybody gets each answer, twice only where a receipt was lost."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from simulators.telegram.acts import say, tap
from simulators.telegram.updates.line import Update
from simulators.telegram.world.messages import ChatLog
from tests.drills.bot_house import BotHouse
from tests.drills.edge_house import SERVERS, ServerKind
from tests.drills.places import Places, on_postgres, on_sqlite
from tests.drills.reporting import DRILL, report

pytestmark = pytest.mark.system

PEOPLE = 200 if DRILL else 24
KILLS = 16 if DRILL else 2
"""Half of them of the worker, half of the web process."""
BETWEEN_KILLS_S = 6.0 if DRILL else 1.0
PATIENCE_S = 240.0
ANSWERS: Final = {
    "/start": "Hello!",
    "/units": "Kilometres or miles?",
    "/privacy": "I keep what you send me",
    "/language": "Which language?",
    "Miles": "Done: from now on in miles.",
}
"""What people write, and press, and how each answer begins."""
SETTLED_WITHIN_S = 10.0
"""From Telegram's answer to its being on record; a worker that is killed meanwhile sends again."""
EACH = list(itertools.product((on_sqlite, on_postgres), SERVERS)) if DRILL else [(on_sqlite, SERVERS[0])]


@dataclass(frozen=True)
class Said:
    """One message of the bot, and what became of the call that made it."""

    chat_id: int
    asked: str
    at_s: float
    confirmed: bool


@pytest.mark.parametrize(
    ("places", "server"), EACH, ids=[f"{each.__name__.removeprefix('on_')}-{server}" for each, server in EACH]
)
async def test_every_answer_comes_once_and_none_never(tmp_path: Path, places: Places, server: ServerKind):
    chance = random.Random(3)
    with places(tmp_path) as (place, _servers):
        house = BotHouse(tmp_path, server, place, PEOPLE)
        async with house.running():
            house.trouble(chance)
            begun = time.monotonic()
            pressing = asyncio.create_task(_press(house))
            await asyncio.gather(_write(house, chance), _kill(house))
            await asyncio.wait_for(pressing, PATIENCE_S)
            talked_s = time.monotonic() - begun
            settled_s = await house.settled(PATIENCE_S)
    said = [each for chat in house.telegram.chats.values() for each in _said(house, chat)]
    times = Counter((each.chat_id, each.asked) for each in said)
    never = [(person, asked) for person in house.telegram.people for asked in ANSWERS if not times[person, asked]]
    twice = {key for key, count in times.items() if count == 2}
    without_reason = [key for key in twice if not _has_reason(house, [s for s in said if (s.chat_id, s.asked) == key])]
    overtaken = [pair for chat_id in house.telegram.people for pair in _overtaken(house, chat_id, said)]
    calls = Counter(call.outcome for call in house.telegram.truth.calls if call.method == "sendMessage")
    told = Counter(len(update.handovers) > 1 for update in house.telegram.line.all())
    report(
        "B1",
        house=f"{places.__name__.removeprefix('on_')},{server}",
        updates=len(house.telegram.line.all()),
        told_more_than_once=told[True],
        kills=KILLS,
        calls=dict(calls),
        never=len(never),
        twice=len(twice),
        without_reason=len(without_reason),
        overtaken=len(overtaken),
        took=f"{talked_s:.0f}+{settled_s:.0f}s",
    )
    assert len(house.telegram.line.all()) == PEOPLE * len(ANSWERS)
    assert never == []
    assert max(times.values()) <= 2
    assert without_reason == []
    assert overtaken == []


async def _write(house: BotHouse, chance: random.Random) -> None:
    """Everybody writes all commands in their order, at no regular pace; the newest come first for a while."""
    lines = {person: [text for text in ANSWERS if text.startswith("/")] for person in house.telegram.people}
    while lines:
        person = chance.choice(sorted(lines))
        say(house.telegram, person, lines[person].pop(0))
        if not lines[person]:
            del lines[person]
        house.telegram.trouble.newest_first = PEOPLE // 4 < len(lines) < PEOPLE // 2
        await asyncio.sleep(chance.uniform(0, 2 * KILLS * BETWEEN_KILLS_S / (4 * PEOPLE)))
    house.telegram.trouble.newest_first = False


async def _press(house: BotHouse) -> None:
    """Everybody presses a button once they have it."""
    waiting, telegram = set(house.telegram.people), house.telegram
    while waiting:
        for person in sorted(waiting):
            asked = next((m for m in telegram.chat(person).standing() if m.content.text == ANSWERS["/units"]), None)
            if asked is not None:
                rows = (asked.inline_keyboard or {})["inline_keyboard"]
                tap(
                    telegram,
                    person,
                    person,
                    asked.id,
                    next(b["callback_data"] for b in rows[0] if b["text"] == "Miles"),
                )
                waiting.discard(person)
        await telegram.bell.wait_beyond(telegram.bell.rung, 1.0)


async def _kill(house: BotHouse) -> None:
    for number in range(KILLS):
        await asyncio.sleep(BETWEEN_KILLS_S)
        await house.kill(web=bool(number % 2))


def _said(house: BotHouse, chat: ChatLog) -> Iterator[Said]:
    """The bot's messages, with the calls that made them: of a chat both are in the same order."""
    calls = [c for c in house.telegram.truth.calls if c.method == "sendMessage" and c.chat_id == chat.id]
    messages = [message for message in chat.messages if message.sender["is_bot"]]
    for message, call in zip(messages, (call for call in calls if call.carried_out), strict=True):
        asked = next(asked for asked, answer in ANSWERS.items() if message.content.text.startswith(answer))
        yield Said(chat.id, asked, call.at_s, confirmed=call.outcome == "answered")


def _has_reason(house: BotHouse, same: list[Said]) -> bool:
    """Whether the bot could not know that the first of them had arrived."""
    first = min(same, key=lambda each: each.at_s)
    return not first.confirmed or any(0 <= kill_s - first.at_s < SETTLED_WITHIN_S for kill_s in house.kills_s)


def _overtaken(house: BotHouse, chat_id: int, said: list[Said]) -> list[tuple[str, str]]:
    """Answers that came after those to what was told later, and only once the former had been taken."""
    first: dict[str, float] = {}
    for each in sorted((each for each in said if each.chat_id == chat_id), key=lambda each: each.at_s):
        first.setdefault(each.asked, each.at_s)
    own = sorted((update for update in house.telegram.line.all() if update.chat_id == chat_id), key=lambda u: u.id)
    return [
        (_asked(former), _asked(latter))
        for former, latter in itertools.combinations(own, 2)
        if _taken_s(former) < latter.handovers[0].at_s and first[_asked(former)] > first[_asked(latter)]
    ]


def _taken_s(update: Update) -> float:
    return min(each.at_s for each in update.handovers if each.status is not None and 200 <= each.status < 300)


def _asked(update: Update) -> str:
    return "Miles" if update.kind == "callback_query" else str(update.content["text"])
