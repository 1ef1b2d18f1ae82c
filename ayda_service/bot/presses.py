"""Presses on buttons: whose they are, and what they lead to."""

from __future__ import annotations

import binascii
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from aiogram import Router
from aiogram.types import CallbackQuery

from ayda_service.bot.asking import Asking
from ayda_service.bot.cards import DAY_TAP, FILE_TAP, GOAL_TAP, START_TAP, Cards
from ayda_service.bot.clubs import MATCH_TAP, Clubs
from ayda_service.bot.commands import LANGUAGE_TAP, UNITS_TAP, Commands
from ayda_service.bot.comparisons import WENT_TAP, Comparisons
from ayda_service.bot.courses import GO_TAP, KEEP_TAP, Courses
from ayda_service.bot.days import Days
from ayda_service.bot.leaving import DELETE_TAP, Leaving
from ayda_service.bot.outings import OUTINGS_TAP, Outings
from ayda_service.bot.paths import PATHS_TAP, PathMemories
from ayda_service.bot.talk import Acknowledged, Reply, Talk
from ayda_service.bot.taps import Tap, parse_tap
from ayda_service.chats.memory import PressedButton
from ayda_service.chats.store import ChatStore
from servicekit.data.database import Database

Press: TypeAlias = Callable[[Tap, CallbackQuery, Talk], Awaitable[Reply]]


class Presses:
    """Each press is noticed at once, and answered when what it asks for is there; two taps of a finger are one."""

    def __init__(
        self,
        database: Database,
        commands: Commands,
        courses: Courses,
        cards: Cards,
        asking: Asking,
        *,
        days: Days,
        clubs: Clubs,
        outings: Outings,
        paths: PathMemories,
        comparisons: Comparisons,
        leaving: Leaving,
    ) -> None:
        self._database = database
        self._presses: Mapping[str, Press] = {
            UNITS_TAP: lambda tap, _query, talk: commands.choose_units(tap.rest[0], talk),
            LANGUAGE_TAP: lambda tap, _query, talk: commands.choose_language(tap.rest[0], talk),
            GO_TAP: lambda tap, _query, talk: courses.go(tap, talk),
            FILE_TAP: lambda tap, _query, talk: _at_once(cards.file(tap, talk)),
            START_TAP: lambda tap, _query, talk: asking.start(tap, talk),
            GOAL_TAP: lambda tap, _query, talk: asking.goal(tap, talk),
            DAY_TAP: lambda tap, _query, talk: days.pressed(tap, talk),
            MATCH_TAP: clubs.pressed,
            WENT_TAP: lambda tap, _query, talk: comparisons.pressed(tap, talk),
            OUTINGS_TAP: lambda tap, _query, talk: outings.pressed(tap, talk),
            PATHS_TAP: lambda tap, _query, talk: paths.pressed(tap, talk),
            KEEP_TAP: lambda _tap, query, talk: courses.keep(query, talk),
            DELETE_TAP: lambda _tap, _query, talk: leaving.erase(talk),
        }

    def router(self) -> Router:
        """Its handler."""
        router = Router(name="presses")
        router.callback_query()(self.pressed)
        return router

    async def pressed(self, query: CallbackQuery, talk: Talk) -> Reply:
        """A press, by whoever may press there."""
        tap = parse_tap(query.data)
        press = None if tap is None else self._presses.get(tap.word)
        if tap is None or press is None:
            return [_noticed(query, talk.voice.say("This button no longer does anything."), alert=True)]
        if not tap.may_be_pressed_by(talk.telegram_id):
            return [_noticed(query, talk.voice.say("This button is somebody else's."), alert=True)]
        if not await self._meant(query, talk):
            return [_noticed(query)]
        try:
            return [_noticed(query), *await press(tap, query, talk)]
        except (IndexError, KeyError, ValueError, binascii.Error):
            return [_noticed(query, talk.voice.say("This button no longer does anything."), alert=True)]

    async def _meant(self, query: CallbackQuery, talk: Talk) -> bool:
        """Whether this is no second tap of the same finger."""
        below = 0 if query.message is None else query.message.message_id
        button = PressedButton(query.data or "", below, talk.update_id, talk.vouched_at)
        return await self._database.write(lambda session: ChatStore(session).press(talk.chat_id, button))


async def _at_once(reply: Reply) -> Reply:
    return reply


def _noticed(query: CallbackQuery, text: str | None = None, *, alert: bool = False) -> Acknowledged:
    return Acknowledged(tap_id=query.id, text=text, alert=alert)
