"""What anyone may ask of the predictor without being known; nothing of it is stored here or there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import msgspec
from litestar import Request

from ayda_service.errors import GuestsOff, PredictorNotConfigured
from ayda_service.guests.inline import inline_request
from ayda_service.guests.uploads import GuestUploads
from ayda_service.plans.making import NEEDS_GROUND, Kind, PlanMaker, name_of
from ayda_service.predictor.client import PredictorClient, asking
from kernel.contracts.activity import SportTag
from kernel.contracts.guest import GuestQuestion, ReadingLine
from kernel.contracts.prediction import Prediction, PredictRequest
from kernel.tracks import CourseLine
from languages.voice import Voice
from servicekit.web.problems import spoken_problem
from servicekit.web.sent_files import Sent
from servicekit.web.track_files import FileReader
from takealong.course import Ground, ground_of_line, ground_told
from trackfiles.course import DrawnCourse


class GuestService:
    """Predictions for guests, where the operator lets them in: what they take along, and profiles only they keep."""

    def __init__(
        self,
        predictor: PredictorClient | None,
        maker: PlanMaker,
        files: FileReader,
        uploads: GuestUploads,
        *,
        let_in: bool,
    ) -> None:
        self._predictor = predictor
        self._maker = maker
        self._files = files
        self._uploads = uploads
        self._let_in = let_in

    def let_in(self) -> None:
        """Returns when guests are served here. Raises GuestsOff."""
        if not self._let_in:
            raise GuestsOff

    async def predict(self, question: GuestQuestion) -> Prediction:
        """About a race of the catalogue, with its profile. Raises PredictorNotConfigured, RefusedByPredictor, Busy."""
        async with asking(self._predictor) as predictor:
            return await predictor.predict(_asked(question))

    async def predict_course(self, question: GuestQuestion, sent: Sent) -> Prediction:
        """About the course in a GPX, with its profile. Raises as `predict`, and BadGpx."""
        async with asking(self._predictor) as predictor, inline_request(_asked(question), sent.body) as body:
            return await predictor.predict_sent(body)

    async def plan(self, kind: Kind, question: GuestQuestion, voice: Voice) -> bytes:
        """What is made of a prediction for a race. Raises as `predict`, DrawingBusy and CourseNotKept."""
        prediction = await self.predict(question)
        ground = ground_told(name_of(prediction), prediction.elevation or ())
        return await self._maker.make(kind, prediction, ground, voice)

    async def plan_course(self, kind: Kind, question: GuestQuestion, sent: Sent, voice: Voice) -> bytes:
        """What is made of a prediction for the course in a GPX. Raises as `predict_course`, and DrawingBusy."""
        prediction = await self.predict_course(question, sent)
        drawn = await self._files.course(sent, question.track) if kind in NEEDS_GROUND else None
        ground = ground_told(name_of(prediction)) if drawn is None else await asyncio.to_thread(_ground_of, drawn)
        return await self._maker.make(kind, prediction, ground, voice)

    @asynccontextmanager
    async def profile(
        self, request: Request[Any, Any, Any], sport: SportTag | None
    ) -> AsyncIterator[AsyncGenerator[ReadingLine, None]]:
        """What the predictor tells of the files in a request while it reads them, for the length of the block.

        Raises as `predict`, and what `GuestUploads.receive` raises; the lines raise UpstreamUnavailable and
        BadUpstreamResponse.
        """
        if self._predictor is None:
            raise PredictorNotConfigured
        async with (
            self._uploads.receive(request) as upload,
            asking(self._predictor) as predictor,
            predictor.guest_profile(upload.path, upload.content_type, sport) as lines,
        ):
            yield _spoken(lines)


def _asked(question: GuestQuestion) -> PredictRequest:
    return PredictRequest(**msgspec.structs.asdict(question))


async def _spoken(lines: AsyncGenerator[ReadingLine, None]) -> AsyncGenerator[ReadingLine, None]:
    """The lines with their problem in the guest's language."""
    async with aclosing(lines):
        async for line in lines:
            yield line if line.problem is None else msgspec.structs.replace(line, problem=spoken_problem(line.problem))


def _ground_of(drawn: DrawnCourse) -> Ground:
    return ground_of_line(drawn.name, CourseLine.from_bytes(drawn.line), drawn.course().route)
