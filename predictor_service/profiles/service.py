"""Fitting, keeping and showing profiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Final, get_args
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.orm import Session

from kernel.contracts.prediction import Mode
from kernel.contracts.profile import Profile, ProfilesRequest
from kernel.forecast import FittedProfile, fit_profile
from kernel.forecast.pace_table import is_table, table_of
from kernel.forecast.profile import NO_PROFILE, describe_fitted, without_figures
from kernel.pace import KIND_OF_MODE, KIND_OF_SPORT
from predictor_service.activities.store import ActivityStore
from predictor_service.athletes.store import AthleteStore
from predictor_service.errors import ErasedMeanwhile
from predictor_service.profiles.models import StoredProfile
from predictor_service.profiles.store import Known, ProfileStore, ShownProfile
from servicekit.data.database import Database

MODES: Final[tuple[Mode, ...]] = get_args(Mode)
STRAVA: Final = "strava_api"
PRIVATE_SOURCE: Final = "private_source"
_SHAREABLE: Final = '"shareable":true'
KEPT_LOADED: Final = 64
"""Profiles ready to predict, of about 0.4 MB each."""
TABLES_AT_ONCE: Final = 20
"""In a unit of work, for which a request waits as long as for any other."""
_DAY_S: Final = 86_400.0


class ProfileOutdated(Exception):
    """The profile was stored by another version of this program."""

    def __init__(self, athlete_id: UUID) -> None:
        super().__init__(str(athlete_id))
        self.athlete_id = athlete_id


class ProfileService:
    """Profiles of athletes in both modes."""

    def __init__(self, database: Database, now: Callable[[], datetime], *, allow_strava_derived: bool = False) -> None:
        """`allow_strava_derived`: profiles fitted from Strava data may be shown to other athletes."""
        self._database = database
        self._now = now
        self._allow_strava_derived = allow_strava_derived
        # who asks asks again; by what is stored, so that what has changed or is erased is never found
        self._loaded = lru_cache(KEPT_LOADED)(FittedProfile.from_bytes)
        self.unload = self._loaded.cache_clear
        """Takes every profile out of this process's memory."""

    def rebuild(self, session: Session, athlete_id: UUID) -> None:
        """Fits both modes from the activities this session sees and stores them; a mode without any loses its row.

        The numbers are made while the transaction is open: a profile never misses an activity that was committed
        before it.
        """
        store, activities = ProfileStore(session), ActivityStore(session)
        telegram_id = AthleteStore(session).lock(athlete_id)
        activities.settle_twins(athlete_id)
        features = activities.features_of(athlete_id)
        sources = activities.provenances(athlete_id)
        now = self._now()
        today_day = now.timestamp() / _DAY_S
        for mode in MODES:
            fitted = fit_profile(features, mode, today_day=today_day)
            if fitted is None:
                store.drop(athlete_id, mode)
                continue
            described = describe_fitted(fitted, features, telegram_id=telegram_id, updated_at=now, today_day=today_day)
            kind = KIND_OF_MODE[mode]
            provenance = ",".join(sorted({source for sport, source in sources if KIND_OF_SPORT[sport] == kind}))
            described = _shared(described, shareable=self.may_be_shared(provenance))
            store.put(
                StoredProfile(
                    athlete_id=athlete_id,
                    mode=mode,
                    described=msgspec.json.encode(described).decode(),
                    fitted=fitted.to_bytes(),
                    pace_table=table_of(fitted, described.curve),
                    provenance=provenance,
                    updated_at=now,
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

    async def make_tables(self, athlete_ids: Sequence[UUID], mode: Mode) -> None:
        """Makes the pace tables that are missing or of another version, of profiles that are there; in short units."""
        for first in range(0, len(athlete_ids), TABLES_AT_ONCE):
            some = athlete_ids[first : first + TABLES_AT_ONCE]
            await self._database.write(partial(self._make_tables, athlete_ids=some, mode=mode))

    def _make_tables(self, session: Session, athlete_ids: Sequence[UUID], mode: Mode) -> None:
        for athlete_id in athlete_ids:
            try:
                AthleteStore(session).lock(athlete_id)
            except ErasedMeanwhile:  # of whom nothing is to be told any more
                continue
            stored = ProfileStore(session).stored(athlete_id, mode)
            if stored is None or is_table(stored.pace_table):
                continue
            try:
                fitted = FittedProfile.from_bytes(stored.fitted)
            except ValueError:  # of another version itself
                self.rebuild(session, athlete_id)
                continue
            stored.pace_table = table_of(fitted, msgspec.json.decode(stored.described, type=Profile).curve)

    async def show(self, telegram_id: str, mode: Mode) -> msgspec.Raw:
        """The `Profile` as its owner sees it; `has_profile` is false for someone unknown."""
        found = await self._database.read(lambda session: ProfileStore(session).shown(telegram_id, mode))
        return self._own(telegram_id, mode, found)

    async def batch(self, request: ProfilesRequest) -> msgspec.Raw:
        """The `ProfileBatch` in the order asked for, figures hidden where the purpose forbids them."""
        return await self._database.read(lambda session: self._batch(ProfileStore(session), request))

    def _batch(self, store: ProfileStore, request: ProfilesRequest) -> msgspec.Raw:
        found = {shown.telegram_id: shown for shown in store.shown_of_all(request.telegram_ids, request.type)}
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
        return _raw(_shared(described, shareable=shareable))

    def _to_others(self, telegram_id: str, mode: Mode, stored: ShownProfile | None) -> msgspec.Raw:
        if stored is None or self.may_be_shared(stored.provenance):
            return self._own(telegram_id, mode, stored)
        return _raw(without_figures(telegram_id, mode, has_profile=True, reason=PRIVATE_SOURCE))

    def may_be_shared(self, provenance: str) -> bool:
        """Whether figures of a profile made of these sources may be shown to other athletes."""
        return self._allow_strava_derived or STRAVA not in provenance


def _shared(profile: Profile, *, shareable: bool) -> Profile:
    return msgspec.structs.replace(profile, shareable=shareable, reason=None if shareable else PRIVATE_SOURCE)


def _raw(profile: Profile) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(profile))
