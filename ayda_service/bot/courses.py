"""Files people send: a course is answered with times, a recording is asked about, an archive is read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from html import escape
from typing import Final, get_args
from uuid import UUID

from aiogram import F, Router
from aiogram.types import CallbackQuery, Document, Message

from ayda_service.bot.again import EarlierAnswers
from ayda_service.bot.cards import Cards
from ayda_service.bot.talk import Button, Buttons, Reply, Talk, Utterance
from ayda_service.bot.taps import Tap, short, unshort
from ayda_service.bot.words import course_line, short_name
from ayda_service.chats.store import ChatStore
from ayda_service.errors import RefusedByPredictor
from ayda_service.imports.service import ImportService
from ayda_service.predictions.service import PredictionService
from ayda_service.telegram.errors import FileTooLargeForBots
from kernel.contracts.prediction import Effort, PredictionRequest
from kernel.contracts.route import CourseWarning, Route
from kernel.tracks import BadTrack
from languages.voice import mark
from servicekit.data.database import Database
from servicekit.web.sent_files import Sent
from servicekit.web.track_files import FileReader
from trackfiles.outing import COURSE_ALL_THE_SAME

GO_TAP: Final = "g"
KEEP_TAP: Final = "k"
Fetch = Callable[[Document], AbstractAsyncContextManager[Sent]]
"""The file behind a document, for the length of the block."""
_HOW: Final[dict[Effort, str]] = {
    "race": mark("race: all you have"),
    "fast": mark("fast: one day in four"),
    "moderate": mark("steady: as on a good day"),
    "easy": mark("easy: with something left"),
}
_NO_COURSE: Final = frozenset({"bad_gpx", "no_elevation"})


class Courses:
    """From a document to an answer."""

    def __init__(
        self,
        database: Database,
        predictions: PredictionService,
        imports: ImportService,
        reader: FileReader,
        fetch: Fetch,
        *,
        again: EarlierAnswers,
        cards: Cards,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._predictions = predictions
        self._imports = imports
        self._reader = reader
        self._fetch = fetch
        self._again = again
        self._cards = cards
        self._now = now

    def router(self) -> Router:
        """Their handlers."""
        router = Router(name="courses")
        router.message(F.document)(self.document)
        return router

    async def document(self, message: Message, talk: Talk) -> Reply:
        """A file: what it is decides its content, never its name."""
        if talk.in_group or message.document is None:
            return []
        try:
            return await self._read(message, message.document, talk)
        except FileTooLargeForBots:
            said = talk.say("Telegram gives me no file larger than 20 MB. Open Ayda and send it there.")
            return talk.text(said, buttons=self._cards.app_row(talk.voice.say("Open Ayda")))

    async def _read(self, message: Message, document: Document, talk: Talk) -> Reply:
        async with self._fetch(document) as sent:
            if sent.zipped:
                # the message about it is said by who follows the import, so that one hand alone writes it
                await self._imports.add(talk.telegram_id, talk.vouched_at, sent, slot=f"import-{talk.update_id}")
                return []
            recorded = await self._is_recording(sent)
            route = await self._course(sent, talk, recorded=recorded)
        if route is None:
            return self._outing(talk, message.message_id)
        if recorded:
            return self._course_or_outing(route, talk, message.message_id)
        return self._how(route, talk)

    async def go(self, tap: Tap, talk: Talk) -> Reply:
        """How somebody means to go this course: the answer."""
        route_id, effort = unshort(tap.rest[0]), _effort(tap.rest[1])
        asked = PredictionRequest(gpx_file_id=str(route_id), effort=effort)
        prediction, day = await self._again.first(asked, talk)
        await self._speak_of(talk, route_id)
        return [self._cards.card(prediction, talk, day)]

    async def keep(self, query: CallbackQuery, talk: Talk) -> Reply:
        """A recording that is an outing of whoever sent it: the message that was answered has the file."""
        told = query.message.reply_to_message if isinstance(query.message, Message) else None
        if told is None or told.document is None:
            return talk.text(talk.say("I no longer have that file. Please send it again."))
        async with self._fetch(told.document) as sent:
            added = await self._imports.activities.add(talk.telegram_id, talk.vouched_at, sent, None, "telegram_upload")
        if added.status == "duplicate":
            return talk.text(talk.say("I have that outing already."))
        said = talk.say(
            "Kept: {length} in {time}.",
            length=talk.voice.length(added.activity.distance_m),
            time=talk.voice.time(added.activity.moving_time_s),
        )
        put_right = [talk.voice.warning(CourseWarning(each.code, each.message)) for each in added.corrections]
        return talk.text(said, *put_right, talk.say("It goes to Strava too.") if added.uploads_to_strava else "")

    async def _is_recording(self, sent: Sent) -> bool:
        """Whether it says when each point was reached. Raises BadTrack for what is neither."""
        try:
            await self._reader.outing(sent, "run", self._now())
        except BadTrack as bad:
            if bad.reason in COURSE_ALL_THE_SAME:
                return False
            raise
        return True

    async def _course(self, sent: Sent, talk: Talk, *, recorded: bool) -> Route | None:
        """The course in a file, from now on the one that is spoken of; None for a recording that tells none."""
        try:
            route = await self._predictions.add_route(talk.telegram_id, talk.vouched_at, sent)
        except RefusedByPredictor as refused:
            if recorded and refused.problem.code in _NO_COURSE:
                return None
            raise
        await self._speak_of(talk, UUID(route.id))
        return route

    async def _speak_of(self, talk: Talk, route_id: UUID) -> None:
        await self._database.write(lambda session: ChatStore(session).speak_of(talk.chat_id, route_id))

    def _how(self, route: Route, talk: Talk) -> Reply:
        return talk.text(
            _titled(route, talk),
            talk.say("How do you go?"),
            buttons=self._efforts(route, talk),
        )

    def _course_or_outing(self, route: Route, talk: Talk, message_id: int) -> Reply:
        asked = talk.say("Somebody went this. Shall I predict it for you, or is it an outing of yours?")
        buttons = [*self._efforts(route, talk), [_keep(talk)]]
        return [Utterance(text=f"{_titled(route, talk)}\n\n{asked}", buttons=buttons, reply_to=message_id)]

    def _outing(self, talk: Talk, message_id: int) -> Reply:
        """A recording as watches write them, of which no course is made."""
        asked = talk.say("That is a recording. If it is an outing of yours, I learn from it; to predict, I need a GPX.")
        return [Utterance(text=asked, buttons=[[_keep(talk)]], reply_to=message_id)]

    def _efforts(self, route: Route, talk: Talk) -> Buttons:
        course = short(UUID(route.id))
        return [
            [Button(text=talk.voice.say(_HOW[effort]), data=Tap(GO_TAP, (course, effort[0]), talk.telegram_id).data())]
            for effort in get_args(Effort)
        ]


def _titled(route: Route, talk: Talk) -> str:
    return f"<b>{escape(short_name(route.name, talk.voice))}</b>\n{course_line(route, talk.voice)}"


def _keep(talk: Talk) -> Button:
    return Button(text=talk.voice.say("It is an outing of mine"), data=Tap(KEEP_TAP, (), talk.telegram_id).data())


def _effort(letter: str) -> Effort:
    return next((each for each in get_args(Effort) if each[0] == letter), "moderate")
