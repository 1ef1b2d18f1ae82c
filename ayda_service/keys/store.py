"""SQL about what is sealed, whatever it is that is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ayda_service.models import (
    Activity,
    Revocation,
    StravaToken,
)  # of all tables: rows are written in the order of their keys

Sealed: TypeAlias = StravaToken | Revocation


class SealStore:
    """Sealed rows inside the caller's transaction; while they are locked, nobody else seals them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def connections(self, after: int, limit: int, *, lock: bool) -> Sequence[StravaToken]:
        """The connections of the next athletes by id."""
        following = select(StravaToken).where(StravaToken.athlete_id > after).order_by(StravaToken.athlete_id)
        page = following.limit(limit)
        # who hands a token out meanwhile is not kept waiting
        return self._session.scalars(page.with_for_update(key_share=True) if lock else page).all()

    def revocations(self, *, lock: bool) -> Sequence[Revocation]:
        """Every row that waits for a revocation."""
        waiting = select(Revocation).order_by(Revocation.id)
        return self._session.scalars(waiting.with_for_update() if lock else waiting).all()

    def files(self, after: UUID, limit: int, *, lock: bool) -> Sequence[Activity]:
        """The next activities by id whose files are sealed; only their keys are here, not the files."""
        following = select(Activity).where(Activity.id > after, Activity.file_key_sealed.is_not(None))
        page = following.order_by(Activity.id).limit(limit)
        return self._session.scalars(page.with_for_update(key_share=True) if lock else page).all()
