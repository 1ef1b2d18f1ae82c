"""What is to be expected on a route before anyone says how they mean to go: from a history, or of a stranger."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from kernel.contracts.prediction import Effort
from kernel.fitted import (
    OWN_DAYS_SD,
    PACE,
    PRIOR_LOG_S_PER_M,
    PRIOR_SD,
    QUANTILE_Z,
    STATED_FADES_OVER,
    STATED_PACE_SD,
    UNTOLD_SD,
    USUAL_LOG_STOPS,
    USUAL_LOG_STOPS_SD,
    Kind,
)
from kernel.forecast.covariance import Outings, apart, noise_sd
from kernel.forecast.distribution import TimeDistribution
from kernel.forecast.elapsed import Stops
from kernel.forecast.endurance import beyond_sd, beyond_stated_sd, slowed
from kernel.forecast.fitted_profile import FittedProfile
from kernel.forecast.history import hilliness_of
from kernel.forecast.versions import Versions, joined
from kernel.pace.paths import Paths
from kernel.pace.population import stranger_log_s_per_m
from kernel.tracks.track import FloatArray

SD_CAP: Final = 0.6
"""No forecast is wider than this, in standard deviations of log time."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """Moving time and stops, and what explains them.

    `distance` is by how much (log) pace changes from the athlete's usual distance to this one, beyond their longest
    included. `usual_log_s_per_m` is the pace of their usual outing, grade-adjusted; None for a stranger. `raced` are
    the stops of a race.
    """

    times: TimeDistribution
    stops: Stops
    raced: Stops
    distance: float
    usual_log_s_per_m: float | None

    def stops_at(self, effort: Effort) -> Stops:
        """Those of a day of this effort."""
        return self.raced if effort == "race" else self.stops


def expected(
    versions: Versions,
    kind: Kind,
    profile: FittedProfile | None,
    flat_pace_s_per_km: float | None = None,
    *,
    stretch: float = 1.0,
    paths: Paths | None = None,
) -> Expectation:
    """What is to be expected on a route, the first of its versions; a stated flat pace takes the population's place.

    An athlete's band is `stretch` times as wide, in log time, as their history says. `paths` are those of the route
    under the athlete's key, for a profile that remembers paths.
    """
    stated = None if flat_pace_s_per_km is None else math.log(flat_pace_s_per_km / 1000.0)
    if profile is None:
        return _of_stranger(versions, kind, stated)
    return _of_athlete(versions, profile, stated, stretch, paths)


def stranger_flat_pace_s_per_km(versions: Versions, kind: Kind) -> float:
    """Seconds per kilometre on the flat of somebody of whom nothing is known, rested, as people on such routes run."""
    log_s_per_m = stranger_log_s_per_m(versions.log_unit_time[:1], versions.climb_cost[:1], kind)
    return 1000.0 * math.exp(float(log_s_per_m[0]))


def _of_stranger(versions: Versions, kind: Kind, stated: float | None) -> Expectation:
    """Of whom nothing is known a long day is no less known than a short one: fields of all lengths are as wide.

    A stranger's race is told from start to finish: its time has their stops in it, and so has the doubt about a pace
    that was told by such a time.
    """
    level = stranger_log_s_per_m(versions.log_unit_time, versions.climb_cost, kind)
    untired = versions.log_unit_time + (level if stated is None else stated)
    log_time, sd = slowed(untired, kind), np.full(len(versions), PRIOR_SD)
    if stated is not None:
        sd = np.hypot(STATED_PACE_SD[kind], beyond_stated_sd(log_time, kind))
    times = _distribution(log_time, sd, 1.0, OWN_DAYS_SD[kind])
    slower = float(log_time[0] - untired[0])
    raced = Stops(0.0, USUAL_LOG_STOPS_SD if stated is None else 0.0)
    return Expectation(times, _stops(USUAL_LOG_STOPS[kind], USUAL_LOG_STOPS_SD, slower), raced, slower, None)


def _of_athlete(
    versions: Versions, profile: FittedProfile, stated: float | None, stretch: float, paths: Paths | None
) -> Expectation:
    """What the history says, asked once for all: see `_asked`.

    People stop more on winding and steep ground, each in their own measure; as on their longest outing on longer ones.
    """
    kind, last = profile.kind, len(versions)
    between = apart(_asked(versions, profile), profile.outings)
    (of_pace, of_stops), (lift, lift_of_stops) = profile.inverses, profile.lifts
    overlap = _on_its_way(profile.overlap_with(paths), last, len(between.a.log_km))
    mean, sd, own_share = profile.pace.at(between, of_pace, lift, overlap)
    beyond_usual, stops_sd, _ = profile.stops.at(between.rows(slice(-1, None)), of_stops, lift_of_stops)
    level, sd = PRIOR_LOG_S_PER_M[kind] + mean[:last], sd[:last]
    if stated is not None:
        level, sd = _with_stated(level, sd, stated, profile)
    log_time, sd = _log_time(versions, level, sd, profile)
    slower = float(log_time[0] - versions.log_unit_time[0] - level[0])
    stops = _stops(USUAL_LOG_STOPS[kind] + float(beyond_usual[0]), float(stops_sd[0]), slower)
    night_s = profile.nights.on(math.exp(float(log_time[0]))) if profile.nights else 0.0
    return Expectation(
        times=_distribution(log_time, stretch * sd, 1.0 - float(own_share[0]), stretch * profile.own_days_sd),
        stops=replace(stops, night_s=night_s),
        raced=stops,
        distance=float(mean[last] - mean[last + 1]) + slower,
        usual_log_s_per_m=PRIOR_LOG_S_PER_M[kind] + float(mean[last + 1]),
    )


def medians_s(courses: Sequence[Versions], profile: FittedProfile) -> list[float]:
    """The median of each of some courses, as `expected` has it, asked at once; all or none of them tell their bends."""
    versions = joined(courses)
    between = apart(_asked(versions, profile), profile.outings)
    mean, sd, _ = profile.pace.at(between, profile.inverses[0], profile.lifts[0])
    log_time, sd = _log_time(versions, PRIOR_LOG_S_PER_M[profile.kind] + mean[: len(versions)], sd, profile)
    first = np.cumsum([0, *map(len, courses)])[:-1]
    quantiles = QUANTILE_Z[2] * np.minimum(sd, SD_CAP) + log_time
    medians: list[float] = np.exp(np.maximum.reduceat(quantiles, first)).tolist()
    return medians


def _log_time(
    versions: Versions, level: FloatArray, sd: FloatArray, profile: FittedProfile
) -> tuple[FloatArray, FloatArray]:
    """Log time of each version at these levels of pace, and its deviation: of pace, and what nobody knows besides."""
    log_time = slowed(versions.log_unit_time + level, profile.kind)
    untold = UNTOLD_SD * np.isnan(versions.turn)
    beyond = beyond_sd(log_time, math.log(profile.facts.longest_s))
    return log_time, np.sqrt(sd[: len(versions)] ** 2 + untold**2 + beyond**2)


def _stops(log_ratio: float, sd: float, slower: float) -> Stops:
    """Stops of a day that is `slower` (log) than it would be rested: as long as then, as the law holds the others."""
    return Stops(math.log1p(math.expm1(max(0.0, log_ratio)) * math.exp(-slower)), sd)


def _on_its_way(overlap: FloatArray | None, versions: int, asked: int) -> FloatArray | None:
    """Of all that is asked: every version of the route runs where the route does, the usual outing nowhere."""
    if overlap is None:
        return None
    return np.concatenate((np.tile(overlap, (versions, 1)), np.zeros((asked - versions, len(overlap)))))


def _asked(versions: Versions, profile: FittedProfile) -> Outings:
    """The versions around what is usual for the athlete, what a source does not tell taken as usual; then three more.

    They are the usual outing over the route's distance, and over its own, and the route on which they stop, no longer
    than their longest outing.
    """
    count, centre, usual = len(versions), profile.centre, profile.usual
    ground = np.empty((5, count + 3))
    climb_cost, winding, log_km, hilliness, turn = ground
    ground[:, count : count + 2] = np.array(usual.ground)
    np.subtract(versions.climb_cost, centre.climb_cost, out=climb_cost[:count])
    log_km[:count], log_km[count], hilliness[:count] = versions.log_km, versions.log_km[0], hilliness_of(versions)
    told = not math.isnan(versions.turn[0])
    winding[:count] = versions.winding - centre.winding if told else 0.0
    turn[:count] = versions.turn if told else centre.turn
    ground[:, -1] = ground[:, 0]
    log_km[-1] = min(log_km[0], math.log(profile.facts.longest_km))
    return Outings(climb_cost, winding, log_km, hilliness, turn, usual.day, usual.kind)


def _with_stated(
    level: FloatArray, sd: FloatArray, stated: float, profile: FittedProfile
) -> tuple[FloatArray, FloatArray]:
    """What history and a stated flat pace say together, each weighing by its doubt beyond the noise of a day.

    What people say adds little to what they did: its doubt grows with every outing.
    """
    noise = float(noise_sd(profile.usual, PACE)[0]) ** 2
    outings = profile.facts.total_activities
    of_stated = (STATED_PACE_SD[profile.kind] ** 2 - noise) * (1.0 + outings / STATED_FADES_OVER) ** 2
    of_history = np.maximum(np.square(sd) - noise, 0.0)
    weight = of_history / (of_history + of_stated)
    return level + weight * (stated - level), np.sqrt(np.square(sd) - weight * of_history)


def log_quantiles(log_time: FloatArray, sd: FloatArray) -> FloatArray:
    """Log of P10, P25, P50, P75 and P90 of a route, the first of its versions, and no less than those of the others.

    Versions are the last axis of both, and the quantiles are the first one.
    """
    quantiles: FloatArray = (np.multiply.outer(QUANTILE_Z, np.minimum(sd, SD_CAP)) + log_time).max(axis=-1)
    return quantiles


def _distribution(log_time: FloatArray, sd: FloatArray, prior_share: float, own_days_sd: float) -> TimeDistribution:
    of_days = min(1.0, own_days_sd / min(float(sd[0]), SD_CAP))
    p10, p25, p50, p75, p90 = np.exp(log_quantiles(log_time, sd)).tolist()
    return TimeDistribution(p10, p25, p50, p75, p90, prior_share, of_days)
