"""SQL about stored predictions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
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

    def has_key(self, telegram_id: int, key_digest: str, *, since: datetime) -> bool:
        """Whether the member asked for an answer since then with this key."""
        asked = select(StoredPrediction.id).join(Member, Member.id == StoredPrediction.member_id)
        asked = asked.where(Member.telegram_id == telegram_id, StoredPrediction.created_at >= since)
        return self._session.execute(asked.where(StoredPrediction.key_digest == key_digest)).first() is not None

    def trim(self, member_id: UUID, most: int) -> None:
        """Forgets all but the member's newest answers."""
        mine = select(StoredPrediction.id).where(StoredPrediction.member_id == member_id)
        older = mine.order_by(StoredPrediction.created_at.desc()).offset(most)
        self._session.execute(delete(StoredPrediction).where(StoredPrediction.id.in_(older)))

    def answer(self, prediction_id: UUID, telegram_id: int) -> bytes | None:
        """A member's own answer, as JSON."""
        own = select(StoredPrediction.answer).join(Member, Member.id == StoredPrediction.member_id)
        own = own.where(StoredPrediction.id == prediction_id, Member.telegram_id == telegram_id)
        return (self._session.execute(own)).scalar_one_or_none()

    def newest(self, telegram_id: int, most: int) -> list[bytes]:
        """A member's last answers, as JSON, the newest first."""
        own = select(StoredPrediction.answer).join(Member, Member.id == StoredPrediction.member_id)
        own = own.where(Member.telegram_id == telegram_id).order_by(StoredPrediction.created_at.desc()).limit(most)
        return list(self._session.execute(own).scalars())
