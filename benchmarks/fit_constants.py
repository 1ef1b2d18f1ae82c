"""How the numbers of the model were chosen, and what choosing is worth: a random search over `kernel.fitted.PACE`.

    python -m benchmarks.fit_constants [--tries N] [--stride N]

Each try multiplies about half of the numbers by a random factor (log-normal, 0.3). The table shows the best tries
beside the numbers that are shipped. The last line is the honest one: for each athlete the try that was best on all
others is scored on that athlete, so it says what such a search gains on people it never saw. Where that is nothing, the
numbers are as good as this data can tell.
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

import numpy as np

from benchmarks.ablation import measure
from benchmarks.protocol import Predictor, Row, asked, mean_errors
from benchmarks.variants import Changed
from kernel.fitted import PACE, ProcessNumbers

SHIPPED = "shipped"
_SEED = 20_261_121
_SPREAD = 0.3


def tries(count: int) -> dict[str, Predictor]:
    """The shipped numbers and `count` changed ones, always the same."""
    rng = np.random.default_rng(_SEED)
    changed = {f"try {i + 1}": Changed(_shaken(rng)) for i in range(count)}
    return {SHIPPED: Changed(), **changed}


def errors_of(rows: Mapping[str, Sequence[Row]]) -> dict[str, dict[str, float]]:
    """MAPE in percent per try and athlete."""
    return {name: {athlete: 100.0 * error for athlete, error in mean_errors(own).items()} for name, own in rows.items()}


def on_the_unseen(errors: Mapping[str, Mapping[str, float]]) -> float:
    """Mean error over athletes, each scored with the try that was best on all the others."""
    athletes = list(errors[SHIPPED])

    def best_without(left_out: str) -> str:
        return min(errors, key=lambda name: sum(e for athlete, e in errors[name].items() if athlete != left_out))

    return float(np.mean([errors[best_without(athlete)][athlete] for athlete in athletes]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the search; say so and succeed when the data is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit_constants", description=__doc__)
    parser.add_argument("--tries", type=int, default=30)
    options, shelf = asked(parser, arguments)
    if options.tries < 1:
        parser.error("--tries is 1 or more.")
    if shelf is None:
        return 0
    catalogue = functools.partial(tries, options.tries)
    errors = errors_of(measure(shelf, catalogue, options.stride))
    mean = {name: float(np.mean(list(own.values()))) for name, own in errors.items()}
    known = tries(options.tries)
    print("MAPE of moving time, mean of athletes, %")
    for name in [SHIPPED, *sorted((n for n in mean if n != SHIPPED), key=mean.__getitem__)[:5]]:
        print(f"{mean[name]:8.2f}  {name:10s} {_difference(known[name])}")
    print(f"{mean[max(mean, key=mean.__getitem__)]:8.2f}  the worst of {options.tries}")
    print(f"{on_the_unseen(errors):8.2f}  chosen on the others, scored on athletes it never saw")
    return 0


def _shaken(rng: np.random.Generator) -> ProcessNumbers:
    shaken = {
        name: value * float(np.exp(_SPREAD * rng.standard_normal())) if rng.random() < 0.5 else value
        for name, value in asdict(PACE).items()
    }
    return replace(PACE, **shaken)


def _difference(one: Predictor) -> str:
    if not isinstance(one, Changed):
        return ""
    numbers = asdict(one.numbers)
    return " ".join(f"{name} {numbers[name]:.3g}" for name, value in asdict(PACE).items() if numbers[name] != value)


if __name__ == "__main__":
    sys.exit(main())
