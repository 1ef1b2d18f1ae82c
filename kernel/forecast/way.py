"""One way along a route: what arrivals, plans and daylight all start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.fitted import Kind
from kernel.forecast.checkpoints import CheckpointLike
from kernel.forecast.elapsed import Clock
from kernel.forecast.pacing import Pacing
from kernel.tracks import RouteGeometry


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A route, how its time spreads along it, what the clock shows at its end, and its checkpoints in order."""

    route: RouteGeometry
    kind: Kind
    pacing: Pacing
    clock: Clock
    checkpoints: Sequence[CheckpointLike]
