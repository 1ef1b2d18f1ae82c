"""How right forecasts were, as it is told."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from kernel.contracts.accuracy import (
    Accuracy,
    Candidate,
    ComparedOuting,
    HowRight,
    Learned,
    ModeAccuracy,
    OpenForecast,
    OverallAccuracy,
)
from kernel.contracts.prediction import Mode
from kernel.contracts.times import QuantilesS
from predictor_service.accuracy.matching import WAITED_FOR, Went
from predictor_service.accuracy.models import Comparison
from predictor_service.accuracy.service import LedgerService
from predictor_service.accuracy.store import AccuracyStore, Means, of_athlete, of_forecast
from predictor_service.athletes.store import AthleteStore
from predictor_service.predictions.models import LedgerEntry
from predictor_service.profiles.service import MODES

SHOWN: Final = 20
"""Comparisons that an athlete is shown by themselves, newest first."""
OPEN_SHOWN: Final = 5
CANDIDATES_SHOWN: Final = 5
ABOUT_AS_LONG: Final = 0.25
"""An outing that is longer or shorter than the course by more (log) is not offered to be linked with it."""


def accuracy_of(session: Session, telegram_id: str, now: datetime) -> Accuracy:
    """How right forecasts for this person were; of somebody unknown nothing is compared."""
    athlete, store = AthleteStore(session).by_telegram_id(telegram_id), AccuracyStore(session)
    if athlete is None:
        nothing = HowRight(0, None, None, None)
        return Accuracy(telegram_id, nothing, nothing, [], [], [])
    _, moving, elapsed = store.figures(of_athlete(athlete.id))
    modes = [_of_mode(session, athlete.id, mode) for mode in MODES]
    return Accuracy(
        telegram_id=telegram_id,
        moving=_measured(moving),
        elapsed=_measured(elapsed),
        modes=[each for each in modes if each.moving.n],
        newest=[_on_wire(*row) for row in store.compared(of_athlete(athlete.id), SHOWN)],
        open=_open(store, athlete.id, now - WAITED_FOR),
    )


def overall_accuracy(session: Session) -> OverallAccuracy:
    """How right the forecasts that were compared last were, for everybody."""
    athletes, moving, elapsed = AccuracyStore(session).figures()
    return OverallAccuracy(athletes, _measured(moving), _measured(elapsed))


def compared_outing(session: Session, prediction_id: UUID) -> tuple[str, ComparedOuting] | None:
    """Whose comparison this is, and what it says; None once it is gone."""
    store = AccuracyStore(session)
    rows = store.compared(of_forecast(prediction_id), 1)
    if not rows:
        return None
    telegram_id = store.telegram_id(rows[0][0].athlete_id)
    return None if telegram_id is None else (telegram_id, _on_wire(*rows[0]))


def _of_mode(session: Session, athlete_id: UUID, mode: Mode) -> ModeAccuracy:
    _, moving, elapsed = AccuracyStore(session).figures(of_athlete(athlete_id, mode))
    stretch = LedgerService.past(session, athlete_id, mode).stretch
    return ModeAccuracy(mode, _measured(moving), _measured(elapsed), round(stretch, 3))


def _measured(figures: Means) -> HowRight:
    means = (None if value is None else round(float(value), 4) for value in figures[1:])
    return HowRight(figures.n, *means)


def _on_wire(compared: Comparison, said: LedgerEntry) -> ComparedOuting:
    return ComparedOuting(
        prediction_id=str(said.id),
        activity_id=str(compared.activity_id),
        mode=cast("Mode", compared.mode),
        course=said.course_name,
        predicted_at=said.created_at,
        started_at=compared.started_at,
        said_s=QuantilesS(*said.elapsed_said_s),
        taken_s=round(compared.elapsed_s),
        moving_said_s=QuantilesS(said.p10_s, said.p50_s, said.p90_s),
        moving_taken_s=round(compared.moving_s),
        linked=compared.linked,
        learned=None if compared.learned is None else msgspec.json.decode(compared.learned, type=Learned),
    )


def _open(store: AccuracyStore, athlete_id: UUID, since: datetime) -> list[OpenForecast]:
    entries = store.open_entries(athlete_id, since, OPEN_SHOWN)
    outings = store.outings(athlete_id, since) if entries else []
    return [_open_on_wire(entry, outings) for entry in entries]


def _open_on_wire(entry: LedgerEntry, outings: Sequence[Went]) -> OpenForecast:
    since = [each for each in outings if each.started_at >= entry.created_at and each.distance_m > 0]
    alike = [each for each in since if abs(math.log(each.distance_m / entry.distance_m)) <= ABOUT_AS_LONG]
    newest = sorted(alike, key=lambda each: each.started_at, reverse=True)[:CANDIDATES_SHOWN]
    return OpenForecast(
        prediction_id=str(entry.id),
        course=entry.course_name,
        mode=cast("Mode", entry.mode),
        predicted_at=entry.created_at,
        distance_m=entry.distance_m,
        candidates=[
            Candidate(str(each.activity_id), each.started_at, round(each.distance_m, 1), round(each.elapsed_s))
            for each in newest
        ],
    )
