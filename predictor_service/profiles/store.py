"""SQL about profiles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, cast
from uuid import UUID

from sqlalchemy import Table, Uuid, bindparam, delete, select, update
from sqlalchemy.orm import Session

from kernel.pace.paths import NO_PATHS, Paths
from predictor_service.activities.listed import COUNTS
from predictor_service.activities.models import Activity
from predictor_service.athletes.models import Athlete
from predictor_service.paths.models import ActivityPathsRow
from predictor_service.paths.store import PathStore
from predictor_service.profiles.models import StoredProfile
from servicekit.data.one_of import one_of

# over tables and made once: asking is half of what answering with a profile costs
_A, _P = (cast("Table", model.__table__).c for model in (Athlete, StoredProfile))
_SHOWN: Final = (
    select(_A.telegram_id, _P.described, _P.to_others, _P.provenance)
    .join(StoredProfile.__table__, _P.athlete_id == _A.id)
    .where(_P.mode == bindparam("mode"), one_of(_A.telegram_id, "telegram_ids"))
)
_TABLED: Final = (
    select(_A.telegram_id, _P.pace_table, _P.table_to_others, _P.provenance)
    .join(StoredProfile.__table__, _P.athlete_id == _A.id)
    .where(_P.mode == bindparam("mode"), one_of(_A.telegram_id, "telegram_ids"))
)
_FITTED: Final = (
    select(_A.id, _A.generation, _P.fitted)
    .outerjoin(StoredProfile.__table__, (_P.athlete_id == _A.id) & (_P.mode == bindparam("mode")))
    .where(_A.telegram_id == bindparam("telegram_id"))
)
_REPLACE: Final = (
    update(cast("Table", StoredProfile.__table__))
    .where(_P.athlete_id == bindparam("of", type_=Uuid), _P.mode == bindparam("moved"))
    .returning(_P.mode)
)


class Known(NamedTuple):
    """An athlete as they were when something was made of what is known of them."""

    athlete_id: UUID
    generation: int


class ShownProfile(NamedTuple):
    """What is needed to show a profile; `to_others` is null in older rows."""

    telegram_id: str
    described: str
    to_others: str | None
    provenance: str


class TabledProfile(NamedTuple):
    """What is needed to tell how long a course takes somebody; tables may be missing or of another version."""

    telegram_id: str
    pace_table: bytes | None
    table_to_others: bytes | None
    provenance: str


class ProfileStore:
    """Profiles inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def paths(self, athlete_id: UUID) -> list[Paths] | None:
        """Those of every activity that counts, in the order of `ActivityStore.features_of`; None if not remembered."""
        if PathStore(self._session).memory(athlete_id) is None:
            return None
        here = select(ActivityPathsRow.marks).select_from(Activity).outerjoin(ActivityPathsRow)
        mine = here.where(Activity.athlete_id == athlete_id, COUNTS).order_by(Activity.started_at, Activity.id)
        found: Iterable[bytes | None] = self._session.scalars(mine)
        return [NO_PATHS if marks is None else Paths.from_bytes(marks) for marks in found]

    def put(self, profile: StoredProfile) -> None:
        """Stores the profile in place of the one of the same athlete and mode."""
        values = {column.key: getattr(profile, column.key) for column in _P}
        if self._session.scalar(_REPLACE, {"of": profile.athlete_id, "moved": profile.mode, **values}) is None:
            self._session.add(profile)

    def stored(self, athlete_id: UUID, mode: str) -> StoredProfile | None:
        """The whole row, to be changed."""
        return self._session.get(StoredProfile, (athlete_id, mode))

    def drop(self, athlete_id: UUID, mode: str) -> None:
        """Removes the profile, if there is one."""
        old = delete(StoredProfile).where(StoredProfile.athlete_id == athlete_id, StoredProfile.mode == mode)
        self._session.execute(old)

    def fitted(self, telegram_id: str, mode: str) -> tuple[Known | None, bytes | None]:
        """The athlete, if known, and what predicts for them, if anything does."""
        row = self._session.execute(_FITTED, {"telegram_id": telegram_id, "mode": mode}).one_or_none()
        return (None, None) if row is None else (Known(row[0], row[1]), row[2])

    def shown_of_all(self, telegram_ids: Collection[str], mode: str) -> dict[str, ShownProfile]:
        """The profiles these people have by their Telegram ids, in one query."""
        found = self._session.execute(_SHOWN, {"telegram_ids": list(set(telegram_ids)), "mode": mode})
        return {row[0]: ShownProfile._make(row) for row in found.all()}

    def tables_of_all(self, telegram_ids: Sequence[str], mode: str) -> Iterator[TabledProfile]:
        """The pace tables of these people's profiles, in one query."""
        found = self._session.execute(_TABLED, {"telegram_ids": list(set(telegram_ids)), "mode": mode})
        return map(TabledProfile._make, found.all())
