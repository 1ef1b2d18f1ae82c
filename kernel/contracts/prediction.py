"""Asking for a prediction, and the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from kernel.contracts.ids import TelegramId
from kernel.contracts.route import CourseWarning, ElevationPoint, RouteFacts
from kernel.contracts.said import Conditions, CourseLength, RaceResult
from kernel.contracts.times import Daylight, Fade, GoalTime, Plan, QuantilesS, WholeClimb, WholeNumber

Mode = Literal["trail_run", "hiking"]
Effort = Literal["race", "fast", "moderate", "easy"]
"""How hard someone means to go: as on one of their ten fastest days in a hundred, or at a quarter point of them."""

GroundKind = Literal["climb", "descent", "flat", "rolling"]
Gait = Literal["run", "walk"]
Cause = Literal["climb", "descent", "distance", "terrain", "level", "surface", "heat", "altitude", "company", "hut"]
MeasuredBy = Literal["past", "ledger"]

FlatPace = Annotated[float, msgspec.Meta(ge=120, le=1800)]
"""Seconds per kilometre on the flat."""

TimeZone = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
"""A name of the IANA list, such as `Europe/Zurich`."""

TrackName = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
"""Which track of a file that holds several."""

SealedProfile = Annotated[str, msgspec.Meta(min_length=1, max_length=64_000)]
"""The profile of somebody without an account, which the predictor alone can open."""


class CheckpointRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place on the route: metres from the start, planned stop and cutoff in seconds after the start.

    One is in time who arrives by the cutoff; the stop there comes after it.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    at_m: Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]
    stop_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 0.0
    cutoff_s: Annotated[float, msgspec.Meta(gt=0, le=1_000_000)] | None = None


class PredictionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a member asks: exactly one of `gpx_file_id`, `race_id` + `distance_id`, or inline `gpx`.

    `gpx` is the text of a GPX or TCX file, or any file as `data:application/octet-stream;base64,...`; `track` chooses
    among its tracks by name or number, without it the longest is taken.

    Without `checkpoints` the named waypoints of the GPX are the checkpoints. `goal_s` asks for a plan, whose second
    half is slower by `fade` (by default as much as the forecast's). `start_at` with an offset is that instant, without
    one a time on the clock of `time_zone` (IANA), or of the course where none is named. `distance_m` is the true length
    of a course that is drawn longer or shorter.
    """

    gpx_file_id: str | None = None
    race_id: str | None = None
    distance_id: str | None = None
    gpx: str | None = None
    track: TrackName | None = None
    mode: Mode = "trail_run"
    flat_pace: FlatPace | None = None
    start_at: datetime | None = None
    time_zone: TimeZone | None = None
    checkpoints: Annotated[list[CheckpointRequest], msgspec.Meta(max_length=200)] = []
    effort: Effort = "moderate"
    goal_s: GoalTime | None = None
    fade: Fade | None = None
    distance_m: CourseLength | None = None
    conditions: Conditions | None = None


class PredictRequest(PredictionRequest, frozen=True, kw_only=True):
    """The same for the member with this id; for a guest without one, who states a `flat_pace` or a `result`.

    Or the guest brings along the `profile` that was made of their own files; a `flat_pace` beside it counts as a
    member's does.
    """

    telegram_id: TelegramId | None = None
    result: RaceResult | None = None
    profile: SealedProfile | None = None


class Times(msgspec.Struct, frozen=True):
    """Moving times as `H:MM:SS`."""

    fast: str
    moderate: str
    easy: str


class TimesS(msgspec.Struct, frozen=True):
    """Moving times in seconds; fast <= moderate <= easy."""

    fast: int
    moderate: int
    easy: int


class Interval(msgspec.Struct, frozen=True):
    """The band the moving time lies in, about the median of the effort asked for.

    `measured_coverage` is the share of `measured_on` outings of the athlete that such a band held: by `past`, of past
    ones that were forecast afterwards, each from all others; by `ledger`, of outings that were forecast before them.
    """

    p10_s: int
    p50_s: int
    p90_s: int
    nominal: float
    measured_coverage: float | None
    measured_on: int
    measured_by: MeasuredBy = "past"


