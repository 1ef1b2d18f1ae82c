"""The covariance's numbers under which the recorded histories are likeliest, beside those that are shipped.

    python -m benchmarks.fit_likelihood [--stride N] [--folds N]        (`nox -s fit`)

Maximises the marginal likelihood (Rasmussen & Williams 5.4.1) of all histories together, runs and walks of a person in
one, around a prior of its own for each kind. Odd outings are forgiven as the forecast forgives them, anew in each round
(EM for Student-t noise). Each number stays within threefold of the shipped one. With `--folds` the people are dealt
into so many groups, and each is judged by numbers fitted on the others: the gain in log likelihood per outing on people
that were not seen. Likely is not yet accurate: what comes out is for `benchmarks.fit_constants` to judge.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from benchmarks.activities import outing_of
from benchmarks.ayda import TODAY_DAY
from benchmarks.protocol import Shelf, asked
from kernel.fitted import PACE, PRIOR_LOG_S_PER_M, ProcessNumbers
from kernel.forecast import history
from kernel.forecast.covariance import KIND_CODE, Outings, noise_sd, within
from kernel.forecast.regression import regress
from kernel.tracks.track import FloatArray

SEARCHED: Final = tuple(ProcessNumbers.__dataclass_fields__)
_FEWEST: Final = 20
_FARTHEST: Final = np.log(3.0)
_FARTHEST_PRIOR: Final = 0.3
_ROUNDS: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """One person's outings: log pace over the shipped prior, and how many times the usual noise each has."""

    outings: Outings
    log_pace: FloatArray
    noise_ratio: FloatArray

    @property
    def walks(self) -> FloatArray:
        """1 for outings of walking, 0 for running."""
        walks: FloatArray = (self.outings.kind == KIND_CODE["walk"]).astype(np.float64)
        return walks

    def forgiven(self, fitted: Fitted) -> Past:
        """With the noise that the forecast would believe each outing at."""
        usual = np.square(noise_sd(self.outings, fitted.numbers))
        (between,) = within(self.outings, fitted.numbers)
        deviation = self.log_pace - fitted.prior(self)
        noise = regress(between, deviation, usual * self.noise_ratio, np.ones(len(usual)), 1.0).noise
        return replace(self, noise_ratio=noise / usual)


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Numbers, and by how much the priors of running and walking are off the shipped ones."""

    numbers: ProcessNumbers
    run: float = 0.0
    walk: float = 0.0

    def prior(self, past: Past) -> FloatArray:
        """The prior of each outing, over the shipped one."""
        return self.run + (self.walk - self.run) * past.walks

    @classmethod
    def of(cls, values: FloatArray, names: Sequence[str], start: ProcessNumbers) -> Fitted:
        """From what is searched: logarithms of the named numbers, then both priors."""
        numbers = dict(zip(names, np.exp(values[:-2]).tolist(), strict=True))
        return cls(replace(start, **numbers), float(values[-2]), float(values[-1]))

    def values(self, names: Sequence[str]) -> FloatArray:
        """Undoes `of`."""
        return np.array([*np.log([getattr(self.numbers, name) for name in names]), self.run, self.walk])


def past_of(activities: Sequence[Mapping[str, Any]]) -> Past | None:
    """The newest outings, as a forecast would use them; None when they are fewer than twenty."""
    features = [each for one in activities if (each := outing_of(one).features)]
    walks = sum(each.kind == "walk" for each in features)
    rows = history.chosen(history.counted(features, TODAY_DAY), "walk" if 2 * walks > len(features) else "run")
    if len(rows) < _FEWEST:
        return None
    table = history.table_of(rows)
    return Past(history.outings_of_history(table), history.log_pace(table), history.noise_ratio(table))


def log_likelihood(fitted: Fitted, pasts: Sequence[Past]) -> float:
    """Of all histories, up to a constant."""
    total = 0.0
    for past in pasts:
        (between,) = within(past.outings, fitted.numbers)
        noise = np.square(noise_sd(past.outings, fitted.numbers)) * past.noise_ratio
        root = cho_factor(between + np.diag(noise), lower=True)
        deviation = past.log_pace - fitted.prior(past)
        total -= deviation @ cho_solve(root, deviation) / 2 + np.log(np.diag(root[0])).sum()
    return total


def likeliest(pasts: Sequence[Past], start: ProcessNumbers = PACE) -> Fitted:
    """The numbers under which the histories are likeliest, found from `start`; what is 0 there stays 0."""
    names = [name for name in SEARCHED if getattr(start, name) > 0]
    found = Fitted(start)
    first = found.values(names)
    room = np.array([*[_FARTHEST] * len(names), _FARTHEST_PRIOR, _FARTHEST_PRIOR])
    bounds = list(zip(first - room, first + room, strict=True))
    for _ in range(_ROUNDS):
        forgiven = [past.forgiven(found) for past in pasts]

        def unlikely(values: FloatArray, seen: Sequence[Past] = forgiven) -> float:
            return -log_likelihood(Fitted.of(values, names, start), seen)

        found = Fitted.of(minimize(unlikely, found.values(names), bounds=bounds).x, names, start)
    return found


def gain_on_the_unseen(pasts: Sequence[Past], folds: int) -> list[float]:
    """By how much the log likelihood per outing grows on each group of people, fitted on all the others."""
    gains = []
    for fold in range(folds):
        unseen = pasts[fold::folds]
        found = likeliest([past for i, past in enumerate(pasts) if i % folds != fold])
        forgiven = [past.forgiven(Fitted(PACE)) for past in unseen]
        gained = log_likelihood(found, forgiven) - log_likelihood(Fitted(PACE), forgiven)
        gains.append(gained / sum(len(past.log_pace) for past in unseen))
    return gains


def pasts_of(shelf: Shelf, stride: int) -> list[Past]:
    """Of all people who have enough outings."""
    histories = (shelf.activities(athlete)[::stride] for athlete in shelf.athletes())
    return [past for each in histories if (past := past_of(each)) is not None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print both sets of numbers; say so and succeed when the data is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit_likelihood", description=__doc__)
    parser.add_argument("--folds", type=int, default=0, help="judge numbers on people they were not fitted on")
    options, shelf = asked(parser, arguments)
    if shelf is None:
        return 0
    pasts = pasts_of(shelf, options.stride)
    found = likeliest(pasts)
    gained = log_likelihood(found, pasts) - log_likelihood(Fitted(PACE), pasts)
    print(f"{len(pasts)} people, their log likelihood up by {gained:.1f}; shipped, likeliest, half way between:")
    for name in SEARCHED:
        shipped, likely = getattr(PACE, name), getattr(found.numbers, name)
        print(f"{name:18s}{shipped:10.4g}{likely:10.4g}{np.sqrt(shipped * likely):10.4g}")
    for kind, shipped in PRIOR_LOG_S_PER_M.items():
        off = found.walk if kind == "walk" else found.run
        print(f"prior {kind:12s}{shipped:10.4g}{shipped + off:10.4g}{shipped + off / 2:10.4g}")
    if options.folds:
        gains = gain_on_the_unseen(pasts, options.folds)
        print(f"log likelihood per outing on people not seen: {np.mean(gains):+.4f} ({np.round(gains, 4).tolist()})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
