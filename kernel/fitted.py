"""Every number that was fitted to data, each group with where it comes from.

"Recordings" are 1,740 real activities of eight people (runners, walkers, mountain hikers; 20,600 km, 320,000 m of
climbing), moving time, in time order. `python -m benchmarks.fit_constants` searches the covariance anew and scores
every choice on the athlete it was not made on; docs/accuracy.md has what the numbers achieve.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

Kind = Literal["run", "walk"]

CURVE_PERCENT: Final = (-45, -30, -22, -16, -11, -7, -3, 0, 3, 7, 11, 16, 22, 30, 35)
CURVE_RELATIVE_PACE: Final[dict[Kind, tuple[float, ...]]] = {
    "run": (1.60, 1.53, 1.19, 0.99, 0.90, 0.89, 0.93, 1.00, 1.11, 1.31, 1.56, 1.95, 2.47, 3.16, 3.27),
    "walk": (2.83, 1.95, 1.52, 1.24, 1.05, 0.94, 0.93, 1.00, 1.09, 1.25, 1.45, 1.74, 2.13, 2.71, 3.09),
}
"""Pace over flat pace at each gradient. Running: nine tenths the shape of Strava's grade-adjusted pace (2017), one
tenth the recordings. Walking: the geometric mean of Tobler's hiking function (1993) and the shape of Campbell et al.
(2019). Chosen leaving one athlete out; moving any one knot by 8 % changes the error by 0.02 points at most.

Beyond the outermost knots a metre of climb or descent takes the same time, however steep: winners keep the same
flat-equivalent pace on mean climbs of 5 to 25 %, and the record of a kilometre of climb within 1.9 km (28:53, Fully)
then is that of somebody who runs 3:06 per km on the flat. Recordings of runners on steep ground would rather have no
limit (0.3 points); of knees at 30, 33 and 35 % the last costs least."""

WINDING_RAD: Final = 1.5
"""A piece that turns more than this per 100 m (86 degrees) is winding: switchbacks, singletrack, laps (recordings)."""

PRIOR_LOG_S_PER_M: Final[dict[Kind, float]] = {"run": -1.03, "walk": -0.28}
"""Logarithm of the flat-equivalent pace in seconds per metre: 5:57 per km running, 12:36 walking (21 people)."""

PRIOR_SD: Final = 0.22
"""Of log time for a stranger: 17 % between people, the rest between the days and routes of one person."""

TRAIL_LEVEL: Final = 0.19
TRAIL_CLIMB_COST: Final = 0.1
FAR_LEVEL: Final = -0.12
FAR_S: Final = (10_800.0, 32_400.0)
"""How much slower (log) strangers run on trails than the prior, in full where climbs cost so much (log), and how much
less so those who go in for days that long, rested. 310 fields: their level does not go with climb beyond that, and
falls with length up to half a day, as who is fitter goes in for farther ones; on the flat it is that of recordings."""

UNTOLD_SD: Final = 0.07
"""Of log time for a course of which only length and climb are known: how far fields of different races lie apart."""

STATED_PACE_SD: Final[dict[Kind, float]] = {"run": 0.11, "walk": 0.2}
"""Of log time for a stranger who states a flat pace: what people say, how hard they go, and how they climb."""

STATED_FADES_OVER: Final = 3.0
"""Outings over which the doubt in a stated pace doubles (recordings: with ten it helps no more)."""


@dataclass(frozen=True, slots=True)
class ProcessNumbers:
    """Amplitudes are standard deviations of log time; scales are in the unit of what they divide.

    `noise_run` and `noise_walk` are those of outings that are alike in all we know.
    """

    noise_run: float = 0.058
    noise_walk: float = 0.085
    shared: float = 0.12
    drift: float = 0.12
    drift_days: float = 600.0
    lately: float = 0.04
    lately_days: float = 20.0
    lately_log_km: float = 0.4
    lately_hilliness: float = 0.12
    alike: float = 0.045
    alike_log_km: float = 1.1
    alike_hilliness: float = 0.17
    route: float = 0.05
    route_days: float = 600.0
    route_log_km: float = 0.4
    route_hilliness: float = 0.12
    route_turn: float = 0.27
    turning: float = 0.045
    turning_turn: float = 0.3
    climb_cost: float = 0.4
    winding: float = 0.27


PACE: Final = ProcessNumbers()
"""Joint marginal likelihood of 21 people (`python -m benchmarks.fit_likelihood`), half way to what was chosen on eight
of them before, rounded; the error of anybody not fitted on changes little between the two."""

STOPS: Final = ProcessNumbers(
    noise_run=0.15,
    noise_walk=0.15,
    shared=0.1,
    drift=0.06,
    drift_days=250.0,
    lately=0.0,
    alike=0.06,
    alike_log_km=0.7,
    alike_hilliness=0.15,
    route=0.07,
    route_log_km=0.2,
    route_hilliness=0.1,
    route_turn=0.2,
    turning=0.0,
    climb_cost=0.6,
    winding=0.5,
)
"""The same for the logarithm of elapsed over moving time (recordings of eight people, by random search)."""

OWN_PATHS: Final = 0.07
OWN_PATHS_DAYS: Final = 1000.0
OWN_PATHS_LOG_KM: Final = 0.5
"""How much (log) having been on the same paths makes outings alike, and over what difference in time and length that
fades (21 people, cells of 60 m): of like length alone, as a short loop says little of a long day on the same paths."""

USUAL_LOG_STOPS: Final[dict[Kind, float]] = {"run": 0.03, "walk": 0.25}
"""Log of elapsed over moving time of a stranger (medians of the recordings)."""

USUAL_LOG_STOPS_SD: Final = 0.2
"""How far that is off from one stranger and outing to the next (recordings)."""

NIGHT_S: Final = (28_800.0, 18_000.0)
"""Whoever stands still for so long has not done it by day, and has slept on the way if they walked for so long: in
recordings of 21 people days have 6.3 hours of standing at most, the nine nights of two hikers 15 and more, after 6.5
hours of walking and more."""

USUAL_NOISE_FACTOR: Final[dict[Kind, float]] = {"run": 1.0, "walk": 1.0}
"""How much wider than the common band that of a newcomer is: people walk less evenly than they run (recordings)."""

STUDENT_NU: Final = 4.0
"""Degrees of freedom of the noise: how readily an odd outing is forgiven (recordings)."""

QUANTILE_Z: Final = np.array([-1.25, -0.64, -0.04, 0.58, 1.24])
"""Where P10, P25, P50, P75 and P90 of what happened lie, in standard deviations of log time (recordings)."""

OWN_DAYS_SD: Final[dict[Kind, float]] = {"run": 0.068, "walk": 0.12}
"""Of log time, how far apart days of one person lie: bands of people with a past are so wide and hold 8 in 10."""

FADE: Final = 0.26
FADE_FROM_S: Final[dict[Kind, float]] = {"run": 9000.0, "walk": 36_000.0}
"""Beyond so many seconds of moving, time grows with one more than this power of the length in unit time.

