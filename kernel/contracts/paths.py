"""Whether the paths of somebody's own outings are remembered, for their own forecasts alone."""

from __future__ import annotations

from datetime import datetime

import msgspec


class OwnPathsChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a member wants; without it nothing about places is kept."""

    remembered: bool


class OwnPaths(msgspec.Struct, frozen=True):
    """Since when paths are remembered, and of how many outings; outings from before have none until they come again."""

    remembered: bool
    since: datetime | None
    outings: int
