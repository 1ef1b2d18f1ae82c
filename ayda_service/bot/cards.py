"""The answer as it stands in the chat: the card, and what can be done with it."""

from __future__ import annotations

from html import escape
from typing import Final
from uuid import UUID

from ayda_service.bot.day_words import day_line
from ayda_service.bot.talk import Button, Buttons, Card, PlanFile, Reply, Talk
from ayda_service.bot.taps import Tap, short, unshort
from ayda_service.bot.words import clock_lines, rests_on
from ayda_service.plans.service import FileKind
from kernel.contracts.prediction import Prediction
from kernel.contracts.said import Conditions
from languages.voice import mark
from takealong.told import answer_lines

FILE_TAP: Final = "f"
START_TAP: Final = "s"
GOAL_TAP: Final = "o"
DAY_TAP: Final = "w"
_FILES: Final[dict[str, tuple[FileKind, str]]] = {
    "g": ("plan.gpx", mark("Plan as GPX")),
    "t": ("course.tcx", mark("For the watch")),
    "c": ("plan.csv", mark("Table")),
}


class Cards:
    """Makes answers of predictions."""

    def __init__(self, app_url: str | None) -> None:
        """`app_url`: the address of the Mini App, where Telegram opens it."""
        self._app_url = app_url

    def card(self, prediction: Prediction, talk: Talk, day: Conditions | None) -> Card:
        """The picture with its caption and buttons; `day` is what was told of it."""
        voice = talk.voice
        whole, margin, moving = answer_lines(prediction, voice)
        lines = [
            f"<b>{escape(whole)}</b>",
            *(escape(line) for line in (margin, moving, *clock_lines(prediction, voice))),
            *(() if day is None else (escape(day_line(day, prediction, voice)),)),
        ]
        caption = "\n".join(lines) + "\n\n" + escape(rests_on(prediction, voice))
        if prediction.start_at is not None and not talk.in_group:
            caption += "\n\n" + talk.say("On the day, write me where you come by and when: CP3 12:40.")
        return Card(
            owner=talk.telegram_id,
            prediction_id=UUID(prediction.prediction_id),
            text=caption,
            buttons=self.buttons(prediction, talk),
        )

    def buttons(self, prediction: Prediction, talk: Talk) -> Buttons:
        """What can be done with an answer: files, another start, a goal, the day, the app."""
        voice, key = talk.voice, UUID(prediction.prediction_id)
        files = [
            Button(text=voice.say(name), data=Tap(FILE_TAP, (short(key), letter), talk.telegram_id).data())
            for letter, (_, name) in _FILES.items()
        ]
        asked = [
            *self.start_row(key, talk)[0],
            Button(text=voice.say("My goal"), data=Tap(GOAL_TAP, (short(key),), talk.telegram_id).data()),
            Button(text=voice.say("The day"), data=Tap(DAY_TAP, (short(key),), talk.telegram_id).data()),
        ]
        return [files, asked, *self.in_app(prediction, talk)]

    def start_row(self, key: UUID, talk: Talk) -> Buttons:
        """A button that asks for the start."""
        return [
            [Button(text=talk.voice.say("Start time"), data=Tap(START_TAP, (short(key),), talk.telegram_id).data())]
        ]

    def in_app(self, prediction: Prediction, talk: Talk) -> Buttons:
        """A button that opens an answer in the Mini App, where Telegram does."""
        if self._app_url is None:
            return []
        address = f"{self._app_url}#prediction={prediction.prediction_id}"
        return [[Button(text=talk.voice.say("Open in the app"), app=address)]]

    def app_row(self, text: str) -> Buttons:
        """A button that opens the Mini App, where Telegram does."""
        return [] if self._app_url is None else [[Button(text=text, app=self._app_url)]]

    def file(self, tap: Tap, talk: Talk) -> Reply:
        """A file to take along."""
        kind, name = _FILES[tap.rest[1]]
        return [
            PlanFile(
                owner=talk.telegram_id,
                prediction_id=unshort(tap.rest[0]),
                kind=kind,
                text=talk.voice.say(name),
                otherwise=talk.say("I can no longer make that file. Please send me the course again."),
            )
        ]
