"""What a forecast of times needs of a profile, put down beforehand, so that many people cost little more than one.

A profile is asked once, when it is fitted, what it expects on a lattice of lengths and hillinesses, and how that
changes with what climbs cost and with winding. A course is then looked up between the places of the lattice: no history
is read and no matrix is inverted. It is the same model; what is lost is that courses turn as is usual for the athlete,
and what the history says between two places of the lattice beyond a straight line. `python -m benchmarks.club` measures
what that makes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kernel.contracts.prediction import Mode
from kernel.contracts.profile import CurvePoint
from kernel.fitted import PRIOR_LOG_S_PER_M, UNTOLD_SD, Kind
from kernel.forecast.covariance import Outings, apart, on_lattice
from kernel.forecast.distribution import Z90
from kernel.forecast.endurance import beyond_sd, slowed
from kernel.forecast.expectation import log_quantiles
from kernel.forecast.fitted_profile import PROFILE_FORMAT, FittedProfile
from kernel.forecast.history import hilliness_of
from kernel.forecast.versions import versions_of
from kernel.pace.categories import CATEGORY_EDGES_PERCENT, FLAT
from kernel.pace.population import KIND_OF_MODE, log_relative_pace, relative_pace
from kernel.stored import Format, digest_of
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

_LOG_KM: Final = np.linspace(0.0, 5.2, 27)
"""1 to 181 km; half the narrowest scale of the covariance apart, as are the hillinesses."""
_HILLINESS: Final = np.linspace(-0.2, 0.8, 11)
_PLACES: Final = len(_LOG_KM) * len(_HILLINESS)
_PROBE: Final = 0.2
"""How far from the usual climb cost and winding the profile is asked how both matter."""
_KNOWN_SLOPES: Final = 0.5
"""As if half a well-known gradient said that somebody is as good on slopes as others."""
_STEEP: Final = (CATEGORY_EDGES_PERCENT[FLAT - 1] / 100.0, CATEGORY_EDGES_PERCENT[FLAT] / 100.0)
_LEAST_SD_SHARE: Final = 0.5

_ROW: Final = np.dtype(
    [
        ("longest_log_s", "<f4"),
        ("centre", "<f4", (2,)),
        ("slope", "<f4", (2,)),
        ("lean", "<f4", (2,)),
        ("bend", "<f4", (2,)),
        ("slopes", "<f4", (2,)),
        ("mean", "<f2", (_PLACES,)),
        ("sd", "<f2", (_PLACES,)),
    ]
)
"""`centre` and what follows are of climb cost and of winding: the usual one, and how the mean (`slope`) and the
variance (`lean` by the distance from it, `bend` by its square) change. `slopes` are how much slower (log) climbs and
descents are than for others. `mean` and `sd` are of log pace, grade-adjusted, over the population's."""

TABLE_FORMAT: Final = Format(
    "Pace tables",
    "PT",
    2,
    {
        kind: digest_of((PROFILE_FORMAT.version, digest, _LOG_KM.tolist(), _HILLINESS.tolist(), _PROBE, _KNOWN_SLOPES))
        for kind, digest in PROFILE_FORMAT.digests.items()
    },
)
"""Tables of another version are made again from the profile."""
_TAGS: Final = TABLE_FORMAT.tags
"""All of one length, as digests are."""
_Expected: TypeAlias = tuple[FloatArray, FloatArray]
"""Mean and deviation of log pace."""


@dataclass(frozen=True, slots=True, eq=False)
class TimesOfMany:
    """One value for each athlete: see `kernel.contracts.distribution.Distribution` for what they mean."""

    log_time_s: FloatArray
    log_time_sd: FloatArray
    climb: FloatArray
    descent: FloatArray


def table_of(profile: FittedProfile, curve: Sequence[CurvePoint]) -> bytes:
    """The table of a profile, with the curve that is shown of it, for storage: about 1.2 KiB."""
    (mean, sd), (probed, probed_sd) = _expected_at(profile)
    row = np.zeros((), dtype=_ROW)
    row["longest_log_s"] = math.log(profile.facts.longest_s)
    row["centre"] = profile.centre.climb_cost, profile.centre.winding
    row["mean"], row["sd"] = mean, sd
    probed, variance = probed.reshape(2, 3), np.square(probed_sd).reshape(2, 3)
    row["slope"] = (probed[:, 2] - probed[:, 0]) / (2 * _PROBE)
    row["lean"] = (variance[:, 2] - variance[:, 0]) / (2 * _PROBE)
    row["bend"] = (variance[:, 2] + variance[:, 0] - 2 * variance[:, 1]) / (2 * _PROBE**2)
    row["slopes"] = _slopes_of(curve, profile.kind)
    return TABLE_FORMAT.pack(profile.kind, row.tobytes())


def is_table(packed: bytes | None) -> bool:
    """Whether these bytes are a table of this version."""
    return packed is not None and packed.startswith(_TAGS) and len(packed) == len(_TAGS[0]) + _ROW.itemsize


