"""A comparison that was wrong, taken back from below the message that told it; and that, too, taken back."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from ayda_service.accuracy.service import AccuracyService
from ayda_service.bot.talk import Button, Buttons, Privately, Reply, Talk
from ayda_service.bot.taps import Tap, short, unshort
from ayda_service.members.notices import Compared
from kernel.contracts.accuracy import OutingLink
from languages.voice import Voice

WENT_TAP: Final = "n"
_IT_WAS, _IT_WAS_NOT = "1", "0"


class Comparisons:
    """Whether an outing went along a course, as its member says."""

    def __init__(self, accuracy: AccuracyService, privately: Privately) -> None:
        """`privately` says that something is for our own chat."""
        self._accuracy = accuracy
        self._privately = privately

    async def pressed(self, tap: Tap, talk: Talk) -> Reply:
        """That it was the outing, or that it was not; heard twice it is the same."""
        if talk.in_group:
            return self._privately(talk)
        forecast, outing = unshort(tap.rest[0]), unshort(tap.rest[1])
        it_was = {_IT_WAS: True, _IT_WAS_NOT: False}[tap.rest[2]]
        link = OutingLink(str(outing) if it_was else None)
        await self._accuracy.link(talk.telegram_id, str(forecast), link)
        said = (
            talk.say("Done: it is compared again. /accuracy says how right I was.")
            if it_was
            else talk.say(
                "Done: I no longer compare it with what I had said. It still counts as an outing; "
                "/outings leaves it out."
            )
        )
        return talk.text(said, buttons=_row(talk.voice, forecast, outing, talk.telegram_id, it_was=it_was))


def undoing(voice: Voice, told: Compared, telegram_id: int) -> Buttons:
    """The button below a comparison; none below one that an earlier version told."""
    if told.prediction_id is None or told.activity_id is None:
        return []
    return _row(voice, UUID(told.prediction_id), UUID(told.activity_id), telegram_id, it_was=True)


def _row(voice: Voice, forecast: UUID, outing: UUID, telegram_id: int, *, it_was: bool) -> Buttons:
    """What can be said instead of how it is."""
    text = voice.say("That was not this course") if it_was else voice.say("It was this course after all")
    rest = (short(forecast), short(outing), _IT_WAS_NOT if it_was else _IT_WAS)
    return [[Button(text=text, data=Tap(WENT_TAP, rest, telegram_id).data())]]
