"""The bot, put together: what hears, what answers, what speaks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, Protocol

from aiogram import Router
from aiogram.types import Document

from ayda_service.accuracy.service import AccuracyService
from ayda_service.bot.again import EarlierAnswers
from ayda_service.bot.asking import Asking
from ayda_service.bot.cards import Cards
from ayda_service.bot.clubs import Clubs
from ayda_service.bot.commands import COMMANDS, Commands
from ayda_service.bot.comparisons import Comparisons
from ayda_service.bot.courses import Courses
from ayda_service.bot.days import Days
from ayda_service.bot.leaving import Leaving
from ayda_service.bot.onday import OnTheDay
from ayda_service.bot.outings import Outings
from ayda_service.bot.paths import PathMemories
from ayda_service.bot.presses import Presses
from ayda_service.bot.service import BotService
from ayda_service.bot.typed import Typed
from ayda_service.club.service import ClubService
from ayda_service.imports.service import ImportService
from ayda_service.me.service import OwnDataService
from ayda_service.members.service import Membership
from ayda_service.messages.client import TelegramClient
from ayda_service.messages.content import Menu
from ayda_service.messages.jobs import Sending
from ayda_service.messages.menus import OPEN_APP, Menus
from ayda_service.messages.service import Outbox
from ayda_service.outings.service import OutingService
from ayda_service.predictions.service import PredictionService
from ayda_service.predictor.client import PredictorClient
from ayda_service.settings import Settings
from ayda_service.strava.service import ConnectionService
from ayda_service.telegram.errors import TelegramAway
from ayda_service.updates.jobs import Answering, Polling
from ayda_service.updates.routes import TELEGRAM_PATH
from ayda_service.updates.service import INTRODUCE, Updates
from ayda_service.updates.store import UpdateStore
from languages.catalog import LANGUAGES
from languages.voice import Voice
from servicekit.data.database import Database
from servicekit.jobs import Job, JobQueue
from servicekit.jobs.outages import Outages
from servicekit.web.sent_files import Sent
from servicekit.web.track_files import FileReader

ENTER_PATH: Final = "/api/v1/strava/enter"
_DAY_S: Final = 86_400.0


class Services(Protocol):
    """What the bot speaks for."""

    @property
    def predictions(self) -> PredictionService:
        """What members ask of the predictor."""
        ...

    @property
    def accuracy(self) -> AccuracyService:
        """How right predictions were."""
        ...

    @property
    def imports(self) -> ImportService:
        """Archives and recordings."""
        ...

    @property
    def club(self) -> ClubService:
        """Partners and pace groups."""
        ...

    @property
    def connections(self) -> ConnectionService:
        """The way to Strava."""
        ...

    @property
    def own_data(self) -> OwnDataService:
        """Erasing."""
        ...

    @property
    def files(self) -> FileReader:
        """What reads files."""
        ...

    @property
    def predictor(self) -> PredictorClient | None:
        """Who knows outings."""
        ...


class HouseBot:
    """A bot that is on."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        queue: JobQueue,
        updates: Updates,
        telegram: TelegramClient,
        *,
        services: Services,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._database = database
        self._telegram = telegram
        self._files = services.files
        self._updates = updates
        self._now = now
        self._outbox = Outbox(queue, now=now)
        self._outages = Outages(TelegramAway, "telegram_away")
        self._menus = Menus(self._outbox, settings.app_url)
        self._bot = BotService(database, telegram.bot, self._routers(services, now), menus=self._menus, now=now)

    def jobs(self, membership: Membership) -> tuple[Job, ...]:
        """All that hears, answers and speaks."""
        answering = Answering(self._database, self._updates, self._outbox, membership, self._bot, now=self._now)
        sending = Sending(self._database, self._outbox, self._telegram, now=self._now)
        polling = Polling(self._updates, self._telegram.updates, self._newest)
        listening = (polling.job(),) if self._settings.telegram.updates == "polling" else ()
        return (
            *answering.jobs(),
            *sending.jobs(),
            *listening,
            Job(INTRODUCE, self._introduce),
            Job("keep_bot_introduced", self._introduce, every_s=_DAY_S),
        )

    async def _introduce(self, _args: object) -> None:
        """Tells Telegram where updates go, and how the bot's commands are called in each language. Raises Snooze."""
        with self._outages.waited_out():
            await self._tell_telegram()

    async def _tell_telegram(self) -> None:
        settings, secret = self._settings, self._settings.telegram.webhook_secret
        address = settings.public_url + TELEGRAM_PATH if settings.telegram.updates == "webhook" else None
        await self._telegram.listen_at(address, "" if secret is None else secret.reveal())
        named = {each: [(name, Voice(each).say(text)) for name, text in COMMANDS] for each in LANGUAGES}
        app = None if settings.app_url is None else Menu(text=Voice().say(OPEN_APP), app=settings.app_url)
        await self._telegram.introduce(named, app)

    def _routers(self, services: Services, now: Callable[[], datetime]) -> list[Router]:
        database, predictions, cards = self._database, services.predictions, Cards(self._settings.app_url)
        commands = Commands(
            database,
            services.connections,
            predictions,
            services.accuracy,
            cards=cards,
            menus=self._menus,
            settings=self._settings,
            enter_path=ENTER_PATH,
        )
        leaving = Leaving(database, services.own_data)
        again = EarlierAnswers(database, predictions)
        courses = Courses(
            *(database, predictions, services.imports, services.files, self._fetch), again=again, cards=cards, now=now
        )
        asking, days = Asking(again, predictions, cards), Days(again, cards)
        clubs = Clubs(database, services.club, predictions, self._fetch, commands.privately)
        known = OutingService(services.predictor)
        outings, paths = Outings(known, commands.privately), PathMemories(known, commands.privately)
        presses = Presses(
            *(database, commands, courses, cards, asking),
            days=days,
            clubs=clubs,
            outings=outings,
            paths=paths,
            comparisons=Comparisons(services.accuracy, commands.privately),
            leaving=leaving,
        )
        typed = Typed(database, OnTheDay(predictions, cards), asking, days, clubs)
        handling = (commands, leaving, clubs, outings, paths, presses, courses, typed)
        return [each.router() for each in handling]

    @asynccontextmanager
    async def _fetch(self, document: Document) -> AsyncIterator[Sent]:
        """A file as if it had been uploaded. Raises FileTooLargeForBots, TelegramAway and what `SentFiles` raises."""
        fetching = self._telegram.download(document.file_id, document.file_size)
        async with fetching as pieces, self._files.receive_stream(pieces) as sent:
            yield sent

    async def _newest(self) -> int | None:
        return await self._database.read(lambda session: UpdateStore(session).newest())
