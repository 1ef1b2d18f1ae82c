"""What an athlete has sent, without anything that Strava tells: of this alone others may be shown something."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.pace import ActivityFeatures
from predictor_service.activities.listed import USABLE
from predictor_service.activities.models import Activity
from predictor_service.activities.twins import TOLD_TWICE, told_again


def features_of_sent(session: Session, athlete_id: UUID) -> list[ActivityFeatures]:
    """The features of every outing that the athlete's files tell, oldest first.

    What Strava tells has no part in which of two tellings counts.
    """
    columns = (Activity.id, Activity.started_at, Activity.distance_m, Activity.elapsed_time_s)
    mine = select(*columns, Activity.features_source, Activity.features).where(
        Activity.athlete_id == athlete_id,
        Activity.provenance != "strava_api",
        USABLE,
        func.coalesce(Activity.left_out, TOLD_TWICE) == TOLD_TWICE,
    )
    kept = session.execute(mine.order_by(Activity.started_at, Activity.id)).all()
    again = told_again(kept)
    return [ActivityFeatures.from_bytes(one.features) for one in kept if one.id not in again]
