"""What a member asks for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from kernel.contracts.plan import Fade, GoalTime
from kernel.contracts.prediction import CheckpointRequest, Effort, FlatPace, Mode, PredictRequest


class PredictionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A prediction for oneself: exactly one of `gpx_file_id`, `race_id` + `distance_id`, or inline `gpx`."""

    gpx_file_id: str | None = None
    race_id: str | None = None
    distance_id: str | None = None
    gpx: str | None = None
    mode: Mode = "trail_run"
    flat_pace: FlatPace | None = None
    start_at: datetime | None = None
    checkpoints: Annotated[list[CheckpointRequest], msgspec.Meta(max_length=200)] = []
    effort: Effort = "moderate"
    goal_s: GoalTime | None = None
    fade: Fade | None = None

    def of_member(self, telegram_id: int) -> PredictRequest:
        """The request to the predictor."""
        return PredictRequest(telegram_id=str(telegram_id), **msgspec.structs.asdict(self))
