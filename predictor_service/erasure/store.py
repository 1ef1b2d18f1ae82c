"""SQL that deletes, or shows, all of one person's rows."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Table, delete, select, update
from sqlalchemy.orm import Session

from predictor_service.accuracy.models import Comparison
from predictor_service.accuracy.store import AccuracyStore
from predictor_service.activities.models import STRAVA, Activity
from predictor_service.athletes.models import Athlete
from predictor_service.athletes.store import AthleteStore
from predictor_service.imports.models import ImportRow
from predictor_service.models import IDEMPOTENCY_KEYS, Base
from predictor_service.paths.models import ActivityPathsRow, PathMemoryRow
from predictor_service.predictions.models import LedgerEntry
from predictor_service.profiles.models import StoredProfile
from servicekit.data.personal_rows import Keys
from servicekit.data.rows import changed


class ErasureStore:
    """Rows of one person inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def forget_strava(self, athlete_id: UUID) -> dict[str, int]:
        """Deletes what came from Strava or was made of it; rows of each table.

        A file that the athlete sent stays, without its link to Strava.
        """
        AthleteStore(self._session).lock(athlete_id)
        mine = StoredProfile.athlete_id == athlete_id
        telegram_id = select(Athlete.telegram_id).where(Athlete.id == athlete_id).scalar_subquery()
        doomed = {
            "activity": delete(Activity).where(Activity.athlete_id == athlete_id, Activity.provenance == STRAVA),
            "profile": delete(StoredProfile).where(mine, StoredProfile.provenance.contains(STRAVA)),
            "prediction": delete(LedgerEntry).where(LedgerEntry.athlete_id == athlete_id, LedgerEntry.personalized),
            **{table.name: delete(table).where(table.c.athlete_id == athlete_id) for table in _of_syncs()},
            "idempotency_key": delete(IDEMPOTENCY_KEYS).where(IDEMPOTENCY_KEYS.c.telegram_id == telegram_id),
        }
        compared = AccuracyStore(self._session).forget_strava(athlete_id)
        erased = {table: changed(self._session, statement) for table, statement in doomed.items()}
        erased["comparison"] = compared
        linked = update(Activity).where(Activity.athlete_id == athlete_id, Activity.strava_activity_id.is_not(None))
        self._session.execute(linked.values(strava_activity_id=None))
        ended = {"strava_athlete_id": None, "generation": Athlete.generation + 1}
        self._session.execute(update(Athlete).where(Athlete.id == athlete_id).values(ended))
        return erased

    def person(self, telegram_id: str, *, alone: bool = False) -> Keys:
        """Everything by which rows name this person.

        `alone`: nobody else does anything with these rows until the transaction ends.
        """
        known = select(Athlete.id, Athlete.strava_athlete_id).where(Athlete.telegram_id == telegram_id)
        if alone:
            AthleteStore(self._session).take_turn(telegram_id)
            known = known.with_for_update()
        row = (self._session.execute(known)).one_or_none()
        ids = [] if row is None else [value for value in row if value is not None]
        strava_ids = [value for value in ids if isinstance(value, int)]
        return {"telegram_id": [telegram_id], "athlete_id": ids, "strava_athlete_id": strava_ids}


def _of_syncs() -> list[Table]:
    """The tables about an athlete that Strava alone fills: all but those that files and questions fill too."""
    mixed = {
        each.__tablename__
        for each in (Activity, ActivityPathsRow, Comparison, ImportRow, LedgerEntry, PathMemoryRow, StoredProfile)
    }
    own = Athlete.__table__.c.id
    return [
        table
        for table in reversed(Base.metadata.sorted_tables)
        if table.name not in mixed and any(key.column is own for key in table.foreign_keys)
    ]
