"""Whether the paths of outings are remembered: asked for, told about, and forgotten, in one message."""

from __future__ import annotations

from typing import Final

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from ayda_service.bot.talk import Button, Privately, Reply, Talk
from ayda_service.bot.taps import Tap
from ayda_service.outings.service import OutingService
from kernel.contracts.activity import OwnPaths, OwnPathsChoice

PATHS_TAP: Final = "p"
_REMEMBER, _FORGET = "1", "0"


class PathMemories:
    """`/paths`."""

    def __init__(self, outings: OutingService, privately: Privately) -> None:
        """`privately` says that something is for our own chat."""
        self._outings = outings
        self._privately = privately

    def router(self) -> Router:
        """Its handler."""
        router = Router(name="paths")
        router.message(Command("paths"))(self.state)
        return router

    async def state(self, _message: Message, talk: Talk) -> Reply:
        """What is remembered, and the button that changes it; in our own chat alone."""
        if talk.in_group:
            return self._privately(talk)
        return _shown(await self._outings.paths(talk.telegram_id), talk)

    async def pressed(self, tap: Tap, talk: Talk) -> Reply:
        """From now on, or no longer. Raises KeyError for another button."""
        if talk.in_group:
            return self._privately(talk)
        choice = OwnPathsChoice({_REMEMBER: True, _FORGET: False}[tap.rest[0]])
        return _shown(await self._outings.choose_paths(talk.telegram_id, choice), talk)


def _shown(paths: OwnPaths, talk: Talk) -> Reply:
    if not paths.remembered:
        asked = talk.say(
            "I can remember the paths of your outings: where you have been before, I say better how long you take."
        )
        kept = talk.say(
            "I keep no places for it, only marks that nobody can read without your key, and only you get what they say."
        )
        return talk.text(asked, kept, buttons=[[_button(talk.voice.say("Remember my paths"), _REMEMBER, talk)]])
    later = talk.say("Those from before I learn when they come again, as in your archive from Strava.")
    buttons = [[_button(talk.voice.say("Forget my paths"), _FORGET, talk)]]
    return talk.text(_known(paths.outings, talk), later, buttons=buttons)


def _known(outings: int, talk: Talk) -> str:
    if not outings:
        return talk.say("From now on I remember the paths of your outings.")
    return talk.voice.count(
        "I remember the paths of {number} outing of yours.",
        "I remember the paths of {number} of your outings.",
        outings,
    )


def _button(text: str, choice: str, talk: Talk) -> Button:
    return Button(text=text, data=Tap(PATHS_TAP, (choice,), talk.telegram_id).data())
