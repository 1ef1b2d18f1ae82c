"""A fitted profile: everything about an athlete that a forecast of one mode needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Final

import msgspec
import numpy as np

from kernel.contracts.prediction import Mode
from kernel.fitted import (
    FADE,
    FADE_FROM_S,
    NIGHT_S,
    OWN_DAYS_SD,
    OWN_PATHS,
    OWN_PATHS_DAYS,
    OWN_PATHS_LOG_KM,
    PACE,
    PRIOR_LOG_S_PER_M,
    QUANTILE_Z,
    STOPS,
    STUDENT_NU,
    UNTOLD_SD,
    USUAL_LOG_STOPS,
    USUAL_NOISE_FACTOR,
    Kind,
    ProcessNumbers,
)
from kernel.forecast import history
from kernel.forecast.covariance import Outings, by_paths, within
from kernel.forecast.overnight import Nights
from kernel.forecast.process import Process
from kernel.forecast.regression import Posterior, inverse_of
from kernel.pace.features import FEATURES_FORMAT
from kernel.pace.paths import NO_PATHS, Paths, overlap_of, overlaps
from kernel.pace.population import KIND_OF_MODE
from kernel.stored import Format, digest_of
from kernel.tracks.track import FloatArray

_FEWEST_FOR_COVERAGE: Final = 5
_PATHS_BY: Final = digest_of((OWN_PATHS, OWN_PATHS_DAYS, OWN_PATHS_LOG_KM))
_COORDINATES: Final = tuple(field.name for field in fields(Outings))


def profile_format(
    features: Mapping[Kind, str] = FEATURES_FORMAT.digests,
    *,
    processes: tuple[ProcessNumbers, ProcessNumbers] = (PACE, STOPS),
    student_nu: float = STUDENT_NU,
    usual: tuple[Mapping[Kind, float], ...] = (PRIOR_LOG_S_PER_M, USUAL_LOG_STOPS),
    noise_factor: Mapping[Kind, float] = USUAL_NOISE_FACTOR,
    fade: tuple[float, Mapping[Kind, float]] = (FADE, FADE_FROM_S),
    untold_sd: float = UNTOLD_SD,
    night_s: tuple[float, float] = NIGHT_S,
) -> Format:
    """The format of profiles that were fitted by these numbers.

    Outings of both kinds are behind every profile. Counts up when other code than that of these numbers changes what is
    stored.
    """
    common = (features, processes, student_nu, usual, fade, untold_sd, night_s)
    return Format("Profiles", "FP", 5, {kind: digest_of((*common, noise_factor[kind])) for kind in noise_factor})


PROFILE_FORMAT: Final = profile_format()
"""Profiles of another version are fitted again."""


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


class _Packed(msgspec.Struct, frozen=True, omit_defaults=True):
    """`pace` and `stops` are `level` and `noise_factor`.

    `columns` are the history's coordinates, then `alpha`, `noise` and `left_out_z` of pace and of stops; `paths` are
    those of its outings, where they are remembered, and `paths_by` is a digest of the numbers by which they count.
    """

    facts: ProfileFacts
    centre: history.Centre
    usual: tuple[float, ...]
    pace: tuple[float, float]
    stops: tuple[float, float]
    columns: bytes
    paths: list[bytes] | None = None
    paths_by: str | None = None
    nights: Nights | None = None


@dataclass(frozen=True, eq=False)
class FittedProfile:
    """Made by `fitting` or `from_bytes`; opaque to all but `kernel.forecast`. What it derives it derives once.

    `usual` is the athlete's usual outing of the mode's kind on the day a forecast is for, the one after the newest
    activity: time since then was found to say nothing. `paths` are those of the outings, None where the athlete has
    not asked for them to be remembered: such a profile is for their own forecasts alone. `nights` are those of walks
    that lead through one, None where none does.
    """

    facts: ProfileFacts
    centre: history.Centre
    usual: Outings
    outings: Outings
    pace: Process
    stops: Process
    paths: tuple[Paths, ...] | None = None
    nights: Nights | None = None

    @property
    def own_days_sd(self) -> float:
        """Standard deviation of log time between the athlete's days: of someone so even or uneven as they are."""
        return OWN_DAYS_SD[self.kind] * self.pace.posterior.noise_factor

    @property
    def kind(self) -> Kind:
        """Whether it describes running or walking."""
        return KIND_OF_MODE[self.facts.mode]

    @cached_property
    def inverses(self) -> tuple[FloatArray, FloatArray]:
        """Those of the history's covariances, noise included: of pace, then of stops.

        Not stored: reading so many numbers from a row takes as long as making them.
        """
        pace, stops = self.pace.posterior, self.stops.posterior
        if pace.inverse is not None and stops.inverse is not None:
            return pace.inverse, stops.inverse
        covariances = within(self.outings, self.pace.numbers, self.stops.numbers)
        if self.overlaps is not None:
            covariances[0] += by_paths(self.outings, self.outings, self.overlaps)
        return inverse_of(covariances[0], pace.noise), inverse_of(covariances[1], stops.noise)

    @cached_property
    def lifts(self) -> tuple[float, float]:
        """What climbs are to cost beyond what the history says of pace, and of stops."""
        return self.pace.lift(self.outings, self.usual.kind), self.stops.lift(self.outings, self.usual.kind)

    @cached_property
    def overlaps(self) -> FloatArray | None:
        """How much of their ways the past outings share with each other; None where no paths are remembered."""
        return None if self.paths is None else overlaps(self.paths)

    def overlap_with(self, paths: Paths | None) -> FloatArray | None:
        """How much of a route each past outing shares; None where no paths are remembered."""
        return None if self.paths is None else overlap_of(paths or NO_PATHS, self.paths)

    @cached_property
    def measured_coverage(self) -> tuple[float | None, int]:
        """How often the 80 % band held for past activities, each forecast from all others; None below five."""
        own = self.pace.posterior.left_out_z[self.outings.kind == self.usual.kind]
        if len(own) < _FEWEST_FOR_COVERAGE:
            return None, len(own)
        z = own / self.pace.posterior.noise_factor
        return float(np.mean((z >= QUANTILE_Z[0]) & (z <= QUANTILE_Z[-1]))), len(own)

    def to_bytes(self) -> bytes:
        """A compact form for storage: about 16 KiB at most, and ten bytes for each mark of remembered paths."""
        columns = [getattr(self.outings, name) for name in _COORDINATES]
        for process in (self.pace, self.stops):
            columns += [process.posterior.alpha, process.posterior.noise, process.posterior.left_out_z]
        packed = _Packed(
            facts=self.facts,
            centre=self.centre,
            usual=tuple(float(getattr(self.usual, name)[0]) for name in _COORDINATES),
            pace=(self.pace.posterior.level, self.pace.posterior.noise_factor),
            stops=(self.stops.posterior.level, self.stops.posterior.noise_factor),
            columns=np.array(columns, dtype="<f8").tobytes(),
            paths=None if self.paths is None else [each.to_bytes() for each in self.paths],
            paths_by=None if self.paths is None else _PATHS_BY,
            nights=self.nights,
        )
        return PROFILE_FORMAT.pack(self.kind, msgspec.msgpack.encode(packed))

    @classmethod
    def from_bytes(cls, packed: bytes) -> FittedProfile:
        """The profile that `to_bytes` packed; forecasts from both are the same to the last bit.

        Raises ValueError if these are not such bytes, or of another version.
        """
        stored = msgspec.msgpack.decode(PROFILE_FORMAT.unpack(packed), type=_Packed)
        if stored.paths is not None and stored.paths_by != _PATHS_BY:
            raise ValueError("Other numbers were behind the paths of this profile.")
        columns = np.frombuffer(stored.columns, dtype="<f8").astype(np.float64).reshape(len(_COORDINATES) + 6, -1)
        pace, stops = columns[-6:-3], columns[-3:]
        return cls(
            facts=stored.facts,
            centre=stored.centre,
            usual=Outings(*(np.array([value]) for value in stored.usual)),
            outings=Outings(*columns[: len(_COORDINATES)]),
            pace=Process(PACE, Posterior(*stored.pace, *pace)),
            stops=Process(STOPS, Posterior(*stored.stops, *stops)),
            paths=None if stored.paths is None else tuple(Paths.from_bytes(each) for each in stored.paths),
            nights=stored.nights,
        )
