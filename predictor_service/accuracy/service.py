"""Comparing outings with what had been said of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from kernel.contracts.accuracy import Learned
from kernel.contracts.ids import parse_id
from kernel.contracts.prediction import Mode
from kernel.contracts.profile import CurvePoint, Profile
from kernel.forecast.calibration import REMEMBERED, Past, past_of, score_of
from kernel.pace.curve import personal_curve
from kernel.pace.learned import learned_between
from kernel.pace.population import KIND_OF_MODE
from predictor_service.accuracy.matching import Went, answered
from predictor_service.accuracy.store import AccuracyStore
from predictor_service.activities.store import ActivityStore
from predictor_service.athletes.store import AthleteStore
from predictor_service.errors import ForecastNotFound, OutingNotFound
from predictor_service.predictions.models import LedgerEntry
from predictor_service.profiles.service import MODES
from predictor_service.profiles.store import ProfileStore

OPEN_FOR: Final = timedelta(days=365)
"""As long as forecasts are kept; a start may be that far ahead."""
NEWS_FOR: Final = timedelta(days=3)
"""An outing that ended longer ago is no news to whoever went."""
Tell = Callable[[Session, UUID, UUID], None]
"""Has ayda told of an athlete's comparison, by the forecast's id, with the commit of a session."""


class LedgerService:
    """What becomes of forecasts. `tell` is None where nobody is to be told."""

    def __init__(
        self, rebuild: Callable[[Session, UUID], None], tell: Tell | None, now: Callable[[], datetime]
    ) -> None:
        """`rebuild` fits an athlete's profiles anew, and locks the athlete."""
        self._rebuild = rebuild
        self._tell = tell
        self._now = now

    def learn(self, session: Session, athlete_id: UUID) -> None:
        """Fits the athlete's profiles anew and compares the outings that answer a forecast.

        Every outing ends here, wherever it came from.
        """
        store = AccuracyStore(session)
        waiting = store.waiting(athlete_id, self._now() - OPEN_FOR)
        before: dict[str, Sequence[CurvePoint]] = {}
        if waiting:
            before = {mode: _curve(session, athlete_id, mode) for mode in MODES}
        self._rebuild(session, athlete_id)
        if not waiting:
            return
        for forecast, outing in answered(waiting, store.outings(athlete_id, waiting[0].created_at)):
            after = _curve(session, athlete_id, forecast.mode)
            learned = learned_between(before.get(forecast.mode, ()), after) if after else None
            if self._compare(session, athlete_id, forecast.prediction_id, outing, learned) and self._is_news(outing):
                self._announce(session, athlete_id, forecast.prediction_id)

    @staticmethod
    def past(session: Session, athlete_id: UUID, mode: Mode) -> Past:
        """What past forecasts say of the athlete's next one."""
        return past_of(AccuracyStore(session).scores(athlete_id, mode, REMEMBERED))

    def link(self, session: Session, telegram_id: str, prediction_id: str, activity_id: str | None) -> None:
        """Compares a forecast with the outing the athlete names, in place of any other; with None, with nothing.

        Raises ForecastNotFound and OutingNotFound.
        """
        athlete, store = AthleteStore(session).held(telegram_id), AccuracyStore(session)
        wanted = parse_id(prediction_id)
        entry = None if athlete is None or wanted is None else store.entry(athlete.id, wanted)
        if athlete is None or entry is None:
            raise ForecastNotFound
        named = None if activity_id is None else parse_id(activity_id)
        outing = None if named is None else store.outing(athlete.id, named)
        if activity_id is not None and (outing is None or outing.started_at < entry.created_at):
            raise OutingNotFound
        store.part(entry.id, named)
        store.leave_unrecognised(entry.id)
        if outing is not None:
            learned = _taught(session, athlete.id, entry.mode, outing.activity_id)
            self._compare(session, athlete.id, entry.id, outing, learned, linked=True)

    def _compare(
        self,
        session: Session,
        athlete_id: UUID,
        prediction_id: UUID,
        outing: Went,
        learned: Learned | None,
        *,
        linked: bool = False,
    ) -> bool:
        """Whether the comparison is new."""
        store = AccuracyStore(session)
        entry = store.entry(athlete_id, prediction_id)
        if entry is None:
            return False
        row = {**_outcome(entry, outing), "athlete_id": athlete_id, "linked": linked, "compared_at": self._now()}
        told = None if learned is None else msgspec.json.encode(learned).decode()
        return store.add({**row, "learned": told})

    def _is_news(self, outing: Went) -> bool:
        return self._now() - outing.started_at - timedelta(seconds=outing.elapsed_s) <= NEWS_FOR

    def _announce(self, session: Session, athlete_id: UUID, prediction_id: UUID) -> None:
        if self._tell is not None:
            self._tell(session, athlete_id, prediction_id)


def _curve(session: Session, athlete_id: UUID, mode: str) -> Sequence[CurvePoint]:
    stored = ProfileStore(session).stored(athlete_id, mode)
    return [] if stored is None else msgspec.json.decode(stored.described, type=Profile).curve


def _taught(session: Session, athlete_id: UUID, mode: str, activity_id: UUID) -> Learned | None:
    """What an outing that the profile rests on already has changed of it."""
    activities, kind = ActivityStore(session), KIND_OF_MODE[cast("Mode", mode)]
    before, after = activities.features_of(athlete_id, without=activity_id), activities.features_of(athlete_id)
    if not after:
        return None
    return learned_between(personal_curve(before, kind).values if before else (), personal_curve(after, kind).values)


def _outcome(entry: LedgerEntry, outing: Went) -> dict[str, Any]:
    """What a comparison says of a forecast and its outing.

    Moving time is as the recording shows it, which is also what the next forecast learns from.
    """
    moving_s = outing.features.moving_s
    elapsed_s = max(outing.elapsed_s, moving_s)
    low_s, middle_s, high_s = entry.elapsed_said_s
    score = score_of(entry.p10_s, entry.p50_s, entry.p90_s, moving_s)
    return {
        "prediction_id": entry.id,
        "activity_id": outing.activity_id,
        "mode": entry.mode,
        "started_at": outing.started_at,
        "moving_s": moving_s,
        "elapsed_s": elapsed_s,
        "moving_ratio": entry.p50_s / moving_s,
        "elapsed_ratio": middle_s / elapsed_s,
        "moving_held": entry.p10_s <= round(moving_s) <= entry.p90_s,
        "elapsed_held": low_s <= round(elapsed_s) <= high_s,
        "score": score * (1.0 if entry.stretch is None else entry.stretch),
    }
