"""A fitted profile: everything about an athlete that a forecast of one mode needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Final

import msgspec
import numpy as np

from kernel.contracts.prediction import Mode
from kernel.fitted import PACE, QUANTILE_Z, STOPS, USUAL_NOISE_FACTOR, Kind
from kernel.forecast import history
from kernel.forecast.covariance import Outings
from kernel.forecast.process import Process, learned
from kernel.pace.curve import personal_curve
from kernel.pace.features import ActivityFeatures
from kernel.pace.population import KIND_OF_MODE
from kernel.stored import Format
from kernel.tracks.track import FloatArray

PROFILE_FORMAT: Final = Format("Profiles", "FP", 2)
"""Counts up when stored profiles no longer mean what this module fits: they are then fitted again."""

_FEWEST_FOR_COVERAGE: Final = 5


class ProfileFacts(msgspec.Struct, frozen=True):
    """What a profile rests on.

    `total_*` and coverage are of the mode's kind.
    """

    mode: Mode
    total_activities: int
    total_km: float
    gradient_coverage: int
    flat_pace_s_per_km: float
    longest_km: float
    longest_s: float


class _Packed(msgspec.Struct, frozen=True):
    facts: ProfileFacts
    table: bytes


@dataclass(frozen=True, eq=False)
class FittedProfile:
    """Made by `fit_profile` or `from_bytes`; opaque to all but `kernel.forecast`. What it derives it derives once."""

    facts: ProfileFacts
    table: FloatArray
    centre: history.Centre
    pace: Process
    stops: Process

    @property
    def kind(self) -> Kind:
        """Whether it describes running or walking."""
        return KIND_OF_MODE[self.facts.mode]

    @cached_property
    def target_day(self) -> float:
        """The day a forecast is for: the one after the newest activity (time since then was found to say nothing)."""
        return history.last_day(self.table) + 1.0

    @cached_property
    def usual(self) -> Outings:
        """The athlete's usual outing of the mode's kind on the day of the forecast: the median of each coordinate."""
        own = history.is_kind(self.table, self.kind)
        medians = (np.median(getattr(self.pace.outings, field.name)[own]) for field in fields(Outings))
        usual = Outings(*(np.array([median]) for median in medians))
        return replace(usual, day=np.array([self.target_day]))

    @cached_property
    def measured_coverage(self) -> tuple[float | None, int]:
        """How often the 80 % band held for past activities, each forecast from all others; None below five."""
        own = self.pace.posterior.left_out_z[history.is_kind(self.table, self.kind)]
        if len(own) < _FEWEST_FOR_COVERAGE:
            return None, len(own)
        z = own / self.pace.posterior.noise_factor
        return float(np.mean((z >= QUANTILE_Z[0]) & (z <= QUANTILE_Z[-1]))), len(own)

    def to_bytes(self) -> bytes:
        """A compact form for storage, about 12 KiB at most."""
        return PROFILE_FORMAT.pack(msgspec.msgpack.encode(_Packed(self.facts, self.table.astype("<f8").tobytes())))

    @classmethod
    def from_bytes(cls, packed: bytes) -> FittedProfile:
        """The profile that `to_bytes` packed, in a few milliseconds.

        Raises ValueError if these are not such bytes, or of another version.
        """
        stored = msgspec.msgpack.decode(PROFILE_FORMAT.unpack(packed), type=_Packed)
        table = np.frombuffer(stored.table, dtype="<f8").astype(np.float64).reshape(-1, history.COLUMNS)
        return _assembled(stored.facts, table)


def fit_profile(features: Sequence[ActivityFeatures], mode: Mode, *, today_day: float) -> FittedProfile | None:
    """The profile of an athlete's activities, in any order; None when none of the mode's kind is usable.

    `today_day` is today in days since 1970: activities dated later are left out.
    """
    kind = KIND_OF_MODE[mode]
    rows = history.chosen(features, kind, today_day)
    if not rows:
        return None
    own = [f for f in features if f.usable and f.kind == kind and f.day <= today_day + 1]
    curve = personal_curve(own, kind)
    facts = ProfileFacts(
        mode=mode,
        total_activities=len(own),
        total_km=sum(sorted(f.km for f in own)),
        gradient_coverage=curve.coverage,
        flat_pace_s_per_km=curve.flat_pace_s_per_km,
        longest_km=max(f.km for f in own),
        longest_s=max(f.moving_s for f in own),
    )
    return _assembled(facts, history.table_of(rows))


def _assembled(facts: ProfileFacts, table: FloatArray) -> FittedProfile:
    kind = KIND_OF_MODE[facts.mode]
    outings = history.outings_of_history(table)
    return FittedProfile(
        facts=facts,
        table=table,
        centre=history.centre_of(table, kind),
        pace=learned(
            PACE,
            outings,
            history.log_pace(table),
            noise_ratio=history.noise_ratio(table),
            usual_factor=USUAL_NOISE_FACTOR[kind],
        ),
        stops=learned(STOPS, outings, history.log_stops(table), noise_ratio=np.ones(len(table))),
    )
