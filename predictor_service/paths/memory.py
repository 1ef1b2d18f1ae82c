"""The keys of athletes who have asked to have their paths remembered, and what is kept under them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from kernel.pace.paths import Paths
from predictor_service.paths.models import PATH_KEY, PathMemoryRow
from predictor_service.paths.store import PathStore
from servicekit.base.file_seals import FileSeals
from servicekit.base.vault import SealBroken, Vault
from servicekit.data.columns import uuid7


@dataclass(frozen=True, slots=True)
class PathKey:
    """An athlete's key, and by which of their wishes it is used. Never shown."""

    asked_id: UUID
    key: bytes

    def __repr__(self) -> str:
        return f"PathKey(asked_id={self.asked_id})"


class PathMemory:
    """Who has asked, under which key, and what is kept under it."""

    def __init__(self, vault: Vault, now: Callable[[], datetime]) -> None:
        self._seals = FileSeals(vault, PATH_KEY)
        self._now = now

    def key_of(self, session: Session, athlete_id: UUID) -> PathKey | None:
        """The key of an athlete who has asked; None of the others, and where the vault has lost what sealed it."""
        memory = PathStore(session).memory(athlete_id)
        if memory is None:
            return None
        try:
            return PathKey(memory.asked_id, self._seals.open_key(memory.key_sealed, subject=str(athlete_id)))
        except SealBroken:
            structlog.get_logger(__name__).warning("path_key_unreadable", athlete=str(athlete_id))
            return None

    def keep(
        self, session: Session, athlete_id: UUID, activity_id: UUID, paths: Paths | None, key: PathKey | None
    ) -> bool:
        """Keeps the paths of an activity that were read under this key, unless the athlete has changed their mind.

        Whether something was kept. Paths that are no longer told are forgotten.
        """
        store = PathStore(session)
        memory = None if key is None else store.memory(athlete_id)
        if key is None or memory is None or memory.asked_id != key.asked_id:
            return False
        if paths is None:
            store.drop(activity_id)
            return False
        store.keep(athlete_id, activity_id, paths)
        if self._seals.needs_rewrap(memory.key_sealed):
            memory.key_sealed = self._seals.seal_key(key.key, subject=str(athlete_id))
        return True

    def begin(self, session: Session, athlete_id: UUID) -> None:
        """Remembers from now on, under a new key unless there is a good one."""
        if self.key_of(session, athlete_id) is not None:
            return
        sealed = self._seals.seal_key(self._seals.new_key(), subject=str(athlete_id))
        known = {"athlete_id": athlete_id, "asked_id": uuid7(), "key_sealed": sealed, "since": self._now()}
        PathStore(session).begin(PathMemoryRow(**known))
