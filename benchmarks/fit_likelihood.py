"""The covariance's numbers under which the recorded histories are likeliest, beside those that are shipped.

    python -m benchmarks.fit_likelihood [--stride N]

Maximises the marginal likelihood (Rasmussen & Williams 5.4.1) of all histories together, odd outings forgiven as the
forecast forgives them, each number within threefold of the shipped one. Likely is not yet accurate: what comes out is
for `benchmarks.fit_constants` to judge.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, get_args

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from benchmarks.activities import outing_of
from benchmarks.ayda import TODAY_DAY
from benchmarks.protocol import asked
from kernel.fitted import PACE, Kind, ProcessNumbers
from kernel.forecast import history
from kernel.forecast.covariance import Outings, within
from kernel.forecast.regression import regress
from kernel.tracks.track import FloatArray

SEARCHED: Final = tuple(name for name in ProcessNumbers.__dataclass_fields__ if name != "shared")
"""A history is described around its own median, so it says nothing of what all outings share."""
_FEWEST: Final = 20
_FARTHEST: Final = np.log(3.0)
_ROUNDS: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """One athlete's outings of one kind: log pace around its median, and how many times the usual noise each has."""

    outings: Outings
    deviation: FloatArray
    noise_ratio: FloatArray

    def forgiven(self, c: ProcessNumbers) -> Past:
        """With the noise that the forecast would believe each outing at."""
        (between,) = within(self.outings, c)
        noise = regress(between, self.deviation, c.noise**2 * self.noise_ratio, 1.0).noise
        return replace(self, noise_ratio=noise / c.noise**2)


def past_of(activities: Sequence[Mapping[str, Any]], kind: Kind) -> Past | None:
    """The newest outings of a kind; None when they are fewer than twenty."""
    features = [each for one in activities if (each := outing_of(one).features) and each.kind == kind]
    rows = history.chosen(features, kind, TODAY_DAY)
    if len(rows) < _FEWEST:
        return None
    table = history.table_of(rows)
    log_pace = history.log_pace(table)
    return Past(history.outings_of_history(table), log_pace - np.median(log_pace), history.noise_ratio(table))


def log_likelihood(c: ProcessNumbers, pasts: Sequence[Past]) -> float:
    """Of all histories, up to a constant."""
    total = 0.0
    for past in pasts:
        (between,) = within(past.outings, c)
        root = cho_factor(between + np.diag(c.noise**2 * past.noise_ratio), lower=True)
        total -= past.deviation @ cho_solve(root, past.deviation) / 2 + np.log(np.diag(root[0])).sum()
    return total


def likeliest(pasts: Sequence[Past], start: ProcessNumbers = PACE) -> ProcessNumbers:
    """The numbers under which the histories are likeliest, found from `start`; what is 0 there stays 0."""
    searched = [name for name in SEARCHED if getattr(start, name) > 0]
    first = np.log([getattr(start, name) for name in searched])
    bounds = list(zip(first - _FARTHEST, first + _FARTHEST, strict=True))

    def numbers(logs: FloatArray) -> ProcessNumbers:
        return replace(start, **dict(zip(searched, np.exp(logs).tolist(), strict=True)))

    found = start
    for _ in range(_ROUNDS):
        forgiven = [past.forgiven(found) for past in pasts]
        at = np.log([getattr(found, name) for name in searched])
        best = minimize(lambda logs, seen=forgiven: -log_likelihood(numbers(logs), seen), at, bounds=bounds)
        found = numbers(best.x)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print both sets of numbers; say so and succeed when the data is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit_likelihood", description=__doc__)
    options, shelf = asked(parser, arguments)
    if shelf is None:
        return 0
    histories = [shelf.activities(athlete)[:: options.stride] for athlete in shelf.athletes()]
    pasts = [past for each in histories for kind in get_args(Kind) if (past := past_of(each, kind)) is not None]
    found = likeliest(pasts)
    gained = log_likelihood(found, pasts) - log_likelihood(PACE, pasts)
    print(f"{len(pasts)} histories, their log likelihood up by {gained:.1f}; shipped and likeliest:")
    for name in SEARCHED:
        print(f"{name:18s}{getattr(PACE, name):10.4g}{getattr(found, name):10.4g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
