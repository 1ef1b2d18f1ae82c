"""The model with parts taken out, changed or added: the rows of the ablation table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Final

import numpy as np

from benchmarks.activities import outing_of, target_of
from benchmarks.ayda import TODAY_DAY, mode_of
from kernel.fitted import PACE, USUAL_NOISE_FACTOR, ProcessNumbers
from kernel.forecast import FittedProfile, fit_profile, history, times_of
from kernel.forecast.covariance import Outings, covariance, variance, within
from kernel.forecast.process import Process, learned
from kernel.forecast.regression import inverse_of, regress
from kernel.pace import ActivityFeatures
from kernel.tracks.track import FloatArray


@dataclass(frozen=True, slots=True)
class OwnPaths:
    """How much having been on the same paths makes outings alike (tier B): all scales as in `ProcessNumbers`."""

    amplitude: float = 0.07
    days: float = 1000.0
    log_km: float = 0.5

    def between(self, a: Outings, b: Outings, overlap: FloatArray) -> FloatArray:
        """The covariance that overlap (cosine of length shares per cell) adds."""
        days = np.abs(a.day[:, None] - b.day) / self.days
        log_km = np.square(a.log_km[:, None] - b.log_km) / (2 * self.log_km**2)
        added: FloatArray = self.amplitude**2 * overlap * np.exp(-days - log_km)
        return added


@dataclass(frozen=True, slots=True, eq=False)
class PathProcess(Process):
    """A process that also knows which past outings shared paths with the target."""

    paths: OwnPaths
    overlap: FloatArray

    def at(
        self, target: Outings, outings: Outings, alike: FloatArray, inverse: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """As `Process.at`."""
        between = covariance(alike, self.numbers) + self.paths.between(target, outings, self.overlap[None, :])
        alone = variance(target, self.numbers) + self.paths.amplitude**2
        return self.given(target, outings, between, inverse, alone)


@dataclass(frozen=True, eq=False)
class PathProfile(FittedProfile):
    """A profile whose pace is such a process; `between` are the covariances of its history, paths included."""

    between: FloatArray

    @cached_property
    def inverses(self) -> FloatArray:
        """As those of `FittedProfile`."""
        (of_stops,) = within(self.outings, self.stops.numbers)
        noises = np.array([self.pace.posterior.noise, self.stops.posterior.noise])
        return inverse_of(np.array([self.between, of_stops]), noises)


@dataclass(frozen=True, slots=True)
class Changed:
    """A predictor for the protocol: the shipped model with other numbers, or with own paths."""

    numbers: ProcessNumbers = PACE
    paths: OwnPaths | None = None
    turning: bool = True

    def fit(self, past: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """The history itself: what is learned depends on the target's paths."""
        return past

    def predict(
        self, model: Sequence[Mapping[str, Any]], d: FloatArray, ele: FloatArray, sport: str, shape: Mapping[str, Any]
    ) -> dict[str, tuple[float, float, float]]:
        """P10, P50 and P90 of moving seconds."""
        target = target_of(d, ele, sport, shape)
        features = [self._seen(outing_of(activity).features) for activity in model]
        mode = mode_of(target)
        profile = fit_profile([f for f in features if f], mode, today_day=TODAY_DAY)
        if profile is not None:
            profile = self._changed(profile, model, features, shape.get("paths") or {})
        route = target.route if self.turning else replace(target.route, turn_rad=None)
        times = times_of(route, mode=mode, profile=profile)
        return {"moving": (times.p10_s, times.p50_s, times.p90_s)}

    def _seen(self, features: ActivityFeatures | None) -> ActivityFeatures | None:
        if features is None or self.turning:
            return features
        return _without_turning(features)

    def _changed(
        self,
        profile: FittedProfile,
        past: Sequence[Mapping[str, Any]],
        features: Sequence[ActivityFeatures | None],
        target_paths: Mapping[int, float],
    ) -> FittedProfile:
        rows = history.chosen([f for f in features if f], profile.kind, TODAY_DAY)
        table, usual = history.table_of(rows), USUAL_NOISE_FACTOR[profile.kind]
        values, weight = history.log_pace(table), history.band_weight(table, profile.kind)
        noise = history.pace_noise(table, profile.outings, self.numbers)
        (between,) = within(profile.outings, self.numbers)
        if self.paths is None:
            pace = learned(self.numbers, between, values, noise=noise, weight=weight, usual_factor=usual)
            return replace(profile, pace=pace)
        number = {id(f): i for i, f in enumerate(features)}
        at = [number[id(row)] for row in rows]
        between += self.paths.between(profile.outings, profile.outings, _overlap(past, at))
        posterior = regress(between, values, noise, weight, usual)
        pace = PathProcess(self.numbers, posterior, self.paths, np.array([target_paths.get(i, 0.0) for i in at]))
        known = {field.name: getattr(profile, field.name) for field in fields(profile)}
        return PathProfile(**{**known, "pace": pace, "between": between})


def _without_turning(features: ActivityFeatures) -> ActivityFeatures:
    values = {name: getattr(features, name) for name in features.__struct_fields__}
    return ActivityFeatures(**{**values, "turn": float("nan"), "winding": float("nan")})


def _overlap(past: Sequence[Mapping[str, Any]], at: Sequence[int]) -> FloatArray:
    place = {i: row for row, i in enumerate(at)}
    overlap = np.eye(len(at))
    for i, row in place.items():
        for j, cosine in (past[i].get("paths") or {}).items():
            if j in place:
                overlap[row, place[j]] = overlap[place[j], row] = cosine
    return overlap


VARIANTS: Final[dict[str, Changed]] = {
    "tier B: and own paths, on outings of like length": Changed(paths=OwnPaths()),
    "tier B: and own paths, on outings of any length": Changed(paths=OwnPaths(log_km=100.0)),
    "without drift": Changed(replace(PACE, drift=0.0, shared=0.17)),
    "without what was lately": Changed(replace(PACE, lately=0.0)),
    "without likeness in length and hilliness": Changed(replace(PACE, alike=0.0)),
    "without nearly the same route": Changed(replace(PACE, route=0.0)),
    "without turning as much": Changed(replace(PACE, turning=0.0)),
    "without a personal cost of climbs": Changed(replace(PACE, climb_cost=0.0)),
    "without a personal cost of winding": Changed(replace(PACE, winding=0.0)),
    "without any turning": Changed(turning=False),
}
"""What is compared with the shipped model."""
