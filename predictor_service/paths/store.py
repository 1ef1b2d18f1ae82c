"""SQL about remembered paths."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kernel.pace.paths import Paths
from predictor_service.paths.models import ActivityPathsRow, PathMemoryRow


class PathStore:
    """Remembered paths inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def memory(self, athlete_id: UUID) -> PathMemoryRow | None:
        """That the athlete has asked for it."""
        return self._session.get(PathMemoryRow, athlete_id)

    def begin(self, memory: PathMemoryRow) -> None:
        """Remembers from now on; what an older key marked is gone."""
        self.end(memory.athlete_id)
        self._session.add(memory)
        self._session.flush()

    def end(self, athlete_id: UUID) -> None:
        """Forgets every path of the athlete, and that they asked."""
        for table in (ActivityPathsRow, PathMemoryRow):
            self._session.execute(delete(table).where(table.athlete_id == athlete_id))
        self._session.expire_all()

    def keep(self, athlete_id: UUID, activity_id: UUID, paths: Paths) -> None:
        """The paths of an activity, in place of others."""
        row = ActivityPathsRow(activity_id=activity_id, athlete_id=athlete_id, marks=paths.to_bytes())
        self._session.merge(row)

    def drop(self, activity_id: UUID) -> None:
        """Forgets the paths of an activity."""
        self._session.execute(delete(ActivityPathsRow).where(ActivityPathsRow.activity_id == activity_id))

    def count(self, athlete_id: UUID) -> int:
        """Of how many activities paths are remembered."""
        mine = select(func.count()).select_from(ActivityPathsRow).where(ActivityPathsRow.athlete_id == athlete_id)
        return self._session.execute(mine).scalar_one()
