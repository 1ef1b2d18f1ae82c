"""What a connection that has ended leaves behind: nothing that came from Strava."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sqlalchemy.orm import Session

from predictor_service.erasure.store import ErasureStore

Rebuild = Callable[[Session, UUID], None]


def erase_strava_data(session: Session, athlete_id: UUID, *, rebuild: Rebuild | None = None) -> dict[str, int]:
    """Deletes an athlete's Strava activities and what was made of them; how many rows of each table.

    Activities from files stay. The profile goes if Strava data is in it; `rebuild` (`ProfileService.rebuild`) makes
    it anew from the files. A sync that runs meanwhile loses its lease and writes nothing more.
    """
    erased = ErasureStore(session).forget_strava(athlete_id)
    if rebuild is not None and erased["profile"]:
        rebuild(session, athlete_id)
    return erased
