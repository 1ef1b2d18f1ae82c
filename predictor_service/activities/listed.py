"""What Strava's list says of an activity, as it is stored, and which activities are read and count."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import LargeBinary, and_, func, or_

from kernel.contracts.activity import AsideCode, SportTag
from kernel.pace import FEATURES_FORMAT
from predictor_service.activities.models import Activity

FeaturesSource = Literal["streams", "splits", "file"]

# features that another version of this program stored count as none, and their activity as unread
USABLE = or_(*(func.substr(Activity.features, 1, len(tag), type_=LargeBinary) == tag for tag in FEATURES_FORMAT.tags))
READ = and_(Activity.read_at.is_not(None), or_(Activity.features.is_(None), USABLE))
COUNTS = and_(USABLE, Activity.left_out.is_(None), Activity.switched_off_at.is_(None))
UNREAD: Final = ~READ
"""The condition on an activity whose details are still to be read."""


@dataclass(frozen=True, slots=True)
class StravaActivityRow:
    """What Strava's activity list says about one activity."""

    strava_activity_id: int
    sport_type: str
    sport: SportTag
    started_at: datetime
    distance_m: float
    moving_time_s: float
    elapsed_time_s: float
    gain_m: float
    aside: AsideCode | None = None
    """Why its details are not worth a read."""


@dataclass(frozen=True, slots=True)
class Unread(StravaActivityRow):
    """A Strava activity whose details are still to be read, as the list told it."""

    id: UUID = field(kw_only=True)


_NAMES: Final = tuple(one.name for one in fields(StravaActivityRow))
LISTED: Final = tuple(getattr(Activity, name) for name in _NAMES)
"""The columns of a `StravaActivityRow`."""
listed_of = attrgetter(*_NAMES)
"""The values of these columns, of a row or an activity."""


def values_of(row: StravaActivityRow) -> dict[str, Any]:
    """The columns and their values."""
    return dict(zip(_NAMES, listed_of(row), strict=True))
