"""Taking in activities that athletes upload."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.contracts.activity import Provenance, SportTag, StoredActivity, in_tenths
from kernel.pace.paths import Paths
from predictor_service.activities.models import Activity
from predictor_service.activities.store import ActivityStore
from predictor_service.athletes.store import AthleteStore, Seen
from predictor_service.paths.memory import PathKey, PathMemory
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.web.sent_files import Sent
from servicekit.web.track_files import FileReader
from trackfiles.outing import Outing


class ActivityService:
    """Activities of athletes."""

    def __init__(
        self,
        database: Database,
        rebuild: Callable[[Session, UUID], None],
        reader: FileReader,
        *,
        memory: PathMemory,
        now: Callable[[], datetime],
    ) -> None:
        """`rebuild` fits an athlete's profiles anew."""
        self._database = database
        self._rebuild = rebuild
        self._reader = reader
        self._memory = memory
        self._now = now

    async def read(self, sent: Sent, sport: SportTag | None, key: PathKey | None = None) -> Outing:
        """What the file says. Raises as `FileReader.outing` does."""
        return await self._reader.outing(sent, sport, self._now(), path_key=None if key is None else key.key)

    async def seen(self, telegram_id: str) -> tuple[Seen, PathKey | None]:
        """What is known of the athlete when a file begins to arrive, for `read` and `add`."""

        def look(session: Session) -> tuple[Seen, PathKey | None]:
            seen = AthleteStore(session).seen(telegram_id)
            return seen, None if seen.athlete_id is None else self._memory.key_of(session, seen.athlete_id)

        return await self._database.read(look)

    def add(
        self,
        session: Session,
        read: Outing,
        *,
        telegram_id: str,
        seen: Seen,
        provenance: Provenance,
        key: PathKey | None = None,
    ) -> StoredActivity:
        """Stores the activity and rebuilds the athlete's profile; a duplicate changes nothing.

        An athlete who is not known yet is created. Raises StorageFull and ErasedMeanwhile.
        """
        athletes, now = AthleteStore(session), self._now()
        athlete = athletes.find_or_create(telegram_id, now, seen)
        athletes.lock(athlete.id)
        activity = activity_of(read, athlete.id, provenance, now)
        known = ActivityStore(session).add_file(activity)
        changed = known is None or session.is_modified(known)
        remembered = self._memory.keep(session, athlete.id, (known or activity).id, paths_in(read), key)
        if changed or remembered:
            self._rebuild(session, athlete.id)
        return _on_wire(known or activity, duplicate=known is not None)


def paths_in(read: Outing) -> Paths | None:
    """The paths that came with an outing."""
    return None if read.paths is None else Paths.from_bytes(read.paths)


def activity_of(read: Outing, athlete_id: UUID, provenance: Provenance, now: datetime) -> Activity:
    """A new activity with what a file told."""
    return Activity(
        id=uuid7(),
        athlete_id=athlete_id,
        provenance=provenance,
        content_hash=read.digest,
        sport_type=(read.sport_word or read.sport)[:40],
        sport=read.sport,
        started_at=read.started_at,
        distance_m=read.distance_m,
        moving_time_s=read.moving_s,
        elapsed_time_s=read.elapsed_s,
        gain_m=read.gain_m,
        features=read.features.to_bytes(),
        features_source="file",
        read_at=now,
    )


def _on_wire(activity: Activity, *, duplicate: bool) -> StoredActivity:
    return StoredActivity(
        id=str(activity.id),
        status="duplicate" if duplicate else "created",
        sport=activity.sport,
        provenance=activity.provenance,
        started_at=activity.started_at,
        **in_tenths(activity),
    )
