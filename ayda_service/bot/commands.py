"""The commands that answer with words: what the bot is, how it speaks, what it knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, get_args
from urllib.parse import urlencode

from aiogram import Router
from aiogram.filters import Command, CommandStart
from aiogram.types import Message
from sqlalchemy.orm import Session

from ayda_service.accuracy.service import AccuracyService
from ayda_service.bot.accuracy_words import accuracy_lines
from ayda_service.bot.cards import Cards
from ayda_service.bot.outings import outings_row
from ayda_service.bot.talk import Button, Reply, Talk
from ayda_service.bot.taps import Tap
from ayda_service.bot.words import profile_lines
from ayda_service.chats.store import ChatStore
from ayda_service.messages.menus import Menus
from ayda_service.predictions.service import PredictionService
from ayda_service.settings import Settings
from ayda_service.strava.service import ConnectionService
from languages.catalog import LANGUAGES, Language
from languages.voice import Units, Voice, mark
from servicekit.data.database import Database

COMMANDS: Final[tuple[tuple[str, str], ...]] = (
    ("predict", mark("How long will a route take me?")),
    ("connect", mark("Connect Strava")),
    ("profile", mark("What you know about me")),
    ("outings", mark("Days that shall not count")),
    ("paths", mark("Paths I know")),
    ("accuracy", mark("How right you were")),
    ("match", mark("Who suits me on a course")),
    ("group", mark("Pace groups of the club")),
    ("units", mark("Kilometres or miles")),
    ("language", mark("Language")),
    ("privacy", mark("What you keep and what you do not")),
    ("delete", mark("Erase everything about me")),
    ("help", mark("What you can do")),
)
LANGUAGE_TAP: Final = "l"
UNITS_TAP: Final = "u"
_NAMES: Final[dict[Language, str]] = {"en": "English", "ru": "Русский", "ko": "한국어"}
_UNITS: Final[dict[Units, str]] = {"metric": mark("Kilometres"), "imperial": mark("Miles")}


class Commands:
    """Answers to commands. Nothing personal is said in a group."""

    def __init__(
        self,
        database: Database,
        connections: ConnectionService,
        predictions: PredictionService,
        accuracy: AccuracyService,
        *,
        cards: Cards,
        menus: Menus,
        settings: Settings,
        enter_path: str,
    ) -> None:
        self._database = database
        self._connections = connections
        self._predictions = predictions
        self._accuracy = accuracy
        self._public_url = settings.public_url
        self._cards = cards
        self._menus = menus
        self._enter_path = enter_path
        self._bot_link = settings.bot_link

    def router(self) -> Router:
        """Their handlers."""
        router = Router(name="commands")
        answers: tuple[tuple[str, Callable[..., Any]], ...] = (
            ("help", self.help),
            ("privacy", self.privacy),
            ("units", self.units),
            ("language", self.language),
            ("connect", self.connect),
            ("profile", self.profile),
            ("accuracy", self.accuracy),
            ("predict", self.predict),
        )
        router.message(CommandStart())(self.start)
        for name, answer in answers:
            router.message(Command(name))(answer)
        return router

    async def start(self, _message: Message, talk: Talk) -> Reply:
        """The greeting."""
        if talk.in_group:
            return self.privately(talk)
        return talk.text(
            talk.say("Hello! I tell you how long a route will take you."),
            talk.say(
                "Send me the GPX of a route. It becomes about you once you /connect Strava or send me recordings."
            ),
            buttons=self._cards.app_row(talk.voice.say("Open Ayda")),
        )

    async def help(self, _message: Message, talk: Talk) -> Reply:
        """What there is."""
        lines = [f"/{name} - {talk.say(text)}" for name, text in COMMANDS]
        return talk.text(
            talk.say("Send me a GPX: I answer with times. Beyond that:"),
            "\n".join(lines),
            talk.say("On the day, write me where you come by and when: CP3 12:40."),
        )

    async def predict(self, _message: Message, talk: Talk) -> Reply:
        """How to ask."""
        return talk.text(
            talk.say("Send me the GPX of the route: as a file, from any app that plans routes."),
            buttons=[] if talk.in_group else self._cards.app_row(talk.voice.say("Choose a race")),
        )

    async def privacy(self, _message: Message, talk: Talk) -> Reply:
        """What is kept."""
        return talk.text(
            talk.say("I keep what you send me and what you let me read at Strava, to predict your times."),
            talk.say(
                "Others see nothing of it, unless you let them find you: then a name you choose, and whom you suit."
            ),
            talk.say("Text messages are forgotten once they are answered. /delete erases everything, and says so."),
        )

    async def units(self, _message: Message, talk: Talk) -> Reply:
        """The choice of units."""
        row = [
            Button(text=talk.voice.say(name), data=Tap(UNITS_TAP, (units,), talk.telegram_id).data())
            for units, name in _UNITS.items()
        ]
        return talk.text(talk.say("Kilometres or miles?"), buttons=[row])

    async def language(self, _message: Message, talk: Talk) -> Reply:
        """The choice of language; each is written in itself."""
        row = [
            Button(text=_NAMES[language], data=Tap(LANGUAGE_TAP, (language,), talk.telegram_id).data())
            for language in LANGUAGES
        ]
        return talk.text(talk.say("Which language?"), buttons=[row])

    async def choose_units(self, chosen: str, talk: Talk) -> Reply:
        """A press on one of the units."""
        units = next((each for each in get_args(Units) if each == chosen), None)
        if units is None:
            return []
        await self._database.write(lambda session: ChatStore(session).choose(talk.chat_id, units=units))
        return talk.text(talk.say("Done: from now on in {units}.", units=talk.voice.say(_UNITS[units]).lower()))

    async def choose_language(self, chosen: str, talk: Talk) -> Reply:
        """A press on one of the languages."""
        language = next((each for each in LANGUAGES if each == chosen), None)
        if language is None:
            return []
        await self._database.write(lambda session: self._speak(session, talk.chat_id, language))
        return talk.text(Voice(language, talk.voice.units).say("Done: I speak English now."))

    def _speak(self, session: Session, chat_id: int, language: Language) -> None:
        ChatStore(session).choose(chat_id, language=language)
        self._menus.follow(session, chat_id)

    async def connect(self, _message: Message, talk: Talk) -> Reply:
        """The way to Strava, or that it is connected."""
        if talk.in_group:
            return self.privately(talk)
        status = await self._connections.status(talk.telegram_id)
        if status.state == "connected":
            return talk.text(talk.say("Strava is connected. New activities come in by themselves."))
        ticket = await self._connections.ticket(talk.telegram_id, talk.vouched_at)
        address = f"{self._public_url}{self._enter_path}?{urlencode({'ticket': ticket})}"
        said = (
            talk.say("Strava no longer lets me in. Please connect it again.")
            if status.state == "reauth_required"
            else talk.say("Connect Strava, and every answer is about you.")
        )
        more = talk.say("The link opens your browser, works once, and for five minutes.")
        return talk.text(said, more, buttons=[[Button(text=talk.voice.say("Connect Strava"), url=address)]])

    async def profile(self, _message: Message, talk: Talk) -> Reply:
        """What is known of whoever asks."""
        if talk.in_group:
            return self.privately(talk)
        found = await self._predictions.profile(talk.telegram_id, "trail_run")
        outings = outings_row(talk) if found.has_profile else []
        return talk.text(
            "\n".join(profile_lines(found, talk.voice)),
            buttons=[*outings, *self._cards.app_row(talk.voice.say("See more"))],
        )

    async def accuracy(self, _message: Message, talk: Talk) -> Reply:
        """How right predictions were."""
        if talk.in_group:
            return self.privately(talk)
        found = await self._accuracy.accuracy(talk.telegram_id)
        newest = next(iter(await self._predictions.newest(talk.telegram_id)), None)
        return talk.text(
            *accuracy_lines(found, newest, talk.voice), buttons=self._cards.app_row(talk.voice.say("See more"))
        )

    def privately(self, talk: Talk) -> Reply:
        """That this is for the two of us."""
        where: Sequence[Button] = (
            [Button(text=talk.voice.say("Write to me"), url=self._bot_link)] if self._bot_link else []
        )
        return talk.text(
            talk.say("That is between you and me: ask me in our own chat."), buttons=[list(where)] if where else []
        )
