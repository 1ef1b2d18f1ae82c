"""SQL about profiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from predictor_service.athletes.models import Athlete
from predictor_service.profiles.models import StoredProfile


@dataclass(frozen=True, slots=True)
class ShownProfile:
    """What is needed to show a profile."""

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
        rows = (
            select(Athlete.id, StoredProfile.fitted)
            .outerjoin(StoredProfile, (StoredProfile.athlete_id == Athlete.id) & (StoredProfile.mode == mode))
            .where(Athlete.telegram_id == telegram_id)
        )
        row = (self._session.execute(rows)).one_or_none()
        return (None, None) if row is None else (row[0], row[1])

    def shown(self, telegram_ids: Sequence[str], mode: str) -> Mapping[str, ShownProfile]:
        """The profiles these people have, by Telegram id, in one query."""
        rows = (
            select(Athlete.telegram_id, StoredProfile.described, StoredProfile.provenance)
            .join(StoredProfile, StoredProfile.athlete_id == Athlete.id)
            .where(Athlete.telegram_id.in_(set(telegram_ids)), StoredProfile.mode == mode)
        )
        found = self._session.execute(rows)
        return {telegram_id: ShownProfile(described, provenance) for telegram_id, described, provenance in found}
