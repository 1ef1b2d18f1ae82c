"""On the day: where somebody came by and when, as they write it, and what that says of the rest."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ayda_service.bot.cards import Cards
from ayda_service.bot.onday_words import now_lines
from ayda_service.bot.talk import Reply, Talk
from ayda_service.predictions.service import PredictionService
from kernel.contracts.prediction import Prediction
from languages.passings import SaidPassing, read_passings
from languages.refusals import NotUnderstood
from takealong.along import start_of
from takealong.onday import now_of, read_passed

_LOOKED_AT: Final = 10
"""Newest answers among which the one is that somebody is under way on."""
_LATE: Final = 2.0
"""So many times as long as on a slow day somebody may still be under way."""


class OnTheDay:
    """Understands passing times. Nothing is kept: the last one says all there is to say."""

    def __init__(self, predictions: PredictionService, cards: Cards) -> None:
        self._predictions = predictions
        self._cards = cards

    async def written(self, text: str, talk: Talk, *, asked: bool) -> Reply | None:
        """What a passing time says of the rest; None for a text that is none.

        With a question that was `asked` and is open, only somebody under way is taken to mean one.
        """
        readings = list(read_passings(text, talk.vouched_at, talk.vouched_at, talk.voice.units))
        if not readings:
            return None
        answers = await self._predictions.newest(talk.telegram_id, _LOOKED_AT)
        under_way = next((each for each in answers if _under_way(each, talk.vouched_at)), None)
        if not answers or (asked and under_way is None):
            return None
        return self._told(text, readings, under_way or answers[0], talk, asked=asked)

    def _told(
        self, text: str, readings: list[SaidPassing], prediction: Prediction, talk: Talk, *, asked: bool
    ) -> Reply | None:
        start, meant = start_of(prediction), any(each.place.is_place for each in readings)
        if start is None and meant and any(each.time.moment is not None for each in readings):
            return self._without_start(prediction, talk)
        try:
            passed = read_passed(text, prediction, talk.voice, talk.vouched_at)
        except NotUnderstood as wrong:
            return talk.text(wrong.said_by(talk.voice)) if meant and not asked else None
        if start is not None and start > talk.vouched_at:
            return talk.text(talk.say("That day begins on {start}.", start=talk.voice.moment(start)))
        whole, *lines = now_lines(now_of(prediction, [passed], talk.voice), prediction, talk.voice)
        return talk.text(f"<b>{whole}</b>", "\n".join(lines), buttons=self._cards.in_app(prediction, talk))

    def _without_start(self, prediction: Prediction, talk: Talk) -> Reply:
        return talk.text(
            talk.say("When did you start? Press the button and write it, such as: today 6:00. Then write that again."),
            talk.say("Or write the time since your start: +3:10."),
            buttons=self._cards.start_row(UUID(prediction.prediction_id), talk),
        )


def _under_way(prediction: Prediction, now: datetime) -> bool:
    start = start_of(prediction)
    return start is not None and start <= now <= start + timedelta(seconds=_LATE * prediction.elapsed_s.p90)
