"""What is to be expected of many people on one course: as few numbers as comparing them needs."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from kernel.contracts.ids import TelegramId
from kernel.contracts.prediction import Mode

MOST_ASKED = 1000


class DistributionsRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a stored course takes up to 1,000 members; it is named once, by `route_id` or by `gpx_file_id`."""

    telegram_ids: Annotated[list[TelegramId], msgspec.Meta(min_length=1, max_length=MOST_ASKED)]
    purpose: Literal["matching"]
    route_id: str | None = None
    gpx_file_id: str | None = None
    type: Mode = "trail_run"


class Distribution(msgspec.Struct, frozen=True):
    """What is expected of one member on the course, at an everyday effort.

    `log_time_s` is the median of the natural logarithm of moving seconds, `log_time_sd` its standard deviation. `climb`
    and `descent` say by how much (log of the whole time) the course's climbs and descents take them longer than others
    who are as fast on the flat. All are null when there is no profile (`no_profile`) or when it may not be shown to
    others (`private_source`).
    """

    telegram_id: TelegramId
    has_profile: bool
    shareable: bool
    reason: str | None
    log_time_s: float | None
    log_time_sd: float | None
    climb: float | None
    descent: float | None


class Distributions(msgspec.Struct, frozen=True):
    """One row for each id, in the order of the request."""

    distributions: list[Distribution]
