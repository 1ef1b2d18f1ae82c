"""The bot as one thing: an update in, what to say out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import aiogram
from aiogram import Dispatcher, Router
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.types import Chat as TelegramChat
from aiogram.types import Update, User
from sqlalchemy.orm import Session

from ayda_service.bot.talk import Content, Talk, Utterance
from ayda_service.chats.store import ChatPlace, ChatStore
from ayda_service.errors import ErasedSince, RefusedByPredictor
from ayda_service.messages.menus import Menus
from ayda_service.problems import PROBLEMS
from ayda_service.updates.jobs import BotAnswer
from ayda_service.updates.models import BotUpdate
from kernel.errors import DomainError
from languages.catalog import language_of
from languages.voice import Units, Voice
from servicekit.data.database import Database
from servicekit.data.trouble import DATABASE_TROUBLE
from servicekit.http.errors import UpstreamError
from servicekit.web.problems import rule_of

_MILES: Final = ("en-us", "en_us")
_GROUPS: Final = frozenset({"group", "supergroup"})


class BotService:
    """Answers updates by the handlers of its routers."""

    def __init__(
        self,
        database: Database,
        telegram: aiogram.Bot,
        routers: Sequence[Router],
        *,
        menus: Menus,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._telegram = telegram
        self._dispatcher = Dispatcher(disable_fsm=True)
        self._dispatcher.include_routers(*routers)
        self._menus = menus
        self._now = now

    async def answer(self, update: BotUpdate) -> BotAnswer | None:
        """As `ayda_service.updates.jobs.Bot`."""
        told = Update.model_validate_json(update.body or b"{}")
        if told.my_chat_member is not None:
            await self._changed(told)
            return None
        turn = _turn(told)
        if turn is None:
            return None
        chat, person, vouched_at = turn
        voice = await self._met(chat, person)
        in_group = chat.type in _GROUPS
        talk = Talk(voice, update.update_id, person.id, chat.id, in_group, vouched_at or update.received_at)
        contents = await self._handled(told, talk)
        last_word = any(isinstance(each, Utterance) and each.slot == FAREWELL for each in contents)
        return BotAnswer(chat.id, contents, None if in_group else person.id, talk.vouched_at, last_word=last_word)

    def broke(self, update: BotUpdate) -> BotAnswer | None:
        """An apology, in English: whatever is broken may be how people are spoken to."""
        if update.chat_id is None or update.chat_id < 0:
            return None
        sorry: list[Content] = [Utterance(text="Something went wrong on my side. Please try that again later.")]
        return BotAnswer(update.chat_id, sorry, update.telegram_id, update.received_at)

    async def _handled(self, told: Update, talk: Talk) -> Sequence[Content]:
        try:
            said: Any = await self._dispatcher.feed_update(self._telegram, told, talk=talk)
        except ErasedSince:
            return []
        except DATABASE_TROUBLE:
            raise
        except RefusedByPredictor as refused:
            problem = refused.problem
            return talk.text(talk.voice.problem(problem.code, problem.detail, [each.field for each in problem.errors]))
        except (DomainError, UpstreamError) as error:
            rule = rule_of(error, PROBLEMS)
            if rule is None:
                raise
            return talk.text(talk.voice.problem(rule.code, str(error)))
        return [] if said is UNHANDLED or said is None else said

    async def _met(self, chat: TelegramChat, person: User) -> Voice:
        private = chat.type == "private"
        place = ChatPlace(chat.id, "private" if private else "group", person.id if private else None)
        language = language_of(person.language_code) if private else "en"
        units: Units = "imperial" if (person.language_code or "").lower() in _MILES else "metric"
        now = self._now()

        def meet(session: Session) -> Voice:
            voice = ChatStore(session).meet(place, language, units, now)
            self._menus.follow(session, place.chat_id)
            return voice

        return await self._database.write(meet)

    async def _changed(self, told: Update) -> None:
        """The bot was blocked or unblocked, let into a group or put out of it."""
        change = told.my_chat_member
        if change is not None and change.new_chat_member.status in {"kicked", "left"}:
            chat_id, now = change.chat.id, self._now()
            await self._database.write(lambda session: ChatStore(session).lost(chat_id, now))


FAREWELL: Final = "farewell"
"""The slot of what is said to somebody who was just erased."""


def _turn(told: Update) -> tuple[TelegramChat, User, datetime | None] | None:
    """Where, who and when: of a press Telegram does not say when."""
    if told.message is not None and told.message.from_user is not None:
        return told.message.chat, told.message.from_user, told.message.date
    if told.callback_query is not None and told.callback_query.message is not None:
        return told.callback_query.message.chat, told.callback_query.from_user, None
    return None
