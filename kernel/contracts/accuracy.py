"""How right forecasts were: what was said of an outing beside what it took, one by one and on the whole."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from kernel.contracts.ids import TelegramId
from kernel.contracts.prediction import Mode
from kernel.contracts.times import QuantilesS


class HowRight(msgspec.Struct, frozen=True):
    """Of `n` compared outings; the figures are null without any.

    `bias` is the mean of said over taken, less 1 (above 0: too slow was said); `mape` the mean of how far off the
    median was, as a share of what was taken; `coverage` the share of outings within the band of 8 in 10.
    """

    n: int
    bias: float | None
    mape: float | None
    coverage: float | None


class Learned(msgspec.Struct, frozen=True):
    """By what share the athlete's usual pace has changed with an outing: -0.02 is 2 % faster. Null where unknown."""

    flat: float | None
    climbs: float | None
    descents: float | None


class ComparedOuting(msgspec.Struct, frozen=True):
    """An outing beside what had been said of its course: seconds from start to finish, and of moving.

    `linked`: the athlete said that it was this course; else it was recognised. `learned` is null once it is unknown.
    """

    prediction_id: str
    activity_id: str
    mode: Mode
    course: str | None
    predicted_at: datetime
    started_at: datetime
    said_s: QuantilesS
    taken_s: int
    moving_said_s: QuantilesS
    moving_taken_s: int
    linked: bool
    learned: Learned | None


class Candidate(msgspec.Struct, frozen=True):
    """An outing that may have been along a course that was forecast before."""

    activity_id: str
    started_at: datetime
    distance_m: float
    elapsed_s: int


class OpenForecast(msgspec.Struct, frozen=True):
    """A forecast that was compared with nothing yet, and the outings since that are about as long."""

    prediction_id: str
    course: str | None
    mode: Mode
    predicted_at: datetime
    distance_m: float
    candidates: list[Candidate]


class ModeAccuracy(msgspec.Struct, frozen=True):
    """One way to go. `stretch` is what the ledger makes of the next band's width there: 1 leaves it as it is."""

    mode: Mode
    moving: HowRight
    elapsed: HowRight
    stretch: float


class Accuracy(msgspec.Struct, frozen=True):
    """How right forecasts for one athlete were: over all, by way to go, and the newest ones by themselves.

    `moving` is about moving time, `elapsed` about the time from start to finish. `open` are forecasts that can still
    be linked with an outing.
    """

    telegram_id: TelegramId
    moving: HowRight
    elapsed: HowRight
    modes: list[ModeAccuracy]
    newest: list[ComparedOuting]
    open: list[OpenForecast]


class OverallAccuracy(msgspec.Struct, frozen=True):
    """How right forecasts were for everybody, for whoever operates the service; nothing of it is about anybody."""

    athletes: int
    moving: HowRight
    elapsed: HowRight


class OutingLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which outing went along a forecast course, by the id of the activity; null: none of them did."""

    activity_id: str | None


class OutingCompared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The predictor tells ayda that an outing was compared: the same pair of ids is the same news."""

    telegram_id: TelegramId
    outing: ComparedOuting


class NewsTaken(msgspec.Struct, frozen=True):
    """What became of it: the member is `told`, or it is `ignored`, as nobody of this id is a member."""

    status: Literal["told", "ignored"]
