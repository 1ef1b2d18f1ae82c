"""SQL about activities."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import LargeBinary, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from kernel.contracts.activity import Provenance, SportTag
from kernel.pace import FEATURES_FORMAT, ActivityFeatures
from predictor_service.activities.models import Activity
from servicekit.data.columns import uuid7
from servicekit.data.upsert import insert_if_absent

FeaturesSource = Literal["streams", "splits", "file"]
Upserted = Literal["new", "updated", "same"]
SAME_START = timedelta(seconds=60)
SAME_DISTANCE = 0.03

# features that another version of this program stored count as none, and their activity as unread
_TAG = FEATURES_FORMAT.tag
_USABLE = func.substr(Activity.features, 1, len(_TAG), type_=LargeBinary) == _TAG
_READ = and_(Activity.read_at.is_not(None), or_(Activity.features.is_(None), _USABLE))


@dataclass(frozen=True, slots=True)
class StravaActivityRow:
    """What Strava's activity list says about one activity."""

    strava_activity_id: int
    sport_type: str
    sport: SportTag
    started_at: datetime
    distance_m: float
    moving_time_s: float
    elapsed_time_s: float
    gain_m: float


@dataclass(frozen=True, slots=True)
class ActivityCounts:
    """How many activities are known, how many have been read, and how many of those gave features."""

    known: int
    read: int
    usable: int


class ActivityStore:
    """Activities inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def upsert_strava(self, athlete_id: UUID, row: StravaActivityRow) -> Upserted:
        """Stores what the list says. A changed activity loses its features and waits to be read again.

        An activity that a file brought earlier (same start, same distance) is linked to the Strava id and stays the
        file's: the finer source, and the athlete's own.
        """
        known = self._by_strava_id(athlete_id, row.strava_activity_id)
        if known is not None:
            return self._refresh(known, row)
        twin = self.twin_of(athlete_id, row.started_at, row.distance_m)
        if twin is not None and twin.strava_activity_id is None:
            twin.strava_activity_id = row.strava_activity_id
            return "same"
        values = {"id": uuid7(), "athlete_id": athlete_id, "provenance": "strava_api", **asdict(row)}
        return "new" if insert_if_absent(self._session, Activity, values) else "same"

    @staticmethod
    def _refresh(known: Activity, row: StravaActivityRow) -> Upserted:
        if known.provenance != "strava_api":
            return "same"
        changed = {name: value for name, value in asdict(row).items() if getattr(known, name) != value}
        if not changed:
            return "same"
        for name, value in {**changed, "features": None, "features_source": None, "read_at": None}.items():
            setattr(known, name, value)
        return "updated"

    def add_file(self, activity: Activity) -> Activity | None:
        """Stores an activity from a file; the duplicate that was there instead, if one was.

        A duplicate has the same content, or the same start and distance. One whose features another version stored
        takes those of the file, and is then modified in the session.
        """
        same_content = select(Activity).where(
            Activity.athlete_id == activity.athlete_id, Activity.content_hash == activity.content_hash
        )
        known = (self._session.scalars(same_content)).one_or_none()
        known = known or self.twin_of(activity.athlete_id, activity.started_at, activity.distance_m)
        if known is None:
            self._session.add(activity)
            self._session.flush()
        elif known.features is not None and not known.features.startswith(_TAG):
            known.features, known.features_source = activity.features, activity.features_source
        return known

    def twin_of(self, athlete_id: UUID, started_at: datetime, distance_m: float) -> Activity | None:
        """An activity of the athlete with the same start and distance, as two recordings of one outing have them."""
        near = select(Activity).where(
            Activity.athlete_id == athlete_id,
            Activity.started_at.between(started_at - SAME_START, started_at + SAME_START),
            Activity.distance_m.between(distance_m * (1 - SAME_DISTANCE), distance_m * (1 + SAME_DISTANCE)),
        )
        return (self._session.scalars(near.order_by(Activity.started_at, Activity.id).limit(1))).first()

    def unread(self, athlete_id: UUID, limit: int) -> list[Activity]:
        """Strava activities whose details are still to be read, newest first."""
        waiting = select(Activity).where(
            Activity.athlete_id == athlete_id, Activity.strava_activity_id.is_not(None), ~_READ
        )
        return list(self._session.scalars(waiting.order_by(Activity.started_at.desc()).limit(limit)))

    def set_features(
        self,
        activity_id: UUID,
        features: ActivityFeatures | None,
        source: FeaturesSource | None,
        read_at: datetime,
    ) -> None:
        """Marks an activity as read; without features when nothing in it was usable."""
        packed = None if features is None else features.to_bytes()
        values = {"features": packed, "features_source": source if packed is not None else None, "read_at": read_at}
        self._session.execute(update(Activity).where(Activity.id == activity_id).values(**values))

    def features_of(self, athlete_id: UUID) -> list[ActivityFeatures]:
        """The features of every activity that has some of this version, oldest first."""
        packed = select(Activity.features).where(Activity.athlete_id == athlete_id, _USABLE)
        rows = self._session.scalars(packed.order_by(Activity.started_at, Activity.id))
        return [ActivityFeatures.from_bytes(row) for row in rows if row is not None]

    def provenances(self, athlete_id: UUID) -> frozenset[tuple[SportTag, Provenance]]:
        """Where the activities with features came from, by sport."""
        used = select(Activity.sport, Activity.provenance).where(Activity.athlete_id == athlete_id, _USABLE)
        return frozenset((sport, provenance) for sport, provenance in self._session.execute(used.distinct()))

    def counts(self, athlete_id: UUID) -> ActivityCounts:
        """How far the reading of this athlete's activities is."""
        columns = (func.count(), func.count(case((_READ, 1))), func.count(case((_USABLE, 1))))
        row = (self._session.execute(select(*columns).where(Activity.athlete_id == athlete_id))).one()
        return ActivityCounts(*row)

    def _by_strava_id(self, athlete_id: UUID, strava_activity_id: int) -> Activity | None:
        known = select(Activity).where(
            Activity.athlete_id == athlete_id, Activity.strava_activity_id == strava_activity_id
        )
        return (self._session.scalars(known)).one_or_none()
