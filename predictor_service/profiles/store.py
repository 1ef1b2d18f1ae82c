"""SQL about profiles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, delete, select
from sqlalchemy.orm import Session

from predictor_service.athletes.models import Athlete
from predictor_service.profiles.models import StoredProfile

# over tables and made once: asking is half of what answering with a profile costs
_A, _P = (cast("Table", model.__table__).c for model in (Athlete, StoredProfile))
_SHOWN: Final = (
    select(_A.telegram_id, _P.described, _P.provenance)
    .join(StoredProfile.__table__, _P.athlete_id == _A.id)
    .where(_P.mode == bindparam("mode"))
)
_SHOWN_ONE: Final = _SHOWN.where(_A.telegram_id == bindparam("telegram_id"))
_SHOWN_MANY: Final = _SHOWN.where(_A.telegram_id.in_(bindparam("telegram_ids", expanding=True)))
_FITTED: Final = (
    select(_A.id, _P.fitted)
    .outerjoin(StoredProfile.__table__, (_P.athlete_id == _A.id) & (_P.mode == bindparam("mode")))
    .where(_A.telegram_id == bindparam("telegram_id"))
)


class ShownProfile(NamedTuple):
    """What is needed to show a profile."""

    telegram_id: str
    described: str
    provenance: str


class ProfileStore:
    """Profiles inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, profile: StoredProfile) -> None:
        """Stores the profile in place of the one of the same athlete and mode."""
        self._session.merge(profile)

    def drop(self, athlete_id: UUID, mode: str) -> None:
        """Removes the profile, if there is one."""
        old = delete(StoredProfile).where(StoredProfile.athlete_id == athlete_id, StoredProfile.mode == mode)
        self._session.execute(old)

    def fitted(self, telegram_id: str, mode: str) -> tuple[UUID | None, bytes | None]:
        """The athlete's id, if known, and what predicts for them, if anything does."""
        row = self._session.execute(_FITTED, {"telegram_id": telegram_id, "mode": mode}).one_or_none()
        return (None, None) if row is None else (row[0], row[1])

    def shown(self, telegram_id: str, mode: str) -> ShownProfile | None:
        """The profile of one person."""
        row = self._session.execute(_SHOWN_ONE, {"telegram_id": telegram_id, "mode": mode}).one_or_none()
        return None if row is None else ShownProfile._make(row)

    def shown_of_all(self, telegram_ids: Sequence[str], mode: str) -> Iterator[ShownProfile]:
        """The profiles these people have, in one query."""
        found = self._session.execute(_SHOWN_MANY, {"telegram_ids": list(set(telegram_ids)), "mode": mode})
        return map(ShownProfile._make, found.all())
