"""SQL about forecasts and what came of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Table, bindparam, case, delete, func, select, update
from sqlalchemy.orm import Session

from kernel.pace import ActivityFeatures
from kernel.pace.same_course import CourseFeatures
from predictor_service.accuracy.matching import Unanswered, Went
from predictor_service.accuracy.models import Comparison
from predictor_service.activities.listed import COUNTS
from predictor_service.activities.models import STRAVA, Activity
from predictor_service.athletes.models import Athlete
from predictor_service.predictions.models import LedgerEntry
from servicekit.data.rows import changed
from servicekit.data.upsert import insert_if_absent

_C, _P = (cast("Table", model.__table__).c for model in (Comparison, LedgerEntry))
_SCORES: Final = (
    select(_C.score, _C.moving_held)
    .join(LedgerEntry.__table__, _P.id == _C.prediction_id)
    .where(_C.athlete_id == bindparam("athlete_id"), _C.mode == bindparam("mode"), _P.personalized)
    .order_by(_C.started_at.desc())
    .limit(bindparam("most"))
)
NEWEST: Final = 5_000
"""How right forecasts are for everybody is told of so many: whoever measures asks several times a minute."""
_OPEN: Final = (LedgerEntry.elapsed_p50_s.is_not(None), Comparison.prediction_id.is_(None))


class Means(NamedTuple):
    """Sums over comparisons, of moving time or of the time from start to finish."""

    n: int
    bias: float | None
    mape: float | None
    coverage: float | None


class AccuracyStore:
    """The ledger inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def scores(self, athlete_id: UUID, mode: str, most: int) -> Sequence[tuple[float, bool]]:
        """Scores of personal forecasts, newest outing first, and whether the band as it was told held."""
        asked = {"athlete_id": athlete_id, "mode": mode, "most": most}
        return [(score, held) for score, held in self._session.execute(_SCORES, asked)]

    def waiting(self, athlete_id: UUID, since: datetime) -> list[Unanswered]:
        """Forecasts made since then for the athlete that were compared with nothing, oldest first."""
        mine = _open(LedgerEntry.athlete_id == athlete_id, LedgerEntry.created_at >= since)
        return [_waiting(row) for row in self._session.scalars(mine.order_by(LedgerEntry.created_at))]

    def outings(self, athlete_id: UUID, since: datetime) -> list[Went]:
        """The athlete's outings with features, begun since then, that were compared with nothing."""
        mine = select(Activity).outerjoin(Comparison, Comparison.activity_id == Activity.id)
        mine = mine.where(Activity.athlete_id == athlete_id, Activity.started_at >= since, COUNTS)
        return [
            _went(each) for each in self._session.scalars(mine.where(Comparison.activity_id.is_(None))) if each.features
        ]

    def entry(self, athlete_id: UUID, prediction_id: UUID) -> LedgerEntry | None:
        """A forecast for this athlete that can be compared."""
        row = self._session.get(LedgerEntry, prediction_id)
        return row if row and row.athlete_id == athlete_id and row.elapsed_p50_s is not None else None

    def outing(self, athlete_id: UUID, activity_id: UUID) -> Went | None:
        """An outing of this athlete with features."""
        mine = select(Activity).where(Activity.id == activity_id, Activity.athlete_id == athlete_id, COUNTS)
        row = self._session.scalars(mine).one_or_none()
        return None if row is None else _went(row)

    def add(self, row: Mapping[str, Any]) -> bool:
        """Writes a comparison down; False where either side has one already."""
        return insert_if_absent(self._session, Comparison, row)

    def part(self, prediction_id: UUID, activity_id: UUID | None) -> None:
        """Takes away what a forecast, and an outing, were compared with."""
        one = Comparison.prediction_id == prediction_id
        either = one if activity_id is None else one | (Comparison.activity_id == activity_id)
        self._session.execute(delete(Comparison).where(either))

    def leave_unrecognised(self, prediction_id: UUID) -> None:
        """No outing is taken by itself for one along this forecast's course any more."""
        self._session.execute(update(LedgerEntry).where(LedgerEntry.id == prediction_id).values(course=None))

    def compared(self, where: ColumnElement[bool], most: int) -> Sequence[Row[tuple[Comparison, LedgerEntry]]]:
        """Comparisons with their forecasts, newest outing first."""
        both = select(Comparison, LedgerEntry).join(LedgerEntry, LedgerEntry.id == Comparison.prediction_id)
        return self._session.execute(both.where(where).order_by(Comparison.started_at.desc()).limit(most)).all()

    def figures(self, where: ColumnElement[bool] | None = None) -> tuple[int, Means, Means]:
        """How many athletes the comparisons are of, and the figures of moving time and from start to finish.

        Without a condition of the NEWEST comparisons.
        """
        table = Comparison.__table__
        newest = select(table).order_by(Comparison.compared_at.desc()).limit(NEWEST)
        some = (newest if where is None else select(table).where(where)).subquery().c
        moving, elapsed = _means(some.moving_ratio, some.moving_held), _means(some.elapsed_ratio, some.elapsed_held)
        asked = select(func.count(some.athlete_id.distinct()), func.count(), *moving, *elapsed)
        people, n, *means = self._session.execute(asked).one()
        return people, Means(n, *means[:3]), Means(n, *means[3:])

    def forget_strava(self, athlete_id: UUID) -> int:
        """Deletes what was compared with Strava's activities, and what was said by what is known from them."""
        of_strava = select(Activity.id).where(Activity.athlete_id == athlete_id, Activity.provenance == STRAVA)
        personal = select(LedgerEntry.id).where(LedgerEntry.athlete_id == athlete_id, LedgerEntry.personalized)
        theirs = Comparison.activity_id.in_(of_strava) | Comparison.prediction_id.in_(personal)
        # by the athlete first: PostgreSQL would compare everybody's rows with two lists
        return changed(self._session, delete(Comparison).where(Comparison.athlete_id == athlete_id, theirs))

    def telegram_id(self, athlete_id: UUID) -> str | None:
        """Whose they are."""
        return self._session.scalars(select(Athlete.telegram_id).where(Athlete.id == athlete_id)).one_or_none()

    def open_entries(self, athlete_id: UUID, since: datetime, most: int) -> Sequence[LedgerEntry]:
        """The newest forecasts that can be linked with an outing."""
        mine = _open(LedgerEntry.athlete_id == athlete_id, LedgerEntry.created_at >= since)
        return self._session.scalars(mine.order_by(LedgerEntry.created_at.desc()).limit(most)).all()


