"""What a passing leaves of doubt in the rest: the numbers of `kernel.forecast.tendency`, the likeliest of recordings.

    python -m benchmarks.fit_on_the_day [--stride N] [--folds N]

At share s of the expected time an outing of two hours and more is off from its own even course by log(t(s) / (s T)),
stops included. Its variance is that of what is to come, which the numbers give by how hilly the ground is and how much
the outings before say that somebody stands still. Student-t, its scale told as that of a normal which holds as many of
ten between P10 and P90; people count alike. With `--folds` the people are dealt into so many groups, and how often such
a band holds is told for each by the numbers of the others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import minimize
from scipy.stats import t as student

from benchmarks.activities import outing_of, outings_of
from benchmarks.along_route import log_off
from benchmarks.ayda import athlete_of, mode_of
from benchmarks.protocol import Shelf, asked, per_athlete
from kernel.fitted import ON_THE_DAY, DayNumbers
from kernel.forecast.distribution import Z90
from kernel.forecast.tendency import variances
from kernel.tracks.track import FloatArray

SHARES: Final = np.array([0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
SHORTEST_S: Final = 7200.0
EARLIER: Final = 5
_FEWEST: Final = 10
_USUAL_NU: Final = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """One person's outings: climb per km, expected stops (log), and how far off they were at each share (log)."""

    gain_m_per_km: FloatArray
    log_stops: FloatArray
    log_off: FloatArray

    @property
    def weight(self) -> float:
        """Of each outing: all of a person's weigh as much as another's, of whom there are enough."""
        return 1.0 / max(len(self.log_off), _FEWEST)

    def sd(self, numbers: DayNumbers) -> FloatArray:
        """Standard deviation of what is to come at each share of each outing."""
        early, walk = variances(self.gain_m_per_km, self.log_stops, numbers)
        to_come: FloatArray = np.multiply.outer(early, np.square(1 - SHARES)) + np.multiply.outer(walk, 1 / SHARES - 1)
        return np.sqrt(to_come)


def likeliest(people: Sequence[Days]) -> DayNumbers:
    """The numbers under which the outings are likeliest."""

    def unlikely(values: FloatArray) -> float:
        numbers, nu = DayNumbers(*np.exp(values[:-1]).tolist()), float(np.exp(values[-1]))
        total = 0.0
        for days in people:
            sd = days.sd(numbers)
            total -= days.weight * float((student.logpdf(days.log_off / sd, nu) - np.log(sd)).sum())
        return total

    first = [ON_THE_DAY.walk_on_the_flat, ON_THE_DAY.early_in_hills, ON_THE_DAY.walk_of_stops, _USUAL_NU]
    found = np.exp(minimize(unlikely, np.log(first), method="Nelder-Mead", options={"maxiter": 2000}).x)
    wide = float(student.ppf(0.9, found[-1])) / Z90
    return DayNumbers(wide * float(found[0]), wide * float(found[1]), wide**2 * float(found[2]))


def held(people: Sequence[Days], numbers: DayNumbers) -> FloatArray:
    """How often the band of what is to come held at each share: mean over people with enough outings."""
    enough = [days for days in people if len(days.log_off) >= _FEWEST]
    within: FloatArray = np.mean(
        [np.mean(np.abs(days.log_off) <= Z90 * days.sd(numbers), axis=0) for days in enough], axis=0
    )
    return within


def days_of(shelf: Shelf, athlete: str, stride: int) -> Days:
    """A person's long outings, what is expected of each told by those before it."""
    activities = shelf.activities(athlete)
    rows = []
    for i in range(EARLIER, len(activities), stride):
        target = outing_of(activities[i])
        off = log_off(activities[i], SHARES, standing=True)
        if off is None or target.moving_s < SHORTEST_S:
            continue
        before = athlete_of(outings_of(activities[:i]))
        if before.profile(mode_of(target)) is None:
            continue
        times = before.forecast(target)
        stops = np.log(before.elapsed(target, times)[1] / times.p50_s)
        rows.append((1000.0 * target.route.gain_m / target.route.length_m, stops, off))
    columns = zip(*rows, strict=True) if rows else ((), (), np.empty((0, len(SHARES))))
    return Days(*map(np.array, columns))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print shipped and likeliest numbers; say so and succeed when the data is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit_on_the_day", description=__doc__)
    parser.add_argument("--folds", type=int, default=0, help="judge numbers on people they were not fitted on")
    options, shelf = asked(parser, arguments)
    if shelf is None:
        return 0
    people = [days for days in per_athlete(days_of, shelf, options.stride) if len(days.log_off)]
    found = likeliest(people)
    print(f"{sum(len(days.log_off) for days in people)} outings of {len(people)} people; shipped, likeliest:")
    for name in DayNumbers.__dataclass_fields__:
        print(f"{name:18s}{getattr(ON_THE_DAY, name):10.4f}{getattr(found, name):10.4f}")
    print(f"held at {SHARES.tolist()}, as shipped: {held(people, ON_THE_DAY).round(2).tolist()}")
    for fold in range(options.folds):
        others = likeliest([days for i, days in enumerate(people) if i % options.folds != fold])
        print(f"people not seen, group {fold + 1}: {held(people[fold :: options.folds], others).round(2).tolist()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
