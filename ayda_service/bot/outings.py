"""Single outings: a day that was not like somebody is left out, and counted again, in one message."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from ayda_service.bot.outing_words import outing_button, outing_line, short_outing
from ayda_service.bot.talk import Button, Buttons, Privately, Reply, Talk
from ayda_service.bot.taps import Tap, base36, short, unshort
from ayda_service.outings.service import OutingService
from kernel.contracts.activity import KnownOuting, OutingChoice

OUTINGS_TAP: Final = "e"
PER_PAGE: Final = 6
"""What a phone shows at once with its buttons."""
_COUNT, _LEAVE_OUT = "1", "0"
_MOST_ASKED: Final = 10
"""Pages of the predictor that are looked through for one page here; what is older is in the app."""
_LARGEST: Final = 2**53


class Outings:
    """`/outings`."""

    def __init__(self, outings: OutingService, privately: Privately) -> None:
        """`privately` says that something is for our own chat."""
        self._outings = outings
        self._privately = privately

    def router(self) -> Router:
        """Its handler."""
        router = Router(name="outings")
        router.message(Command("outings"))(self.newest)
        return router

    async def newest(self, _message: Message, talk: Talk) -> Reply:
        """The newest outings, of which each can be left out; in our own chat alone."""
        return self._privately(talk) if talk.in_group else await self._page(0, talk, number=talk.update_id)

    async def pressed(self, tap: Tap, talk: Talk) -> Reply:
        """The first page; another one; or an outing that counts, or not, from now on.

        Every button says what shall be so, never what shall be otherwise, so that a press may be heard twice.
        """
        if talk.in_group:
            return self._privately(talk)
        if not tap.rest:
            return await self._page(0, talk, number=talk.update_id)
        number, page = (min(int(each, 36), _LARGEST) for each in tap.rest[:2])
        said = await self._chosen(tap.rest[2], talk) if tap.rest[2:] else ""
        return await self._page(max(page, 0), talk, number=number, said=said)

    async def _chosen(self, choice: str, talk: Talk) -> str:
        wanted = {_COUNT: True, _LEAVE_OUT: False}[choice[:1]]
        outing = await self._outings.choose(talk.telegram_id, str(unshort(choice[1:])), OutingChoice(wanted))
        named = short_outing(outing, talk.vouched_at, talk.voice)
        if wanted:
            return talk.say("{outing} counts again.", outing=named)
        return talk.say("{outing} is left out: nothing rests on it any more.", outing=named)

    async def _page(self, page: int, talk: Talk, *, number: int, said: str = "") -> Reply:
        """The one message about outings, which is edited as they are pressed."""
        found = await self._found((page + 1) * PER_PAGE + 1, talk)
        if not found:
            return talk.text(
                talk.say("I know nothing of you yet. Connect Strava with /connect, or send me your recordings.")
            )
        page = min(page, (len(found) - 1) // PER_PAGE)
        shown = found[page * PER_PAGE :][:PER_PAGE]
        asked = talk.say(
            "What I say of you rests on these outings. Was a day not like you: ill, with children, "
            "with a broken watch? Press it, and it no longer counts; press it again, and it does."
        )
        lines = "\n".join(outing_line(each, talk.vouched_at, talk.voice) for each in shown)
        further = len(found) > (page + 1) * PER_PAGE
        buttons = _buttons(shown, page, talk, number=number, further=further)
        return talk.text(said, asked, lines, buttons=buttons, slot=f"outings-{number}")

    async def _found(self, wanted: int, talk: Talk) -> list[KnownOuting]:
        """The newest outings that count or would, had they not been left out by their member."""
        found: list[KnownOuting] = []
        before: str | None = None
        for _ in range(_MOST_ASKED):
            told = await self._outings.page(talk.telegram_id, before)
            found += [each for each in told.outings if each.left_out is None]
            before = told.earlier
            if before is None or len(found) >= wanted:
                break
        return found


def outings_row(talk: Talk) -> Buttons:
    """A button that leads to the outings."""
    return [[Button(text=talk.voice.say("Outings that count"), data=Tap(OUTINGS_TAP, (), talk.telegram_id).data())]]


def _buttons(shown: list[KnownOuting], page: int, talk: Talk, *, number: int, further: bool) -> Buttons:
    def button(text: str, page: int, *choice: str) -> Button:
        rest = (base36(number), base36(page), *choice)
        return Button(text=text, data=Tap(OUTINGS_TAP, rest, talk.telegram_id).data())

    rows = [
        [
            button(
                outing_button(each, talk.vouched_at, talk.voice),
                page,
                (_COUNT if each.switched_off else _LEAVE_OUT) + short(UUID(each.id)),
            )
        ]
        for each in shown
    ]
    newer = [button(talk.voice.say("← Newer"), page - 1)] if page else []
    earlier = [button(talk.voice.say("Earlier →"), page + 1)] if further else []
    return [*rows, newer + earlier] if newer or earlier else rows
