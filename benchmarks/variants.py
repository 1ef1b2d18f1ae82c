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
from kernel.forecast.covariance import by_paths, within
from kernel.forecast.process import learned
from kernel.pace import ActivityFeatures
from kernel.pace.paths import Paths
from kernel.tracks.track import FloatArray


@dataclass(frozen=True, eq=False, kw_only=True)
class PathProfile(FittedProfile):
    """A profile that remembers paths, of which the recordings tell only how much they share.

    `within_past` is that of the past outings with each other, `with_target` that of the target with each of them.
    """

    within_past: FloatArray
    with_target: FloatArray

    @cached_property
    def overlaps(self) -> FloatArray | None:
        """As those of `FittedProfile`."""
        return self.within_past

    def overlap_with(self, paths: Paths | None) -> FloatArray | None:
        """As that of `FittedProfile`, of the target."""
        del paths
        return self.with_target


@dataclass(frozen=True, slots=True)
class Changed:
    """A predictor for the protocol: the shipped model with other numbers, or with own paths."""

    numbers: ProcessNumbers = PACE
    paths: bool = False
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
        rows = history.chosen(history.counted([f for f in features if f], TODAY_DAY), profile.kind)
        table, usual = history.table_of(rows), USUAL_NOISE_FACTOR[profile.kind]
        values, weight = history.log_pace(table), history.band_weight(table, profile.kind)
        noise = history.pace_noise(table, profile.outings, self.numbers)
        (between,) = within(profile.outings, self.numbers)
        if not self.paths:
            pace = learned(self.numbers, between, values, noise=noise, weight=weight, usual_factor=usual)
            return replace(profile, pace=pace)
        number = {id(f): i for i, f in enumerate(features)}
        at = [number[id(row)] for row in rows]
        shared = _overlap(past, at)
        between += by_paths(profile.outings, profile.outings, shared)
        pace = learned(self.numbers, between, values, noise=noise, weight=weight, usual_factor=usual)
        known = {field.name: getattr(profile, field.name) for field in fields(profile)}
        with_target = np.array([target_paths.get(i, 0.0) for i in at])
        return PathProfile(**{**known, "pace": pace}, within_past=shared, with_target=with_target)


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
    "with own paths": Changed(paths=True),
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
