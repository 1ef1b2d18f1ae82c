"""Syncs as they are shown: where one stands, and what the list had last."""

from __future__ import annotations

from typing import Final, cast

import msgspec
from sqlalchemy.orm import Session

from kernel.contracts.sync import SyncResult, SyncState, SyncStatus
from predictor_service.activities.store import ActivityStore
from predictor_service.athletes.models import Athlete
from predictor_service.athletes.store import AthleteStore
from predictor_service.errors import AthleteUnknown
from predictor_service.sync.store import SyncStore

NEWEST_SHOWN: Final = 30


class ImportedActivity(msgspec.Struct, frozen=True):
    """One activity as Strava's list tells it, without its name and without a place."""

    strava_activity_id: int
    sport_type: str
    started_at: str
    distance_m: float
    moving_time_s: float
    elapsed_time_s: float
    gain_m: float
    read: bool


class LatestImport(msgspec.Struct, frozen=True):
    """The outcome of the sync, and the newest activities after it."""

    sync: SyncResult
    activities: list[ImportedActivity]


def athlete_of(session: Session, strava_athlete_id: int) -> Athlete:
    """Who is connected with this Strava id. Raises AthleteUnknown."""
    athlete = AthleteStore(session).by_strava_id(strava_athlete_id)
    if athlete is None:
        raise AthleteUnknown
    return athlete


def newest_of(session: Session, strava_athlete_id: int) -> list[ImportedActivity]:
    """The newest activities that are listed. Raises AthleteUnknown."""
    athlete = athlete_of(session, strava_athlete_id)
    return [
        ImportedActivity(
            strava_activity_id=activity.strava_activity_id or 0,
            sport_type=activity.sport_type,
            started_at=activity.started_at.isoformat(),
            distance_m=activity.distance_m,
            moving_time_s=activity.moving_time_s,
            elapsed_time_s=activity.elapsed_time_s,
            gain_m=activity.gain_m,
            read=activity.read_at is not None,
        )
        for activity in SyncStore(session).newest(athlete.id, NEWEST_SHOWN)
    ]


def state_of(session: Session, strava_athlete_id: int) -> SyncState:
    """Where the athlete's sync stands. Raises AthleteUnknown."""
    store, athlete_id = SyncStore(session), athlete_of(session, strava_athlete_id).id
    row = store.state(athlete_id)
    return SyncState(
        athlete_id=strava_athlete_id,
        status=cast("SyncStatus", row.status) if row else "never",
        activities_known=row.activities_known if row else 0,
        activities_read=row.activities_read if row else 0,
        started_at=row.started_at if row else None,
        finished_at=row.finished_at if row else None,
        detail=row.detail if row else None,
        profile_ready=store.has_profile(athlete_id),
        left_out=ActivityStore(session).left_out(athlete_id),
        code=row.code if row else None,
        retry_at=row.retry_at if row and row.status in {"waiting", "failed"} else None,
        last_success_at=store.last_success_at(athlete_id),
    )
