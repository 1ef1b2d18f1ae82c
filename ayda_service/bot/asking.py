"""Asking about the same course again: with a start, with a goal; by a press, or in a person's own words."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from html import escape
from typing import Final
from uuid import UUID

from ayda_service.bot.again import EarlierAnswers, course_key
from ayda_service.bot.cards import GOAL_TAP, START_TAP, Cards
from ayda_service.bot.talk import Button, Reply, Talk
from ayda_service.bot.taps import Tap, short, unshort
from ayda_service.bot.words import goal_lines
from ayda_service.chats.memory import OpenQuestion
from ayda_service.predictions.service import PredictionService
from kernel.contracts.prediction import Prediction
from kernel.zones import known_zone, offset_in_words, zone_name
from languages.moments import read_start
from languages.refusals import NotUnderstood
from languages.typed import read_time_s
from languages.voice import mark

_NOW: Final = "n"
_TOMORROW: Final[dict[str, str]] = {
    "6": mark("Tomorrow 06:00"),
    "7": mark("Tomorrow 07:00"),
    "8": mark("Tomorrow 08:00"),
}
_STEPS_S: Final = ((2 * 3600, 300), (8 * 3600, 900), (10**9, 1800))
"""How finely goals are offered, up to which time."""


class Asking:
    """Questions about an answer that was given."""

    def __init__(self, again: EarlierAnswers, predictions: PredictionService, cards: Cards) -> None:
        self._again = again
        self._predictions = predictions
        self._cards = cards

    async def start(self, tap: Tap, talk: Talk) -> Reply:
        """A press on "Start time": the question; a press on one of its answers: the card."""
        prediction = await self._again.own(unshort(tap.rest[0]), talk)
        there = await self._clock_there(prediction, talk)
        if len(tap.rest) > 1:
            await self._again.chosen("start", talk)
            return await self._with_start(prediction, _chosen(tap.rest[1], there), talk)
        await self._again.question("start", prediction, talk)
        key = short(UUID(prediction.prediction_id))
        choices = {talk.voice.say("Now"): _NOW, **{talk.voice.say(text): hour for hour, text in _TOMORROW.items()}}
        row = [Button(text=text, data=_tap(START_TAP, key, each, talk)) for text, each in choices.items()]
        return talk.text(
            talk.say("When do you start? I mean the clock at the course{zone}.", zone=_zone(there)),
            talk.say("Or write it: Saturday 7:00, 2026-12-05 07:30."),
            buttons=[row[:2], row[2:]],
        )

    async def goal(self, tap: Tap, talk: Talk) -> Reply:
        """A press on "My goal": the question; a press on one of its answers: chance and plan."""
        prediction = await self._again.own(unshort(tap.rest[0]), talk)
        if len(tap.rest) > 1:
            await self._again.chosen("goal", talk)
            return await self._with_goal(prediction, 60.0 * int(tap.rest[1]), talk)
        await self._again.question("goal", prediction, talk)
        key = short(UUID(prediction.prediction_id))
        offered = [
            Button(text=talk.voice.time(goal_s), data=_tap(GOAL_TAP, key, str(goal_s // 60), talk))
            for goal_s in _goals_s(prediction)
        ]
        asked = talk.say("In which time do you want to be there, from start to finish? Or write it: 5:30.")
        return talk.text(asked, buttons=[offered])

    async def written(self, text: str, question: OpenQuestion, talk: Talk) -> Reply:
        """A start or a goal in somebody's own words."""
        if question.prediction_id is None:
            return []
        prediction = await self._again.own(question.prediction_id, talk)
        if question.about == "goal":
            try:
                goal_s = read_time_s(text)
            except NotUnderstood as wrong:
                return talk.text(talk.say("I do not understand that time."), wrong.said_by(talk.voice))
            reply = await self._with_goal(prediction, goal_s, talk)
        else:
            start = read_start(text, await self._clock_there(prediction, talk))
            if start is None:
                return talk.text(
                    talk.say("I do not understand that start. Write it like Saturday 7:00, or 2026-12-05 07:30.")
                )
            reply = await self._with_start(prediction, start, talk)
        await self._again.answered(question, talk)
        return reply

    async def _with_start(self, prediction: Prediction, start: datetime, talk: Talk) -> Reply:
        day = await self._again.told(course_key(prediction.course), talk)
        return [self._cards.card(await self._again.again(prediction, talk, day, start_at=start), talk, day)]

    async def _with_goal(self, prediction: Prediction, goal_s: float, talk: Talk) -> Reply:
        day = await self._again.told(course_key(prediction.course), talk)
        again = await self._again.again(prediction, talk, day, goal_s=goal_s)
        lines = [escape(line) for line in goal_lines(again, talk.voice)]
        return talk.text(f"<b>{lines[0]}</b>", "\n".join(lines[1:]), buttons=self._cards.buttons(again, talk))

    async def _clock_there(self, prediction: Prediction, talk: Talk) -> datetime:
        """The moment of this turn on the clock at the course; UTC where nobody knows which that is."""
        name, course = prediction.time_zone, prediction.course
        if name is None and course is not None and course.route_id is not None:
            name = (await self._predictions.route(course.route_id)).time_zone
        return talk.vouched_at.astimezone(known_zone(name) or UTC)


def _chosen(choice: str, there: datetime) -> datetime:
    """The start behind a button: exactly now, or tomorrow's hour on the clock at the course. Raises KeyError."""
    if choice == _NOW:
        return there.replace(second=0, microsecond=0)
    if choice not in _TOMORROW:
        raise KeyError(choice)
    return datetime.combine(there.date() + timedelta(days=1), time(int(choice)))


def _goals_s(prediction: Prediction) -> list[int]:
    """Three round goals about the time that is to be expected, in whole minutes."""
    expected_s = prediction.elapsed_s.p50
    step_s = next(step_s for up_to_s, step_s in _STEPS_S if expected_s < up_to_s)
    nearest = max(2, round(expected_s / step_s))
    return [step_s * each for each in (nearest - 1, nearest, nearest + 1)]


def _tap(word: str, key: str, choice: str, talk: Talk) -> str:
    return Tap(word, (key, choice), talk.telegram_id).data()


def _zone(there: datetime) -> str:
    """` (Asia/Almaty, UTC+5)`; nothing where nobody knows the zone of the course."""
    name = zone_name(there)
    return "" if name is None else f" ({name}, {offset_in_words(there)})"
