"""SQL about activities."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Final, Literal, cast
from uuid import UUID

from sqlalchemy import ColumnElement, String, Table, Uuid, bindparam, case, func, select, type_coerce, update
from sqlalchemy.orm import Session

from kernel.contracts.activity import LeftOutCode
from kernel.pace import FEATURES_FORMAT, ActivityFeatures
from predictor_service.activities.listed import (
    COUNTS,
    LISTED,
    READ,
    UNREAD,
    USABLE,
    FeaturesSource,
    StravaActivityRow,
    Unread,
    listed_of,
    values_of,
)
from predictor_service.activities.models import STRAVA, Activity
from predictor_service.activities.taught import Taught, Usable, taught_by
from predictor_service.activities.twins import AROUND, TOLD_TWICE, twin_among
from predictor_service.errors import StorageFull
from servicekit.data.columns import uuid7
from servicekit.data.upsert import insert_absent

Upserted = Literal["new", "updated", "same"]
MOST_ACTIVITIES: Final = 20_000
"""Of one athlete, wherever they came from: a lifetime of running every day, and then some. Files add no more."""
ROWS_AT_ONCE: Final = 500
"""Of those that are looked through one by one: an athlete may have thousands."""
_OF_A_FILE: Final = (
    *("provenance", "content_hash", "sport_type", "sport", "started_at", "distance_m", "moving_time_s"),
    *("elapsed_time_s", "gain_m", "features", "features_source", "read_at", "aside", "left_out"),
)
"""What an activity that Strava told takes over from the file of the same outing."""
_T: Final = cast("Table", Activity.__table__).c
# ids as the database has them: to make a UUID of each costs more than all else, and few are needed
_KEPT: Final = (
    select(type_coerce(_T.id, String).label("id"), *(_T[name] for name in Usable._fields[1:]))
    .where(_T.athlete_id == bindparam("athlete_id", type_=Uuid), USABLE)
    .order_by(_T.started_at, _T.id)
)


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
            if each.provenance == STRAVA and tuple(each[2:]) != listed_of(listed[each.strava_activity_id])
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
        unread = {"features": None, "features_source": None, "read_at": None, "left_out": None}
        values = [{"id": key, **values_of(row), **unread} for key, row in changed.items()]
        if values:
            self._session.execute(update(Activity), values)

    def _link(self, athlete_id: UUID, rows: Collection[StravaActivityRow]) -> list[int]:
        """The Strava ids that files' activities have taken."""
        if not rows:
            return []
        by_start = sorted(rows, key=attrgetter("started_at"))
        near = Activity.started_at.between(by_start[0].started_at - AROUND, by_start[-1].started_at + AROUND)
        files = select(Activity.id, Activity.started_at, Activity.distance_m, Activity.elapsed_time_s).where(
            Activity.athlete_id == athlete_id, Activity.strava_activity_id.is_(None), near
        )
        links: dict[StravaActivityRow, UUID] = {}
        in_order = files.order_by(Activity.started_at, Activity.id).execution_options(yield_per=ROWS_AT_ONCE)
        for file in self._session.execute(in_order):
            twin = twin_among(by_start, file, links)
            if twin is not None:
                links[twin] = file.id
        ids = {twin.strava_activity_id: key for twin, key in links.items()}
        if ids:
            self._session.execute(
                update(Activity), [{"id": key, "strava_activity_id": twin} for twin, key in ids.items()]
            )
        return list(ids)

    def _insert(self, athlete_id: UUID, rows: Iterable[StravaActivityRow]) -> list[int]:
        """The Strava ids of those that were not there."""
        made = {uuid7(): row for row in rows}
        mine = {"athlete_id": athlete_id, "provenance": STRAVA}
        new = insert_absent(
            self._session, Activity, [{"id": key, **mine, **values_of(row)} for key, row in made.items()]
        )
        return [made[key].strava_activity_id for key in new]

    def known(self, athlete_id: UUID, strava_ids: Collection[int]) -> frozenset[int]:
        """Those of the Strava ids that the athlete's stored activities have."""
        if not strava_ids:
            return frozenset()
        mine = select(Activity.strava_activity_id).where(*_of_strava(athlete_id, strava_ids))
        return frozenset(each for each in self._session.scalars(mine) if each is not None)

    def has_before(self, athlete_id: UUID, moment: datetime) -> bool:
        """Whether a stored Strava activity began before this moment."""
        earlier = select(Activity.id).where(Activity.athlete_id == athlete_id, Activity.started_at < moment)
        mine = earlier.where(Activity.strava_activity_id.is_not(None)).limit(1)
        return self._session.execute(mine).first() is not None

    def unread(self, athlete_id: UUID, strava_id: int) -> Unread | None:
        """The activity, if its details are still to be read."""
        mine = select(*LISTED, Activity.id).where(*_of_strava(athlete_id, [strava_id]), UNREAD)
        row = self._session.execute(mine).one_or_none()
        return None if row is None else Unread(*row[:-1], id=row[-1])

    def known_pairs(self, pairs: Collection[tuple[UUID, int]]) -> set[tuple[UUID, int]]:
        """Those of the pairs of athlete and Strava id that are stored activities."""
        if not pairs:
            return set()
        athletes, strava_ids = ({pair[place] for pair in pairs} for place in (0, 1))
        stored = select(Activity.athlete_id, Activity.strava_activity_id).where(
            Activity.athlete_id.in_(athletes), Activity.strava_activity_id.in_(strava_ids)
        )
        return {(athlete_id, each) for athlete_id, each in self._session.execute(stored) if each is not None}

    def add_file(self, activity: Activity, *, most: int = MOST_ACTIVITIES) -> Activity | None:
        """Stores an activity from a file; the duplicate that was there instead, if one was.

        Raises StorageFull for a new one of an athlete, who is locked, with `most` activities.

        A duplicate has the same content, or the same start and distance. One that Strava told becomes the file's; one
        whose features another version stored takes those of the file. Either is then modified in the session.
        """
        same_content = select(Activity).where(
            Activity.athlete_id == activity.athlete_id, Activity.content_hash == activity.content_hash
        )
        known = (self._session.scalars(same_content)).one_or_none()
        known = known or self.twin_of(activity)
        if known is None:
            mine = select(func.count()).select_from(Activity).where(Activity.athlete_id == activity.athlete_id)
            if self._session.execute(mine).scalar_one() >= most:
                raise StorageFull(most)
            self._session.add(activity)
            self._session.flush()
        elif known.provenance == STRAVA and known.features_source != "file":
            for name in _OF_A_FILE:
                setattr(known, name, getattr(activity, name))
        elif known.features is not None and not known.features.startswith(FEATURES_FORMAT.tags):
            known.features, known.features_source = activity.features, activity.features_source
        return known

    def twin_of(self, file: Activity) -> Activity | None:
        """An activity of the athlete that is the outing of a file; see `predictor_service.activities.twins`."""
        near = select(Activity).where(
            Activity.athlete_id == file.athlete_id,
            Activity.started_at.between(file.started_at - AROUND, file.started_at + AROUND),
        )
        return twin_among(self._session.scalars(near.order_by(Activity.started_at, Activity.id)).all(), file)

    def set_features(
        self,
        activity_id: UUID,
        features: ActivityFeatures | None,
        source: FeaturesSource | None,
        read_at: datetime,
        *,
        left_out: LeftOutCode | None = None,
    ) -> None:
        """Marks an activity as read; without features when nothing in it was usable, for the reason `left_out`."""
        packed = None if features is None else features.to_bytes()
        values = {"features": packed, "features_source": source if packed is not None else None, "read_at": read_at}
        self._session.execute(update(Activity).where(Activity.id == activity_id).values(**values, left_out=left_out))

    def settle_twins(self, athlete_id: UUID) -> Taught:
        """Has every outing count once that two of the athlete's activities tell, and again when one of them is gone.

        What the activities teach then, without asking for them again.
        """
        taught = taught_by(list(map(Usable._make, self._session.execute(_KEPT, {"athlete_id": athlete_id}).all())))
        turned = taught.again ^ {one.id for one in taught.rows if one.left_out == TOLD_TWICE}
        changed = [{"id": UUID(str(key)), "left_out": TOLD_TWICE if key in taught.again else None} for key in turned]
        if changed:
            self._session.execute(update(Activity), changed)
        return taught

    def left_out(self, athlete_id: UUID) -> dict[str, int]:
        """How many of the athlete's activities teach nothing, by the code of the reason."""
        why = func.coalesce(Activity.aside, Activity.left_out)
        mine = select(why, func.count()).where(Activity.athlete_id == athlete_id, why.is_not(None))
        return {str(code): count for code, count in self._session.execute(mine.group_by(why).order_by(why))}

    def features_of(self, athlete_id: UUID, *, without: UUID | None = None) -> list[ActivityFeatures]:
        """The features of every activity that counts, but of the one `without`, in this version, oldest first."""
        packed = select(Activity.features).where(Activity.athlete_id == athlete_id, COUNTS)
        packed = packed if without is None else packed.where(Activity.id != without)
        rows = self._session.scalars(packed.order_by(Activity.started_at, Activity.id))
        return [ActivityFeatures.from_bytes(row) for row in rows if row is not None]

    def counts(self, athlete_id: UUID) -> ActivityCounts:
        """How far the reading of this athlete's activities is."""
        columns = (func.count(), func.count(case((READ, 1))), func.count(case((COUNTS, 1))))
        row = (self._session.execute(select(*columns).where(Activity.athlete_id == athlete_id))).one()
        return ActivityCounts(*row)


def _of_strava(athlete_id: UUID, strava_ids: Collection[int]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Activity.athlete_id == athlete_id, Activity.strava_activity_id.in_(strava_ids)