def times_of_many(route: RouteGeometry, mode: Mode, tables: Sequence[bytes]) -> TimesOfMany:
    """What is expected on a route of the athletes with these tables, made of profiles of this mode.

    Takes about as long as one prediction for a few hundred of them. The tables are such as `is_table` knows.
    """
    kind = KIND_OF_MODE[mode]
    rows = np.frombuffer(b"".join(packed[-_ROW.itemsize :] for packed in tables), dtype=_ROW)
    versions = versions_of(route, kind)
    places, weights = _between(versions.log_km, hilliness_of(versions))
    mean, sd = (np.einsum("avp,vp->av", rows[name][:, places], weights) for name in ("mean", "sd"))
    variance = np.square(sd)
    for i, ground in enumerate((versions.climb_cost, versions.winding)):
        # what the route does not tell is taken as usual, as where one profile is asked
        away = np.where(np.isfinite(ground), ground - rows["centre"][:, i, None], 0.0)
        mean += rows["slope"][:, i, None] * away
        variance += rows["lean"][:, i, None] * away + rows["bend"][:, i, None] * np.square(away)
    variance = np.maximum(variance, np.square(_LEAST_SD_SHARE * sd))
    log_time = slowed(versions.log_unit_time + PRIOR_LOG_S_PER_M[kind] + mean, kind)
    beyond = beyond_sd(log_time, rows["longest_log_s"][:, None])
    untold = UNTOLD_SD * np.isnan(versions.turn)
    quantiles = log_quantiles(log_time, np.sqrt(variance + np.square(beyond) + np.square(untold)))
    up, down = _shares_of_slopes(route, kind)
    return TimesOfMany(
        log_time_s=quantiles[2],
        log_time_sd=(quantiles[4] - quantiles[0]) / (2 * Z90),
        climb=up * rows["slopes"][:, 0].astype(np.float64),
        descent=down * rows["slopes"][:, 1].astype(np.float64),
    )


def _expected_at(profile: FittedProfile) -> tuple[_Expected, _Expected]:
    """What is expected at every place of the lattice, on ground that is usual otherwise, and at the usual outing.

    At that three times with less, as much and more climb cost than usual, and three times so with winding.
    """
    usual, outings, pace = profile.usual, profile.outings, profile.pace
    inverse, lift, nothing = profile.inverses[0], profile.lifts[0], np.zeros(1)
    level = replace(usual, climb_cost=nothing, winding=nothing)
    covariances = on_lattice(level, _LOG_KM, _HILLINESS, outings, pace.numbers)
    probes, nothing, ones = np.array([-_PROBE, 0.0, _PROBE]), np.zeros(3), np.ones(6)
    asked = Outings(
        *(np.concatenate((probes, nothing)), np.concatenate((nothing, probes))),
        *(ones * usual.log_km, ones * usual.hilliness, ones * usual.turn),
        *(usual.day, usual.kind),
    )
    return pace.given(covariances, level, inverse, lift)[:2], pace.at(apart(asked, outings), inverse, lift)[:2]


def _slopes_of(curve: Sequence[CurvePoint], kind: Kind) -> tuple[float, float]:
    """How much slower (log) climbs and descents are than for others as fast on the flat, drawn to not at all."""
    gradient = np.array([point.gradient for point in curve])
    pace = np.array([point.pace_s_per_km.p50 for point in curve])
    own = 1.0 - np.array([point.prior_share for point in curve])
    slower = np.log(pace / pace[FLAT]) - log_relative_pace(gradient, kind)
    return _drawn(slower[FLAT + 1 :], own[FLAT + 1 :]), _drawn(slower[:FLAT], own[:FLAT])


def _drawn(slower: FloatArray, own: FloatArray) -> float:
    return float(own @ slower / (own.sum() + _KNOWN_SLOPES))


def _between(log_km: FloatArray, hilliness: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """The four places of the lattice around each pair (rows), and how much of each; beyond its edge, the edge."""
    below, weights = [], []
    for values, axis in ((log_km, _LOG_KM), (hilliness, _HILLINESS)):
        steps = np.clip((values - axis[0]) / (axis[1] - axis[0]), 0.0, len(axis) - 1.0)
        lower = np.minimum(steps.astype(np.intp), len(axis) - 2)
        below.append(lower)
        weights.append(np.stack((1.0 - (steps - lower), steps - lower), axis=-1))
    first = below[0] * len(_HILLINESS) + below[1]
    places = first[:, None] + np.array([0, 1, len(_HILLINESS), len(_HILLINESS) + 1])
    return places, (weights[0][:, :, None] * weights[1][:, None, :]).reshape(-1, 4)


def _shares_of_slopes(route: RouteGeometry, kind: Kind) -> tuple[float, float]:
    """How much of the route's time people spend on its climbs and on its descents."""
    time_s = route.segment_length_m * relative_pace(route, kind)
    slopes = (route.gradient >= _STEEP[1], route.gradient < _STEEP[0])
    up, down = (float(time_s[each].sum() / time_s.sum()) for each in slopes)
    return up, down
