"""SQL about stored predictions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ayda_service.members.models import Member
from ayda_service.predictions.models import StoredPrediction
from servicekit.data.upsert import insert_if_absent


class PredictionStore:
    """Predictions inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, values: Mapping[str, Any]) -> None:
        """Stores an answer; the same one again changes nothing."""
        insert_if_absent(self._session, StoredPrediction, values)

    def answer(self, prediction_id: UUID, telegram_id: int) -> bytes | None:
        """A member's own answer, as JSON."""
        own = select(StoredPrediction.answer).join(Member, Member.id == StoredPrediction.member_id)
        own = own.where(StoredPrediction.id == prediction_id, Member.telegram_id == telegram_id)
        return (self._session.execute(own)).scalar_one_or_none()
