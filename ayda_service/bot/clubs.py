"""Partners in our own chat, pace groups wherever they are asked for: chosen names, and a word."""

from __future__ import annotations

from html import escape
from typing import Final
from uuid import UUID

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from ayda_service.bot.club_words import group_lines, hidden_because, match_lines
from ayda_service.bot.courses import Fetch
from ayda_service.bot.talk import Button, Buttons, Privately, Reply, Talk
from ayda_service.bot.taps import Tap
from ayda_service.bot.words import course_line, short_name
from ayda_service.chats.memory import OpenQuestion
from ayda_service.chats.store import ChatStore
from ayda_service.club.service import ClubService
from ayda_service.errors import NotMatchable, NotOptedIn
from ayda_service.predictions.service import PredictionService
from kernel.club.names import BadName, clean_name
from kernel.contracts.club import GroupsRequest, MatchingChoice
from kernel.contracts.prediction import Mode
from servicekit.data.database import Database

MATCH_TAP: Final = "m"
_FIRST_NAME, _OTHER_NAME, _OUT = "f", "n", "x"
_MODE: Final[Mode] = "trail_run"


class Clubs:
    """`/match` and `/group`."""

    def __init__(
        self, database: Database, club: ClubService, predictions: PredictionService, fetch: Fetch, privately: Privately
    ) -> None:
        """`privately` says that something is for our own chat."""
        self._database = database
        self._club = club
        self._predictions = predictions
        self._fetch = fetch
        self._privately = privately

    def router(self) -> Router:
        """Their handlers."""
        router = Router(name="clubs")
        router.message(Command("match"))(self.match)
        router.message(Command("group"))(self.group)
        return router

    async def match(self, message: Message, talk: Talk) -> Reply:
        """Who suits whoever asks; in our own chat alone."""
        if talk.in_group:
            return self._privately(talk)
        state = await self._club.state(talk.telegram_id, _MODE)
        if not state.opted_in:
            first_name = "" if message.from_user is None else message.from_user.first_name
            return self._offer(_name_in(first_name), talk)
        if state.visible is False:
            return talk.text(hidden_because(state.reason, talk.voice), buttons=self._choices(talk))
        return await self._matches(talk)

    async def pressed(self, tap: Tap, query: CallbackQuery, talk: Talk) -> Reply:
        """In by the first name, by another one, or out. Raises KeyError for another button."""
        choice = tap.rest[0]
        if choice == _OUT:
            await self._choose(MatchingChoice(opted_in=False), talk)
            return talk.text(
                talk.say("Done: nobody finds you any more, and you find nobody. /match turns it on again.")
            )
        if choice == _FIRST_NAME:
            return await self._opt_in(clean_name(query.from_user.first_name), talk)
        if choice != _OTHER_NAME:
            raise KeyError(choice)
        question = OpenQuestion("name", talk.vouched_at)
        await self._database.write(lambda session: ChatStore(session).ask(talk.chat_id, question))
        return talk.text(talk.say("By which name shall the others see you? Write it to me."))

    async def written(self, text: str, question: OpenQuestion, talk: Talk) -> Reply:
        """The name that somebody chose."""
        name = _name_in(text)
        if name is None:
            return talk.text(talk.say("A name has up to 40 letters, and at least one. Write me another one."))
        reply = await self._opt_in(name, talk)
        await self._database.write(lambda session: ChatStore(session).answered(talk.chat_id, question, talk.update_id))
        return reply

    async def group(self, message: Message, talk: Talk) -> Reply:
        """Pace groups of the club on a course; in a group's chat nothing but names and groups."""
        course = await self._course(message, talk)
        if course is None:
            return talk.text(talk.say("For which course? Answer its GPX with /group."))
        await self._database.write(lambda session: ChatStore(session).speak_of(talk.chat_id, course))
        try:
            asked = GroupsRequest(route_id=str(course), type=_MODE)
            groups = await self._club.groups(talk.telegram_id, talk.vouched_at, asked)
        except NotOptedIn:
            return talk.text(
                talk.say("Pace groups are for those who can be found themselves: write /match to me, in our own chat.")
            )
        lines = group_lines(groups, talk.voice, in_group=talk.in_group)
        return talk.text(await self._title(course, talk), "\n".join(lines))

    async def _matches(self, talk: Talk) -> Reply:
        course = (await self._database.read(lambda session: ChatStore(session).memory(talk.chat_id))).course
        if course is None:
            return talk.text(
                talk.say("You can be found. Send me a course, then ask again: I say who suits you on it."),
                buttons=self._choices(talk),
            )
        try:
            matches = await self._club.matches(talk.telegram_id, talk.vouched_at, str(course), _MODE)
        except NotMatchable as hidden:
            return talk.text(hidden_because(hidden.reason, talk.voice), buttons=self._choices(talk))
        lines = "\n".join(match_lines(matches, talk.voice))
        return talk.text(await self._title(course, talk), lines, buttons=self._choices(talk))

    async def _opt_in(self, name: str, talk: Talk) -> Reply:
        await self._choose(MatchingChoice(opted_in=True, name=name), talk)
        return talk.text(talk.say("Done: the others see you as {name}. /match says who suits you.", name=name))

    async def _choose(self, choice: MatchingChoice, talk: Talk) -> None:
        await self._club.choose(talk.telegram_id, talk.vouched_at, choice)

    async def _course(self, message: Message, talk: Talk) -> UUID | None:
        """The course of the GPX that was answered, or that was spoken of last.

        Of a card nobody can tell its course; answered by who sent it there, it is the one they spoke of last with us.
        """
        answered = message.reply_to_message
        if answered is not None and answered.document is not None:
            async with self._fetch(answered.document) as sent:
                route = await self._predictions.add_route(talk.telegram_id, talk.vouched_at, sent)
            return UUID(route.id)
        sender = None if answered is None or answered.from_user is None else answered.from_user.id
        chat_id = (
            talk.telegram_id if answered is not None and answered.photo and sender == talk.telegram_id else talk.chat_id
        )
        return (await self._database.read(lambda session: ChatStore(session).memory(chat_id))).course

    async def _title(self, course: UUID, talk: Talk) -> str:
        route = await self._predictions.route(str(course))
        return f"<b>{escape(short_name(route.name, talk.voice))}</b>\n{course_line(route, talk.voice)}"

    def _offer(self, name: str | None, talk: Talk) -> Reply:
        """What being found means, before anybody turns it on."""
        own = [] if name is None else [[_button(talk.voice.say("Yes, as {name}", name=name), _FIRST_NAME, talk)]]
        return talk.text(
            talk.say(
                "Shall others in the club find you? On a course they are told a name you choose, "
                "and how well you suit each other; you are told the same of them."
            ),
            talk.say(
                "In the club's chat, /group shows your name in a pace group. "
                "Nobody sees your pace, times or outings, and it ends when you say so."
            ),
            buttons=[*own, [_button(talk.voice.say("Yes, by another name"), _OTHER_NAME, talk)]],
        )

    def _choices(self, talk: Talk) -> Buttons:
        return [
            [
                _button(talk.voice.say("Another name"), _OTHER_NAME, talk),
                _button(talk.voice.say("Turn it off"), _OUT, talk),
            ]
        ]


def _button(text: str, choice: str, talk: Talk) -> Button:
    return Button(text=text, data=Tap(MATCH_TAP, (choice,), talk.telegram_id).data())


def _name_in(text: str) -> str | None:
    try:
        return clean_name(text)
    except BadName:
        return None
