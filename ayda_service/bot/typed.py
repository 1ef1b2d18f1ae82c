"""What people simply write: where they came by, the answer to what they were asked last, or a word on what to do."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.types import Message

from ayda_service.bot.asking import Asking
from ayda_service.bot.clubs import Clubs
from ayda_service.bot.days import Days
from ayda_service.bot.onday import OnTheDay
from ayda_service.bot.talk import Reply, Talk
from ayda_service.chats.store import ChatStore
from servicekit.data.database import Database


class Typed:
    """Texts that are no commands. In groups people speak to each other."""

    def __init__(self, database: Database, onday: OnTheDay, asking: Asking, days: Days, clubs: Clubs) -> None:
        self._database = database
        self._onday = onday
        self._asking = asking
        self._days = days
        self._clubs = clubs

    def router(self) -> Router:
        """Its handler; nothing that another router takes may come to it."""
        router = Router(name="typed")
        router.message(F.text)(self.text)
        return router

    async def text(self, message: Message, talk: Talk) -> Reply:
        """A text in our own chat."""
        if talk.in_group or message.text is None:
            return []
        memory = await self._database.read(lambda session: ChatStore(session).memory(talk.chat_id))
        question = memory.open_question(talk.update_id, talk.vouched_at)
        passing = await self._onday.written(message.text, talk, asked=question is not None)
        if passing is not None:
            return passing
        if question is None or message.text.startswith("/"):
            return talk.text(talk.say("Send me a GPX, and I say how long it takes you. /help says what else I can do."))
        if question.about == "name":
            return await self._clubs.written(message.text, question, talk)
        if question.about == "day":
            return await self._days.written(message.text, question, talk)
        return await self._asking.written(message.text, question, talk)
