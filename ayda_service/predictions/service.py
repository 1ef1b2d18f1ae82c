"""Predictions, routes and profiles of a member."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from ayda_service.errors import PredictionNotFound, PredictorNotConfigured, RefusedByPredictor, id_in_path
from ayda_service.members.store import MemberStore
from ayda_service.predictions.store import PredictionStore
from ayda_service.predictor.client import PredictorClient
from kernel.contracts.prediction import Mode, Prediction, PredictionRequest, PredictRequest
from kernel.contracts.profile import Profile
from kernel.contracts.route import RaceList, Route
from servicekit.data.database import Database
from servicekit.http.errors import BadUpstreamResponse, UpstreamRefused

THE_MEMBERS_FAULT: Final = frozenset({400, 404, 409, 413, 422})
"""Refusals of the predictor that a member can do something about; any other one is between the services."""


class PredictionService:
    """What a member can ask of the predictor."""

    def __init__(self, database: Database, predictor: PredictorClient | None, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._predictor = predictor
        self._now = now

    async def predict(
        self, telegram_id: int, request: PredictionRequest, *, idempotency_key: str | None = None
    ) -> Prediction:
        """The prediction, kept for the member. Raises PredictorNotConfigured or RefusedByPredictor."""
        key = None if idempotency_key is None else _own_key(telegram_id, idempotency_key)
        asked = PredictRequest(telegram_id=str(telegram_id), **msgspec.structs.asdict(request))
        async with self._asked() as predictor:
            prediction = await predictor.predict(asked, idempotency_key=key)
        values = {"id": _id_of(prediction), "answer": msgspec.json.encode(prediction), "created_at": self._now()}
        await self._database.write(lambda session: _keep(session, telegram_id, values))
        return prediction

    async def prediction(self, telegram_id: int, prediction_id: str) -> Prediction:
        """An earlier answer to the same member. Raises PredictionNotFound."""
        key = id_in_path(prediction_id, PredictionNotFound)
        answer = await self._database.read(lambda session: PredictionStore(session).answer(key, telegram_id))
        if answer is None:
            raise PredictionNotFound
        return msgspec.json.decode(answer, type=Prediction)

    async def add_route(self, gpx: bytes) -> Route:
        """Stores a course. Raises PredictorNotConfigured or RefusedByPredictor."""
        async with self._asked() as predictor:
            return await predictor.add_route(gpx)

    async def profile(self, telegram_id: int, mode: Mode) -> Profile:
        """The member's own profile. Raises PredictorNotConfigured or RefusedByPredictor."""
        async with self._asked() as predictor:
            return await predictor.profile(str(telegram_id), mode)

    async def races(self) -> RaceList:
        """The race catalogue. Raises PredictorNotConfigured."""
        async with self._asked() as predictor:
            return await predictor.races()

    @asynccontextmanager
    async def _asked(self) -> AsyncIterator[PredictorClient]:
        if self._predictor is None:
            raise PredictorNotConfigured
        try:
            yield self._predictor
        except UpstreamRefused as refusal:
            if refusal.problem is None or refusal.status not in THE_MEMBERS_FAULT:
                raise
            raise RefusedByPredictor(refusal.problem) from refusal


def _keep(session: Session, telegram_id: int, values: Mapping[str, Any]) -> None:
    member = MemberStore(session).find_or_create(telegram_id, values["created_at"])
    PredictionStore(session).add({**values, "member_id": member.id})


def _id_of(prediction: Prediction) -> UUID:
    try:
        return UUID(prediction.prediction_id)
    except ValueError:
        raise BadUpstreamResponse("predictor", "no prediction id") from None


def _own_key(telegram_id: int, key: str) -> str:
    """A member's key, unguessable by others and of one length."""
    return hashlib.sha256(f"{telegram_id}:{key}".encode()).hexdigest()