def of_athlete(athlete_id: UUID, mode: str | None = None) -> ColumnElement[bool]:
    """The condition on an athlete's comparisons, of one way to go or of both."""
    mine = Comparison.athlete_id == athlete_id
    return mine if mode is None else mine & (Comparison.mode == mode)


def of_forecast(prediction_id: UUID) -> ColumnElement[bool]:
    """The condition on what this forecast was compared with."""
    return Comparison.prediction_id == prediction_id


def _open(*where: ColumnElement[bool]) -> Select[tuple[LedgerEntry]]:
    joined = select(LedgerEntry).outerjoin(Comparison, Comparison.prediction_id == LedgerEntry.id)
    return joined.where(*where, *_OPEN)


def _means(ratio: Any, held: Any) -> tuple[ColumnElement[Any], ...]:
    return func.avg(ratio - 1.0), func.avg(func.abs(ratio - 1.0)), func.avg(case((held, 1.0), else_=0.0))


def _waiting(row: LedgerEntry) -> Unanswered:
    return Unanswered(row.id, row.route_ref, row.mode, _course(row.course), row.start_at, row.created_at)


def _course(packed: bytes | None) -> CourseFeatures | None:
    try:
        return None if packed is None else CourseFeatures.from_bytes(packed)
    except ValueError:  # measured by other numbers than today's outings are
        return None


def _went(row: Activity) -> Went:
    features = ActivityFeatures.from_bytes(row.features or b"")
    return Went(row.id, row.started_at, row.elapsed_time_s, row.distance_m, features)
