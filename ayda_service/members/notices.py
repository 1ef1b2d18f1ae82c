"""What members are told unasked: plain data, since it waits in a job until it is delivered."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

import msgspec

from kernel.contracts.activity import ImportState


class ConnectionLost(msgspec.Struct, frozen=True, tag="strava_reauth_required"):
    """Strava no longer honours the connection; the member has to connect again."""


class UploadGivenUp(msgspec.Struct, frozen=True, tag="upload_given_up"):
    """An outing did not get to Strava, and is not tried again by itself."""

    started_at: datetime
    distance_m: float


class ImportOver(msgspec.Struct, frozen=True, tag="import_over"):
    """An archive has been read, or given up."""

    state: ImportState


class Compared(msgspec.Struct, frozen=True, tag="activity_compared"):
    """How an outing went beside what had been predicted for it: seconds from start to finish, and the band of 8 in 10.

    `name` is the course's, empty where it has none. `climbs` and `flat` are by what share the member's usual pace there
    has changed with the outing: -0.02 is 2 % faster. The ids say which forecast and which outing; an earlier version
    told of none.
    """

    name: str
    predicted_p50_s: float
    p10: float
    p90: float
    elapsed_s: float
    climbs: float | None = None
    flat: float | None = None
    prediction_id: str | None = None
    activity_id: str | None = None


Notice: TypeAlias = ConnectionLost | UploadGivenUp | ImportOver | Compared


def packed(notice: Notice) -> dict[str, Any]:
    """A notice as the arguments of a job keep it."""
    kept: dict[str, Any] = msgspec.to_builtins(notice)
    return kept


def unpacked(kept: Any) -> Notice:
    """The notice in a job. Raises msgspec.ValidationError."""
    notice: Notice = msgspec.convert(kept, type=Notice)
    return notice
