"""Erasing a member from the chat."""

from __future__ import annotations

from typing import Final

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from ayda_service.bot.service import FAREWELL
from ayda_service.bot.talk import Button, Reply, Talk, Utterance
from ayda_service.bot.taps import Tap
from ayda_service.me.service import OwnDataService, Receipt
from ayda_service.updates.store import UpdateStore
from languages.voice import Voice
from servicekit.data.database import Database

DELETE_TAP: Final = "d"


class Leaving:
    """`/delete`, its question, and what is said at the end."""

    def __init__(self, database: Database, own_data: OwnDataService) -> None:
        self._database = database
        self._own_data = own_data

    def router(self) -> Router:
        """Its handlers."""
        router = Router(name="leaving")
        router.message(Command("delete"))(self.ask)
        return router

    async def ask(self, _message: Message, talk: Talk) -> Reply:
        """Whether that is meant."""
        if talk.in_group:
            return talk.text(talk.say("That is between you and me: ask me in our own chat."))
        yes = Button(text=talk.voice.say("Yes, erase everything"), data=Tap(DELETE_TAP, (), talk.telegram_id).data())
        return talk.text(
            talk.say(
                "This erases all I have of you: connection, recordings, profile and answers. It cannot be undone."
            ),
            buttons=[[yes]],
        )

    async def erase(self, talk: Talk) -> Reply:
        """The end, with the receipt. Asked again it is the same one."""
        await self._database.write(lambda session: UpdateStore(session).outlives(talk.update_id))
        receipt = await self._own_data.erase(talk.telegram_id, talk.vouched_at)
        return [Utterance(text="\n\n".join(_told(receipt, talk.voice)), slot=FAREWELL)]


def _told(receipt: Receipt, voice: Voice) -> list[str]:
    rows = sum(receipt.erased_in_ayda.values()) + sum((receipt.erased_in_predictor or {}).values())
    said = [voice.count("Erased: {number} entry.", "Erased: {number} entries.", rows)]
    if receipt.finished_at is None:
        said.append(voice.say("What the other services have to erase is under way and goes on by itself."))
    if receipt.strava == "given_up":
        said.append(
            voice.say("Strava could not be told: please end the connection in Strava's settings, under My Apps.")
        )
    number = f"<code>{receipt.id}</code>"
    said.append(voice.say("Your receipt: {receipt}", receipt=number))
    said.append(voice.say("If you write to me again, we begin anew."))
    return said