class ProfileStats(msgspec.Struct, frozen=True):
    """What the personal part of a prediction rests on."""

    total_km: WholeNumber
    total_activities: int
    gradient_coverage: str
    prior_share: float


class Split(msgspec.Struct, frozen=True):
    """One kilometre (the last may be shorter)."""

    from_m: float
    to_m: float
    gain_m: float
    loss_m: float
    mode: Gait
    time_s: QuantilesS


class TerrainSegment(msgspec.Struct, frozen=True):
    """A stretch of one character; `gradient` is its mean rise over run, `mode` how most of its time is spent."""

    kind: GroundKind
    from_m: float
    to_m: float
    gain_m: float
    loss_m: float
    gradient: float
    mode: Gait
    time_s: QuantilesS


class Walked(msgspec.Struct, frozen=True):
    """How much of the route is walked, of the median moving time."""

    distance_m: float
    time_s: int


class CheckpointForecast(msgspec.Struct, frozen=True):
    """Arrival at a checkpoint, in seconds after the start, stops before it included.

    `p_in_time` is the chance to arrive by its cutoff, whatever happened before; `p_all_in_time` the chance to make this
    and every earlier cutoff. Both are null where there is no cutoff.
    """

    name: str
    at_m: float
    stop_s: float
    eta_s: QuantilesS
    cutoff_s: float | None
    p_in_time: float | None
    p_all_in_time: float | None


class MinutesOfCause(msgspec.Struct, frozen=True):
    """What one cause adds to a flat run of the same distance, in minutes; negative where it saves time."""

    cause: Cause
    minutes: float


class FormulasS(msgspec.Struct, frozen=True):
    """What the classical formulas say, in seconds."""

    strava_gap: int
    minetti: int
    tobler: int
    naismith: int
    din33466: int
    swiss: int


class AskedCourse(msgspec.Struct, frozen=True):
    """What a prediction is for: its name, and the stored route or the race it was named by; no id for a GPX sent along.

    `name` is null where the file had none.
    """

    name: str | None
    route_id: str | None
    race_id: str | None
    distance_id: str | None


class Prediction(msgspec.Struct, frozen=True):
    """The answer. Without a profile `personalized` is false, `profile_stats` null and `prior_share` 1.

    `interval`, `splits`, `terrain`, `walked`, `elapsed_s` and `checkpoints` are for the effort asked for; `times` name
    three. `elapsed_s` is from start to finish, `stops_s` of them expected or planned stops. The minutes add up to the
    moderate time less `flat_run_s`, a flat run of the same distance at the flat pace; those of `hut` are a stop. `plan`
    is null without a goal, `daylight` without a start or a place, `p_finish_in_all_cutoffs` without a cutoff. Clocks
    are those of `time_zone`, which is null without a start and where only the start's own offset is known. Answers from
    before have neither `start_at` nor `course`. `elevation` is the course's profile for a guest, of whose course
    nothing is kept, and null for a member. `warnings` are about the course's file, then about what to be careful of.
    """

    prediction_id: str
    personalized: bool
    times: Times
    times_s: TimesS
    gap_time: str
    gap_time_s: int
    interval: Interval
    profile_stats: ProfileStats | None
    route: RouteFacts
    splits: list[Split]
    checkpoints: list[CheckpointForecast]
    formulas_s: FormulasS
    model: str
    effort: Effort
    prior_share: float
    elapsed_s: QuantilesS
    stops_s: int
    terrain: list[TerrainSegment]
    walked: Walked
    p_finish_in_all_cutoffs: float | None
    flat_run_s: int
    minutes: list[MinutesOfCause]
    plan: Plan | None
    daylight: Daylight | None
    start_at: datetime | None = None
    time_zone: str | None = None
    course: AskedCourse | None = None
    elevation: list[ElevationPoint] | None = None
    warnings: list[CourseWarning] = []
    climbs: list[WholeClimb] = []
