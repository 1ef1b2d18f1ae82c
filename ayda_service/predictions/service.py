"""Predictions, routes and profiles of a member."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from ayda_service.budgets.service import DailyBudget
from ayda_service.errors import PredictionNotFound, id_in_path
from ayda_service.members.service import Membership
from ayda_service.predictions.store import PredictionStore
from ayda_service.predictor.client import PredictorClient, asking
from ayda_service.settings import MemberBudgets
from kernel.contracts.prediction import Mode, Prediction, PredictionRequest, PredictRequest
from kernel.contracts.profile import Profile
from kernel.contracts.route import RaceCourse, RaceList, Route, RouteTrack
from servicekit.base.settings import Secret
from servicekit.data.database import Database
from servicekit.http.errors import BadUpstreamResponse
from servicekit.web.sent_files import Sent

MOST_KEPT: Final = 1_000
"""Of one member's predictions, the newest ones."""


class PredictionService:
    """What a member can ask of the predictor."""

    def __init__(
        self,
        database: Database,
        predictor: PredictorClient | None,
        membership: Membership,
        *,
        key: Secret,
        budgets: MemberBudgets,
        now: Callable[[], datetime],
    ) -> None:
        """`key`: any secret, for what the predictor is shown of the keys of members' requests."""
        self._database = database
        self._predictor = predictor
        self._membership = membership
        self._key = hmac.digest(b"ayda requests", key.reveal().encode(), "sha256")
        daily = partial(DailyBudget, database, membership, now=now)
        self._predictions = daily("predictions", budgets.predictions_per_day)
        self._routes = daily("routes", budgets.routes_per_day)
        self._now = now

    async def predict(
        self,
        telegram_id: int,
        vouched_at: datetime,
        request: PredictionRequest,
        *,
        idempotency_key: str | None = None,
    ) -> Prediction:
        """The prediction, kept for the member.

        One that was made of a connection that has ended meanwhile is given and not kept. Raises PredictorNotConfigured,
        RefusedByPredictor, DailyLimit or ErasedSince.
        """
        key = None if idempotency_key is None else self._own_key(telegram_id, idempotency_key)
        asked = PredictRequest(telegram_id=str(telegram_id), **msgspec.structs.asdict(request))
        again = partial(_is_answered, telegram_id, key)
        ends = await self._database.read(lambda session: self._membership.ends(session, telegram_id))
        async with asking(self._predictor) as predictor, self._predictions.spent(telegram_id, vouched_at, free=again):
            prediction = await predictor.predict(asked, idempotency_key=key)
            values = {"id": _id_of(prediction), "answer": msgspec.json.encode(prediction), "created_at": self._now()}
            kept, made_of = {**values, "key_digest": key}, ends if prediction.personalized else None
            await self._database.write(lambda session: self._keep(session, telegram_id, vouched_at, kept, made_of))
        return prediction

    async def prediction(self, telegram_id: int, prediction_id: str) -> Prediction:
        """An earlier answer to the same member. Raises PredictionNotFound."""
        key = id_in_path(prediction_id, PredictionNotFound)
        answer = await self._database.read(lambda session: PredictionStore(session).answer(key, telegram_id))
        if answer is None:
            raise PredictionNotFound
        return msgspec.json.decode(answer, type=Prediction)

    async def newest(self, telegram_id: int, most: int = 1) -> list[Prediction]:
        """The last answers to a member that are kept, the newest first."""
        answers = await self._database.read(lambda session: PredictionStore(session).newest(telegram_id, most))
        return [msgspec.json.decode(answer, type=Prediction) for answer in answers]

    async def add_route(self, telegram_id: int, vouched_at: datetime, sent: Sent, track: str | None = None) -> Route:
        """Stores a course, of several in its file this one.

        Raises PredictorNotConfigured, RefusedByPredictor, Busy, DailyLimit or ErasedSince.
        """
        async with asking(self._predictor) as predictor, self._routes.spent(telegram_id, vouched_at):
            return await predictor.add_route(sent.body, track)

    async def profile(self, telegram_id: int, mode: Mode) -> Profile:
        """The member's own profile. Raises PredictorNotConfigured or RefusedByPredictor."""
        async with asking(self._predictor) as predictor:
            return await predictor.profile(str(telegram_id), mode)

    async def route(self, route_id: str) -> Route:
        """A stored course. Raises PredictorNotConfigured or RefusedByPredictor."""
        async with asking(self._predictor) as predictor:
            return await predictor.route(route_id)

    async def track(self, route_id: str) -> RouteTrack:
        """Where a stored course runs. Raises PredictorNotConfigured or RefusedByPredictor."""
        async with asking(self._predictor) as predictor:
            return await predictor.track(route_id)

    async def race_course(self, race_id: str, distance_id: str) -> RaceCourse:
        """A course of the race catalogue. Raises PredictorNotConfigured or RefusedByPredictor."""
        async with asking(self._predictor) as predictor:
            return await predictor.race_course(race_id, distance_id)

    async def races(self) -> RaceList:
        """The race catalogue. Raises PredictorNotConfigured."""
        async with asking(self._predictor) as predictor:
            return await predictor.races()

    def _keep(
        self,
        session: Session,
        telegram_id: int,
        vouched_at: datetime,
        values: Mapping[str, Any],
        made_of: int | None,
    ) -> None:
        member = self._membership.join(session, telegram_id, vouched_at)
        if made_of is None or made_of == self._membership.ends(session, telegram_id):
            store = PredictionStore(session)
            store.add({**values, "member_id": member.id})
            store.trim(member.id, MOST_KEPT)

    def _own_key(self, telegram_id: int, key: str) -> str:
        """A member's key, unguessable by others, telling nobody whose it is, and of one length."""
        return hmac.digest(self._key, f"{telegram_id}:{key}".encode(), "sha256").hex()


def _is_answered(telegram_id: int, key: str | None, session: Session, day_begun: datetime) -> bool:
    """Whether this was answered today already, so that the predictor only repeats what it said."""
    return key is not None and PredictionStore(session).has_key(telegram_id, key, since=day_begun)


def _id_of(prediction: Prediction) -> UUID:
    try:
        return UUID(prediction.prediction_id)
    except ValueError:
        raise BadUpstreamResponse("predictor", "no prediction id") from None
