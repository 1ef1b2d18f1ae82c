"""What the day will be like: pressed part by part in one message, or written; then the answer once more."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import msgspec

from ayda_service.bot.again import EarlierAnswers, course_key
from ayda_service.bot.cards import DAY_TAP, Cards
from ayda_service.bot.day_words import SURFACES, day_in_words, so_many
from ayda_service.bot.talk import Button, Buttons, Reply, Talk
from ayda_service.bot.taps import Tap, base36, short, unshort
from ayda_service.chats.memory import OpenQuestion, ToldDay
from kernel.contracts.prediction import Prediction
from kernel.contracts.said import Conditions
from languages.day import read_day
from languages.refusals import NotUnderstood
from languages.typed import read_heat_c
from languages.voice import Units

_ANSWER: Final = "a"
_USUAL: Final = "u"
_GONE: Final = "-"
_HEATS: Final[dict[Units, tuple[str, ...]]] = {
    "metric": ("20c", "25c", "30c", "35c"),
    "imperial": ("70f", "80f", "90f", "100f"),
}
"""In degrees; below these heat costs nothing."""
_COMPANIES: Final = (2, 3, 5, 8)
_OFFERED: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "s": ("surface", {each: each for each in SURFACES}),
    "h": ("heat_c", {each: round(read_heat_c(each), 1) for offered in _HEATS.values() for each in offered}),
    "p": ("people", {str(each): each for each in _COMPANIES}),
}
"""What the buttons say, by the letter and the value behind each."""


class Days:
    """Tells the predictor of the day."""

    def __init__(self, again: EarlierAnswers, cards: Cards) -> None:
        self._again = again
        self._cards = cards

    async def pressed(self, tap: Tap, talk: Talk) -> Reply:
        """A press on "The day": the question; on one of its parts: the question with that; on "Answer": the card.

        Every button says what shall be so, never what shall be otherwise, so that a press may be heard twice.
        """
        prediction = await self._again.own(unshort(tap.rest[0]), talk)
        course = course_key(prediction.course)
        day = await self._again.told(course, talk)
        if len(tap.rest) == 1:
            await self._again.question("day", prediction, talk)
            return _question(prediction, day, talk, number=talk.update_id)
        number, choice = int(tap.rest[1], 36), tap.rest[2]
        if choice == _ANSWER:
            return await self._card(prediction, day, talk)
        day = _chosen(choice, day)
        if course is not None:
            await self._again.tell(ToldDay(course, day), talk)
        return _question(prediction, day, talk, number=number)

    async def written(self, text: str, question: OpenQuestion, talk: Talk) -> Reply:
        """A day in somebody's own words: the card.

        What the predictor refuses, such as a hut behind the finish, is not kept.
        """
        if question.prediction_id is None:
            return []
        prediction = await self._again.own(question.prediction_id, talk)
        course = course_key(prediction.course)
        try:
            day = read_day(text, await self._again.told(course, talk), talk.voice.units)
        except NotUnderstood as wrong:
            return talk.text(talk.say("I do not understand that day."), wrong.said_by(talk.voice))
        reply = await self._card(prediction, day, talk)
        if course is not None:
            await self._again.tell(ToldDay(course, day), talk)
        await self._again.answered(question, talk)
        return reply

    async def _card(self, prediction: Prediction, day: Conditions | None, talk: Talk) -> Reply:
        return [self._cards.card(await self._again.again(prediction, talk, day), talk, day)]


def _question(prediction: Prediction, day: Conditions | None, talk: Talk, *, number: int) -> Reply:
    """The one message about this day, which is edited as its parts are pressed."""
    asked = talk.say("What will the day be like? Press what you know; what you do not say changes nothing.")
    written = talk.say("Or write it: 28 °C, rough, 3 people, home 300 m, hut 52 km 6h.")
    told = "" if day is None else talk.say("So far: {day}.", day=day_in_words(day, talk.voice))
    buttons = _buttons(short(UUID(prediction.prediction_id)), day or Conditions(), talk, number)
    return talk.text(asked, written, told, buttons=buttons, slot=f"day-{number}")


def _buttons(key: str, day: Conditions, talk: Talk, number: int) -> Buttons:
    voice = talk.voice

    def button(text: str, choice: str) -> Button:
        return Button(text=text, data=Tap(DAY_TAP, (key, base36(number), choice), talk.telegram_id).data())

    def part(text: str, letter: str, value: str, *, chosen: bool) -> Button:
        return button(f"✓ {text}", letter + _GONE) if chosen else button(text, letter + value)

    heats = [(each, read_heat_c(each)) for each in _HEATS[voice.units]]
    return [
        [part(voice.say(text), "s", each, chosen=day.surface == each) for each, text in SURFACES.items()],
        [part(voice.heat(heat_c), "h", each, chosen=_alike(day.heat_c, heat_c)) for each, heat_c in heats],
        [part(so_many(each, voice), "p", str(each), chosen=day.people == each) for each in _COMPANIES],
        [button(voice.say("As usual"), _USUAL), button(voice.say("Answer"), _ANSWER)],
    ]


def _chosen(choice: str, day: Conditions | None) -> Conditions | None:
    """The day with what a button says. Raises KeyError for none of ours."""
    if choice == _USUAL:
        return None
    letter, value = choice[:1], choice[1:]
    name, offered = _OFFERED[letter]
    changed = msgspec.structs.replace(day or Conditions(), **{name: None if value == _GONE else offered[value]})
    return None if changed == Conditions() else changed


def _alike(heat_c: float | None, other_c: float) -> bool:
    return heat_c is not None and round(heat_c, 1) == round(other_c, 1)
