"""Fitting, keeping and showing profiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, Final, TypeAlias, get_args
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.orm import Session

from kernel.contracts.prediction import Mode
from kernel.contracts.profile import Profile, ProfilesRequest
from kernel.forecast import FittedProfile
from kernel.forecast.pace_table import is_table, table_of
from kernel.forecast.profile import NO_PROFILE, without_figures
from kernel.pace import KIND_OF_MODE, KIND_OF_SPORT
from predictor_service.activities.models import STRAVA
from predictor_service.activities.store import ActivityStore
from predictor_service.athletes.store import AthleteStore
from predictor_service.errors import ErasedMeanwhile
from predictor_service.profiles.made import NOTHING_TO_SHOW, PRIVATE_SOURCE, Made, made_of, shared, usable_until
from predictor_service.profiles.models import StoredProfile
from predictor_service.profiles.store import Known, ProfileStore, ShownProfile, TabledProfile
from servicekit.data.database import Database
from servicekit.data.gathered import Gathered

MODES: Final[tuple[Mode, ...]] = get_args(Mode)
_SHAREABLE: Final = '"shareable":true'
KEPT_LOADED: Final = 64
"""Profiles ready to predict, of about 0.4 MB each."""
TABLES_AT_ONCE: Final = 20
"""In a unit of work, for which a request waits as long as for any other."""
MOST_AT_ONCE: Final = 64
_Asked: TypeAlias = tuple[str, Mode]
"""A Telegram id and a mode."""


class ProfileOutdated(Exception):
    """The profile was stored by another version of this program."""

    def __init__(self, athlete_id: UUID) -> None:
        super().__init__(str(athlete_id))
        self.athlete_id = athlete_id


class ProfileService:
    """Profiles of athletes in both modes. `close()` it before its database."""

    def __init__(self, database: Database, now: Callable[[], datetime], *, allow_strava_derived: bool = False) -> None:
        """`allow_strava_derived`: profiles fitted from Strava data may be shown to other athletes."""
        self._database = database
        self._now = now
        self._allow_strava_derived = allow_strava_derived
        # who asks asks again; by what is stored, so that what has changed or is erased is never found
        self._loaded = lru_cache(KEPT_LOADED)(FittedProfile.from_bytes)
        self._together: Gathered[_Asked, ShownProfile | None] = Gathered(self._looked_up, most=MOST_AT_ONCE)
        self.unload = self._loaded.cache_clear
        """Takes every profile out of this process's memory."""

    def rebuild(self, session: Session, athlete_id: UUID) -> None:
        """Fits both modes from the activities this session sees and stores them; a mode without any loses its row.

        What rests on Strava's data too is fitted a second time, from what may be shown to others alone. The numbers are
        made while the transaction is open: a profile never misses an activity that was committed before it.
        """
        store, telegram_id, now = ProfileStore(session), AthleteStore(session).lock(athlete_id), self._now()
        taught = ActivityStore(session).settle_twins(athlete_id)
        known, sources, been = taught.features(), taught.provenances(), store.paths(athlete_id)
        with_strava = any(source == STRAVA for _, source in sources)
        usable, sent = usable_until(now, known), usable_until(now, taught.features_of_sent() if with_strava else [])
        for mode in MODES:
            made, kind = made_of(usable, mode, telegram_id, now, known=known, paths=been), KIND_OF_MODE[mode]
            if made is None:
                store.drop(athlete_id, mode)
                continue
            provenance = ",".join(sorted({source for sport, source in sources if KIND_OF_SPORT[sport] == kind}))
            to_show = made_of(sent, mode, telegram_id, now) if STRAVA in provenance else None
            store.put(
                StoredProfile(
                    athlete_id=athlete_id,
                    mode=mode,
                    described=made.text(shareable=self.may_be_shared(provenance)),
                    fitted=made.own.to_bytes(),
                    pace_table=made.table(),
                    provenance=provenance,
                    updated_at=now,
                    **_columns_to_show(to_show),
                )
            )

    def fitted(self, session: Session, telegram_id: str, mode: Mode) -> tuple[Known | None, FittedProfile | None]:
        """The athlete, if they are known, and what predicts for them, if anything does. Raises ProfileOutdated."""
        known, stored = ProfileStore(session).fitted(telegram_id, mode)
        if known is None or stored is None:
            return known, None
        try:
            return known, self._loaded(stored)
        except ValueError as reason:
            raise ProfileOutdated(known.athlete_id) from reason

    async def renew(self, outdated: ProfileOutdated) -> None:
        """Fits the athlete's profiles anew."""
        log = structlog.get_logger(__name__)
        log.info("profile_outdated", athlete=str(outdated.athlete_id), reason=str(outdated.__cause__))
        await self._database.write(lambda session: self.rebuild(session, outdated.athlete_id))

    async def make_tables(self, telegram_ids: Sequence[str], mode: Mode) -> None:
        """Makes the pace tables that are missing or of another version, of profiles that are there; in short units."""
        for first in range(0, len(telegram_ids), TABLES_AT_ONCE):
            some = telegram_ids[first : first + TABLES_AT_ONCE]
            await self._database.write(partial(self._make_tables, telegram_ids=some, mode=mode))

    def _make_tables(self, session: Session, telegram_ids: Sequence[str], mode: Mode) -> None:
        for athlete_id in AthleteStore(session).ids_of(telegram_ids):
            try:
                AthleteStore(session).lock(athlete_id)
            except ErasedMeanwhile:  # of whom nothing is to be told any more
                continue
            stored = ProfileStore(session).stored(athlete_id, mode)
            if stored is None:
                continue
            if not self.may_be_shared(stored.provenance):
                self.rebuild(session, athlete_id)
                continue
            if is_table(stored.pace_table):
                continue
            try:
                fitted = FittedProfile.from_bytes(stored.fitted)
            except ValueError:  # of another version itself
                fitted = None
            if fitted is None or fitted.paths is not None:  # what knows paths is for its athlete alone
                self.rebuild(session, athlete_id)
                continue
            stored.pace_table = table_of(fitted, msgspec.json.decode(stored.described, type=Profile).curve)

    async def show(self, telegram_id: str, mode: Mode) -> msgspec.Raw:
        """The `Profile` as its owner sees it; `has_profile` is false for someone unknown."""
        return self._own(telegram_id, mode, await self._together.result((telegram_id, mode)))

    async def close(self) -> None:
        """Lets what is being looked up end."""
        await self._together.close()

    async def _looked_up(self, asked: Sequence[_Asked]) -> list[ShownProfile | None]:
        ids = {mode: [telegram_id for telegram_id, of in asked if of == mode] for _, mode in asked}

        def find(session: Session) -> dict[Mode, dict[str, ShownProfile]]:
            store = ProfileStore(session)
            return {mode: store.shown_of_all(theirs, mode) for mode, theirs in ids.items()}

        found = await self._database.read(find)
        return [found[mode].get(telegram_id) for telegram_id, mode in asked]

    async def batch(self, request: ProfilesRequest) -> msgspec.Raw:
        """The `ProfileBatch` in the order asked for, figures hidden where the purpose forbids them."""

        def find(session: Session) -> dict[str, ShownProfile]:
            return ProfileStore(session).shown_of_all(request.telegram_ids, request.type)

        found = await self._database.read(find, reckons=True)
        unmade = [each.telegram_id for each in found.values() if self._unmade(each.provenance, each.to_others)]
        if unmade and request.purpose == "matching":
            await self.make_tables(unmade, request.type)
            found = await self._database.read(find, reckons=True)
        show = self._to_others if request.purpose == "matching" else self._own
        profiles = [show(asked, request.type, found.get(asked)) for asked in request.telegram_ids]
        return msgspec.Raw(msgspec.json.encode({"profiles": profiles}))

    def _own(self, telegram_id: str, mode: Mode, stored: ShownProfile | None) -> msgspec.Raw:
        if stored is None:
            return _raw(without_figures(telegram_id, mode, has_profile=False, reason=NO_PROFILE))
        shareable = self.may_be_shared(stored.provenance)
        if (_SHAREABLE in stored.described) == shareable:
            return msgspec.Raw(stored.described.encode())
        # written under another setting, or by an older version
        described = msgspec.json.decode(stored.described, type=Profile)
        return _raw(shared(described, shareable=shareable))

    def _to_others(self, telegram_id: str, mode: Mode, stored: ShownProfile | None) -> msgspec.Raw:
        if stored is None or self.may_be_shared(stored.provenance):
            return self._own(telegram_id, mode, stored)
        if stored.to_others:
            return msgspec.Raw(stored.to_others.encode())
        return _raw(without_figures(telegram_id, mode, has_profile=True, reason=PRIVATE_SOURCE))

    def table_to_others(self, row: TabledProfile) -> tuple[bytes | None, bool]:
        """The pace table that may be told to others, if there is one at hand, and whether one is to be made first."""
        if self.may_be_shared(row.provenance):
            return (row.pace_table, False) if is_table(row.pace_table) else (None, True)
        if row.table_to_others:
            return (row.table_to_others, False) if is_table(row.table_to_others) else (None, True)
        return None, self._unmade(row.provenance, row.table_to_others)

    def _unmade(self, provenance: str, to_others: str | bytes | None) -> bool:
        """Whether an older version has not fitted what may be shown of a profile, while there may be something."""
        return to_others is None and provenance != STRAVA and not self.may_be_shared(provenance)

    def may_be_shared(self, provenance: str) -> bool:
        """Whether figures of a profile made of these sources may be shown to other athletes."""
        return self._allow_strava_derived or STRAVA not in provenance


def _columns_to_show(made: Made | None) -> dict[str, Any]:
    if made is None:
        return {"to_others": NOTHING_TO_SHOW, "table_to_others": NOTHING_TO_SHOW.encode()}
    return {"to_others": made.text(shareable=True), "table_to_others": made.table()}


def _raw(profile: Profile) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(profile))
