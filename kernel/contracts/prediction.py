"""Asking for a prediction, and the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from kernel.contracts.ids import TelegramId

Mode = Literal["trail_run", "hiking"]
FlatPace = Annotated[float, msgspec.Meta(ge=120, le=1800)]
"""Seconds per kilometre on the flat."""


class CheckpointRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place on the route: metres from the start, planned stop and cutoff in seconds after the start."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    at_m: Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]
    stop_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 0.0
    cutoff_s: Annotated[float, msgspec.Meta(gt=0, le=1_000_000)] | None = None


class PredictRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Exactly one of `gpx_file_id`, `race_id` + `distance_id`, or inline `gpx`."""

    telegram_id: TelegramId
    gpx_file_id: str | None = None
    race_id: str | None = None
    distance_id: str | None = None
    gpx: str | None = None
    mode: Mode = "trail_run"
    flat_pace: FlatPace | None = None
    start_at: datetime | None = None
    checkpoints: Annotated[list[CheckpointRequest], msgspec.Meta(max_length=200)] = []


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
    """The band the moderate time lies in.

    `measured_coverage` is the share of the athlete's own `measured_on` past activities that such a band held.
    """

    p10_s: int
    p50_s: int
    p90_s: int
    nominal: float
    measured_coverage: float | None
    measured_on: int


class ProfileStats(msgspec.Struct, frozen=True):
    """What the personal part of a prediction rests on."""

    total_km: float
    total_activities: int
    gradient_coverage: str
    prior_share: float


class RouteFacts(msgspec.Struct, frozen=True):
    """Length and climbing of the route, with the band D+ lies in."""

    distance_m: float
    gain_m: float
    loss_m: float
    gain_band_m: tuple[float, float]


class QuantilesS(msgspec.Struct, frozen=True):
    """Seconds at the 10th, 50th and 90th percentile."""

    p10: int
    p50: int
    p90: int


class Split(msgspec.Struct, frozen=True):
    """One kilometre (the last may be shorter)."""

    from_m: float
    to_m: float
    gain_m: float
    loss_m: float
    mode: Literal["run", "walk"]
    time_s: QuantilesS


class CheckpointForecast(msgspec.Struct, frozen=True):
    """Arrival at a checkpoint, in seconds after the start, planned earlier stops included."""

    name: str
    at_m: float
    eta_s: QuantilesS
    cutoff_s: float | None
    p_in_time: float | None


class FormulasS(msgspec.Struct, frozen=True):
    """What the classical formulas say, in seconds."""

    strava_gap: int
    minetti: int
    tobler: int
    naismith: int


class Prediction(msgspec.Struct, frozen=True):
    """The answer. Without a profile `personalized` is false and `profile_stats` null."""

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