28,800 pairs of results of the same runner in two different races (17,000 runners) and 320 fields, from start to finish:
standard error of the power 0.011, 0.24 where finishers under a time limit are counted as they are. Walkers: recordings
show no fade up to 12 hours, and nothing longer was there to measure."""

BEYOND_SD: Final = 0.13
BEYOND_FULL: Final = 0.4
BEYOND_PER_LOG: Final = 0.05
"""Doubt (log) of a day beyond the longest: this much, from so many times (log) as long on, and so much more for each
factor of e; added in squares (the same pairs)."""

SLOWDOWN: Final = 0.045
SLOWDOWN_FROM_S: Final = (3600.0, 7200.0)
SLOWDOWN_ULTRA: Final = 0.3
SLOWDOWN_ULTRA_FROM_S: Final = (50_400.0, 162_000.0)
"""How much slower (log) the second half is than the first at equal effort: growing from nothing between these two
times (recordings), and with log time to the second figure between the next two. Those lie half way between what the
stations of UTMB say (8,054 finishers in classes of four hours: 0.20 at 23 hours, 0.28 at 34, 0.32 from 38 on) and those
of Western States (0.05 at 17 hours, 0.18 at 26)."""

SECOND_NIGHT: Final = 0.12
"""How much slower (log) people are in the dark of their second night than by day: 12.7 +- 1 %; in the first they are
not (stations of UTMB)."""

FINISHING: Final = ((5.0, 99.0), (12.0, 96.0), (24.0, 81.0), (36.0, 67.0), (60.0, 64.0))
"""Percent of starters who finish, of races whose median takes less than so many hours (320 fields)."""

DRIFT_TAU: Final = (0.03, 0.06)
DRIFT_TAU_GAIN_M_PER_KM: Final = (3.0, 7.0)
"""Standard deviation of log time, at the finish, of what is gained and lost on the way: on the flat, and from so many
metres of climb per km on (recordings, `python -m benchmarks.along_route`)."""


@dataclass(frozen=True, slots=True)
class DayNumbers:
    """What a passing leaves of doubt in the rest: see `kernel.forecast.tendency`."""

    walk_on_the_flat: float = 0.036
    early_in_hills: float = 0.085
    walk_of_stops: float = 0.07


ON_THE_DAY: Final = DayNumbers()
"""Standard deviations of log time of what is gained and lost on the flat, and of what is spent early in the hills; and
the variance that stops add for each log of elapsed over moving time that is to be expected. 558 outings of two hours
and more of 18 people, stops included (`python -m benchmarks.fit_on_the_day`)."""
