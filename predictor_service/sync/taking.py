"""What Strava tells of activities, put beside what is stored: on a page of the list, or of one that was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from predictor_service.activities.listed import StravaActivityRow
from predictor_service.activities.store import ActivityStore, Upserted
from predictor_service.strava.answers import Summary
from predictor_service.sync.plan import aside_of, sport_of
from predictor_service.sync.store import SyncStore


class Taken(NamedTuple):
    """What became of those on foot, by Strava id, and which of the others are stored."""

    outcomes: Mapping[int, Upserted]
    not_on_foot: frozenset[int]
    withdrawn: frozenset[int]
    """Those that were worth a read until now."""


def take(session: Session, athlete_id: UUID, told: Sequence[Summary], now: datetime) -> Taken:
    """Stores what is on foot; the details of what has changed are to be read again, unless they can hold nothing."""
    activities, sync = ActivityStore(session), SyncStore(session)
    rows = [row for each in told if (row := _row(each, now)) is not None]
    outcomes = activities.upsert_strava(athlete_id, rows)
    aside = {row.strava_activity_id: outcomes[row.strava_activity_id] for row in rows if row.aside is not None}
    sync.mark_read(athlete_id, [each for each, outcome in aside.items() if outcome != "same"], now)
    sync.forget_trouble_with(athlete_id, [each for each, outcome in outcomes.items() if outcome == "updated"])
    counts = activities.counts(athlete_id)
    sync.show(athlete_id, activities_known=counts.known, activities_read=counts.read)
    others = [each.id for each in told if each.id not in outcomes]
    withdrawn = frozenset(each for each, outcome in aside.items() if outcome == "updated")
    return Taken(outcomes, activities.known(athlete_id, others), withdrawn)


def _row(summary: Summary, now: datetime) -> StravaActivityRow | None:
    """What is stored of an activity on foot."""
    sport = sport_of(summary)
    if sport is None:
        return None
    return StravaActivityRow(
        strava_activity_id=summary.id,
        sport_type=summary.sport,
        sport=sport,
        started_at=summary.start_date,
        distance_m=summary.distance_m,
        moving_time_s=summary.moving_time_s,
        elapsed_time_s=summary.elapsed_time_s,
        gain_m=summary.total_elevation_gain or 0.0,
        aside=aside_of(summary, now),
    )
