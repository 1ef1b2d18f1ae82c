"""What somebody without an account asks, and what their browser keeps of their past.

They are given a `Prediction` with the profile of the course: nothing is kept that they could ask for later.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

import msgspec

from kernel.contracts.prediction import (
    CheckpointRequest,
    Effort,
    FlatPace,
    Mode,
    SealedProfile,
    TimeZone,
    TrackName,
)
from kernel.contracts.problem import Problem
from kernel.contracts.said import Conditions, CourseLength, RaceResult
from kernel.contracts.times import Fade, GoalTime

MOST_GUEST_BYTES: Final = 250 * 1024 * 1024
"""Of the files of a past, together."""
MOST_GUEST_BODY_BYTES: Final = MOST_GUEST_BYTES + 1024 * 1024
"""With what a form writes around so many files."""


class GuestQuestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """As a member's `PredictionRequest`, about a file that is sent along or a race of the catalogue.

    A `profile`, a `flat_pace` or a `result` says how fast the guest is.
    """

    race_id: str | None = None
    distance_id: str | None = None
    track: TrackName | None = None
    mode: Mode = "trail_run"
    flat_pace: FlatPace | None = None
    result: RaceResult | None = None
    start_at: datetime | None = None
    time_zone: TimeZone | None = None
    checkpoints: Annotated[list[CheckpointRequest], msgspec.Meta(max_length=200)] = []
    effort: Effort = "moderate"
    goal_s: GoalTime | None = None
    fade: Fade | None = None
    distance_m: CourseLength | None = None
    conditions: Conditions | None = None
    profile: SealedProfile | None = None


class GuestProfile(msgspec.Struct, frozen=True):
    """A past to be kept by whoever sent it, and by nobody else.

    `outings` counts those it rests on by the mode they tell of, a mode without any is missing; `dropped` counts files
    that were left out, by code (docs/files.md).
    """

    sealed: SealedProfile
    expires_at: datetime
    outings: Mapping[Mode, int]
    dropped: Mapping[str, int]


class ReadingLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the answer to files: how many of how many are read; the last line has the profile or the problem.

    `of` is 0 until the files are counted, and while others have their turn.
    """

    read: int = 0
    of: int = 0
    profile: GuestProfile | None = None
    problem: Problem | None = None

    @property
    def is_last(self) -> bool:
        """Whether nothing follows."""
        return self.profile is not None or self.problem is not None
