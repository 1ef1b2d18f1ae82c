"""Fitting profiles: what a history teaches, learned once for everything that is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kernel.contracts.prediction import Mode
from kernel.fitted import PACE, STOPS, USUAL_NOISE_FACTOR
from kernel.forecast import history
from kernel.forecast.covariance import Outings, by_paths, noise_sd, within
from kernel.forecast.fitted_profile import FittedProfile, ProfileFacts
from kernel.forecast.overnight import Nights, by_day, nights_of, stood_by_night
from kernel.forecast.process import Process, learned
from kernel.pace.curve import PersonalCurve, curve_of
from kernel.pace.features import ActivityFeatures
from kernel.pace.paths import Paths, overlaps
from kernel.pace.population import KIND_OF_MODE
from kernel.tracks.track import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Fitting:
    """What the activities of an athlete say of them in one mode, before any profile is made of it.

    `curve` and `facts` are of all activities of the mode's kind; `rows` are those that the profile rests on, `table`
    and `outings` say where they lie, and `between` is the covariance of their pace, paths left aside.
    """

    facts: ProfileFacts
    curve: PersonalCurve
    rows: Sequence[ActivityFeatures]
    table: FloatArray
    outings: Outings
    between: FloatArray
    stops: Process
    nights: Nights | None

    def profile(self, features: Sequence[ActivityFeatures] = (), paths: Sequence[Paths] | None = None) -> FittedProfile:
        """The profile; `paths` are those of each of `features`, for an athlete who has them remembered."""
        kind, been, between = KIND_OF_MODE[self.facts.mode], None, self.between
        if paths is not None:
            of = {id(one): way for one, way in zip(features, paths, strict=True)}
            been = tuple(of[id(row)] for row in self.rows)
            between = between + by_paths(self.outings, self.outings, overlaps(been))
        pace = learned(
            PACE,
            between,
            history.log_pace(self.table),
            noise=history.pace_noise(self.table, self.outings, PACE),
            weight=history.band_weight(self.table, kind),
            usual_factor=USUAL_NOISE_FACTOR[kind],
        )
        centre, usual = history.centre_of(self.table, kind), history.usual_outing(self.outings, kind)
        return FittedProfile(self.facts, centre, usual, self.outings, pace, self.stops, been, self.nights)


def fitting_of(usable: Sequence[ActivityFeatures], mode: Mode) -> Fitting | None:
    """What activities that are `counted` say; None when there is none of the mode's kind."""
    kind = KIND_OF_MODE[mode]
    rows = history.chosen(usable, kind)
    if not rows:
        return None
    table = history.table_of(rows)
    outings = history.outings_of_history(table)
    of_pace, of_stops = within(outings, PACE, STOPS)
    stopped, noise = by_day(history.log_stops(table), np.square(noise_sd(outings, STOPS)), stood_by_night(rows))
    stops = learned(STOPS, of_stops, stopped, noise=noise, weight=history.band_weight(table, kind))
    own = [f for f in usable if f.kind == kind]
    curve = curve_of(own, kind)
    return Fitting(_facts(own, curve, mode), curve, rows, table, outings, of_pace, stops, nights_of(rows, kind))


def fit_profile(
    features: Sequence[ActivityFeatures], mode: Mode, *, today_day: float, paths: Sequence[Paths] | None = None
) -> FittedProfile | None:
    """The profile of an athlete's activities, in any order; None when none of the mode's kind is usable.

    `today_day` is today in days since 1970: activities dated later are left out. `paths` are those of each activity,
    for an athlete who has them remembered.
    """
    fitting = fitting_of(history.counted(features, today_day), mode)
    return None if fitting is None else fitting.profile(features, paths)


def _facts(own: Sequence[ActivityFeatures], curve: PersonalCurve, mode: Mode) -> ProfileFacts:
    kilometres = sorted(f.km for f in own)
    return ProfileFacts(
        mode=mode,
        total_activities=len(own),
        total_km=sum(kilometres),
        gradient_coverage=curve.coverage,
        flat_pace_s_per_km=curve.flat_pace_s_per_km,
        longest_km=kilometres[-1],
        longest_s=max(f.moving_s for f in own),
    )
