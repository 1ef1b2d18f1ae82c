"""The same course asked about once more: whatever is not changed stays as it was."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from ayda_service.bot.talk import Talk
from ayda_service.chats.memory import About, OpenQuestion, ToldDay
from ayda_service.chats.store import ChatStore
from ayda_service.predictions.service import PredictionService
from kernel.contracts.prediction import AskedCourse, Prediction, PredictionRequest
from kernel.contracts.said import Conditions
from servicekit.data.database import Database


class EarlierAnswers:
    """Earlier answers to somebody, and what was told of the day since."""

    def __init__(self, database: Database, predictions: PredictionService) -> None:
        self._database = database
        self._predictions = predictions

    async def own(self, prediction_id: UUID, talk: Talk) -> Prediction:
        """An answer to whoever speaks. Raises PredictionNotFound."""
        return await self._predictions.prediction(talk.telegram_id, str(prediction_id))

    async def told(self, course: str | None, talk: Talk) -> Conditions | None:
        """What was told in this chat of the day on this course."""
        memory = await self._database.read(lambda session: ChatStore(session).memory(talk.chat_id))
        return None if memory.day is None or memory.day.course != course else memory.day.conditions

    async def tell(self, day: ToldDay, talk: Talk) -> None:
        """Keeps what is told of a day."""
        await self._database.write(lambda session: ChatStore(session).tell_day(talk.chat_id, day))

    async def first(self, asked: PredictionRequest, talk: Talk) -> tuple[Prediction, Conditions | None]:
        """An answer about a stored course, on the day that was told of it, and that day."""
        day = await self.told(asked.gpx_file_id, talk)
        return await self._ask(msgspec.structs.replace(asked, conditions=as_asked(day, talk)), talk), day

    async def again(
        self,
        prediction: Prediction,
        talk: Talk,
        day: Conditions | None,
        *,
        start_at: datetime | None = None,
        goal_s: float | None = None,
    ) -> Prediction:
        """The same course and effort, on this day."""
        course, plan = prediction.course, prediction.plan
        asked = PredictionRequest(
            gpx_file_id=None if course is None else course.route_id,
            race_id=None if course is None else course.race_id,
            distance_id=None if course is None else course.distance_id,
            effort=prediction.effort,
            start_at=start_at or prediction.start_at,
            goal_s=goal_s or (None if plan is None else float(plan.goal_s)),
            conditions=as_asked(day, talk),
        )
        return await self._ask(asked, talk)

    async def question(self, about: About, prediction: Prediction, talk: Talk) -> None:
        """What is written next answers this."""
        question = OpenQuestion(about, talk.vouched_at, UUID(prediction.prediction_id))
        await self._database.write(lambda session: ChatStore(session).ask(talk.chat_id, question))

    async def chosen(self, about: About, talk: Talk) -> None:
        """What was asked is answered by a press: what is written next is no answer to it."""
        question = (await self._database.read(lambda session: ChatStore(session).memory(talk.chat_id))).question
        if question is not None and question.about == about and question.answered_by is None:
            await self.answered(question, talk)

    async def answered(self, question: OpenQuestion, talk: Talk) -> None:
        """It was answered by this turn."""
        await self._database.write(lambda session: ChatStore(session).answered(talk.chat_id, question, talk.update_id))

    async def _ask(self, asked: PredictionRequest, talk: Talk) -> Prediction:
        return await self._predictions.predict(talk.telegram_id, talk.vouched_at, asked, idempotency_key=talk.key)


def course_key(course: AskedCourse | None) -> str | None:
    """What a course is remembered by; None for one that is not kept."""
    if course is None:
        return None
    return course.route_id or (None if course.race_id is None else f"{course.race_id}/{course.distance_id}")


def as_asked(day: Conditions | None, talk: Talk) -> Conditions | None:
    """The day as the predictor is told of it: the hut has a name in the language of whoever goes."""
    if day is None or day.hut is None:
        return day
    return msgspec.structs.replace(day, hut=msgspec.structs.replace(day.hut, name=talk.voice.say("Hut")))
