"""SQL about activities."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from kernel.contracts.activity import Provenance, SportTag
from kernel.pace import FEATURES_FORMAT, ActivityFeatures
from predictor_service.activities.models import Activity
from predictor_service.errors import StorageFull
from servicekit.data.columns import uuid7
from servicekit.data.upsert import insert_absent

FeaturesSource = Literal["streams", "splits", "file"]
Upserted = Literal["new", "updated", "same"]
SAME_START = timedelta(seconds=60)
SAME_DISTANCE = 0.03
MOST_ACTIVITIES: Final = 20_000
"""Of one athlete, wherever they came from: a lifetime of running every day, and then some. Files add no more."""
ROWS_AT_ONCE: Final = 500
"""Of those that are looked through one by one: an athlete may have thousands."""

# features that another version of this program stored count as none, and their activity as unread
_USABLE = or_(*(func.substr(Activity.features, 1, len(tag), type_=LargeBinary) == tag for tag in FEATURES_FORMAT.tags))
_READ = and_(Activity.read_at.is_not(None), or_(Activity.features.is_(None), _USABLE))
UNREAD: Final = ~_READ
"""The condition on an activity whose details are still to be read."""


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
class Unread(StravaActivityRow):
    """A Strava activity whose details are still to be read, as the list told it."""

    id: UUID


_NAMES: Final = tuple(field.name for field in fields(StravaActivityRow))
LISTED: Final = tuple(getattr(Activity, name) for name in _NAMES)
"""The columns of a `StravaActivityRow`."""
_listed = attrgetter(*_NAMES)


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

    def upsert_strava(self, athlete_id: UUID, rows: Sequence[StravaActivityRow]) -> Mapping[int, Upserted]:
        """Stores a page of Strava's list in a constant number of statements; what became of each, by its Strava id.

        A changed activity loses its features and waits to be read again. One that a file brought earlier (same start,
        same distance) is linked to the Strava id and stays the file's: the finer source, and the athlete's own.
        """
        listed = {row.strava_activity_id: row for row in rows}
        outcomes: dict[int, Upserted] = dict.fromkeys(listed, "same")
        columns = (Activity.id, Activity.provenance, *LISTED)
        known = self._session.execute(select(*columns).where(*_of_strava(athlete_id, listed))).all()
        changed = {
            each.id: listed[each.strava_activity_id]
            for each in known
            if each.provenance == "strava_api" and tuple(each[2:]) != _listed(listed[each.strava_activity_id])
        }
        self._refresh(changed)
        outcomes.update((row.strava_activity_id, "updated") for row in changed.values())
        for each in known:
            del listed[each.strava_activity_id]
        for strava_id in self._link(athlete_id, listed.values()):
            del listed[strava_id]
        outcomes.update((strava_id, "new") for strava_id in self._insert(athlete_id, listed.values()))
        return outcomes

    def _refresh(self, changed: Mapping[UUID, StravaActivityRow]) -> None:
        unread = {"features": None, "features_source": None, "read_at": None}
        values = [{"id": key, **_values(row), **unread} for key, row in changed.items()]
        if values:
            self._session.execute(update(Activity), values)

    def _link(self, athlete_id: UUID, rows: Collection[StravaActivityRow]) -> list[int]:
        """The Strava ids that files' activities have taken."""
        if not rows:
            return []
        by_start = sorted(rows, key=attrgetter("started_at"))
        near = Activity.started_at.between(by_start[0].started_at - SAME_START, by_start[-1].started_at + SAME_START)
        files = select(Activity.id, Activity.started_at, Activity.distance_m).where(
            Activity.athlete_id == athlete_id, Activity.strava_activity_id.is_(None), near
        )
        links: dict[int, UUID] = {}
        in_order = files.order_by(Activity.started_at, Activity.id).execution_options(yield_per=ROWS_AT_ONCE)
        for key, started_at, distance_m in self._session.execute(in_order):
            twin = _twin(by_start, started_at, distance_m, links)
            if twin is not None:
                links[twin] = key
        if links:
            self._session.execute(
                update(Activity), [{"id": key, "strava_activity_id": twin} for twin, key in links.items()]
            )
        return list(links)

    def _insert(self, athlete_id: UUID, rows: Iterable[StravaActivityRow]) -> list[int]:
        """The Strava ids of those that were not there."""
        made = {uuid7(): row for row in rows}
        mine = {"athlete_id": athlete_id, "provenance": "strava_api"}
        new = insert_absent(self._session, Activity, [{"id": key, **mine, **_values(row)} for key, row in made.items()])
        return [made[key].strava_activity_id for key in new]

    def known(self, athlete_id: UUID, strava_ids: Collection[int]) -> frozenset[int]:
        """Those of the Strava ids that the athlete's stored activities have."""
        if not strava_ids:
            return frozenset()
        mine = select(Activity.strava_activity_id).where(*_of_strava(athlete_id, strava_ids))
        return frozenset(each for each in self._session.scalars(mine) if each is not None)

    def add_file(self, activity: Activity, *, most: int = MOST_ACTIVITIES) -> Activity | None:
        """Stores an activity from a file; the duplicate that was there instead, if one was.

        Raises StorageFull for a new one of an athlete, who is locked, with `most` activities.

        A duplicate has the same content, or the same start and distance. One whose features another version stored
        takes those of the file, and is then modified in the session.
        """
        same_content = select(Activity).where(
            Activity.athlete_id == activity.athlete_id, Activity.content_hash == activity.content_hash
        )
        known = (self._session.scalars(same_content)).one_or_none()
        known = known or self.twin_of(activity.athlete_id, activity.started_at, activity.distance_m)
        if known is None:
            mine = select(func.count()).select_from(Activity).where(Activity.athlete_id == activity.athlete_id)
            if self._session.execute(mine).scalar_one() >= most:
                raise StorageFull(most)
            self._session.add(activity)
            self._session.flush()
        elif known.features is not None and not known.features.startswith(FEATURES_FORMAT.tags):
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


def _of_strava(athlete_id: UUID, strava_ids: Collection[int]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Activity.athlete_id == athlete_id, Activity.strava_activity_id.in_(strava_ids)


def _values(row: StravaActivityRow) -> dict[str, Any]:
    return dict(zip(_NAMES, _listed(row), strict=True))


def _twin(
    by_start: Sequence[StravaActivityRow], started_at: datetime, distance_m: float, taken: Container[int]
) -> int | None:
    """The Strava id of the first of these that is the same outing as a file's activity."""
    for row in by_start[bisect_left(by_start, started_at - SAME_START, key=attrgetter("started_at")) :]:
        if row.started_at > started_at + SAME_START:
            return None
        if row.strava_activity_id not in taken and abs(distance_m - row.distance_m) <= SAME_DISTANCE * row.distance_m:
            return row.strava_activity_id
    return None
