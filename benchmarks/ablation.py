"""What each part of the model is worth: named variants run through the protocol, one row each.

    python -m benchmarks.ablation [--stride N] [--only NAME ...] [--markdown]

A variant is a pair of functions as evaluate.py asks for. `fit(history)` gets the earlier activities; `predict(model, d,
ele, sport, shape)` gets the route and its `shape`: `turn`, which everybody has, and `paths`, the overlap of the route
with each earlier activity ({index in the history: cosine}), which only someone has who opted in to remembering their
paths. What is shipped to who has not asked reads no paths.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks import ayda
from benchmarks.contenders import AYDA
from benchmarks.protocol import (
    SUBSETS,
    Catalogue,
    Predictor,
    Row,
    Scores,
    Shelf,
    asked,
    mean_errors,
    merged,
    per_athlete,
    rows_of,
    scores_of,
)
from benchmarks.tables import Table, as_percent, as_signed
from benchmarks.variants import VARIANTS


@dataclass(frozen=True, slots=True)
class Variant:
    """A predictor made of two functions."""

    fit: Callable[[Sequence[Mapping[str, Any]]], Any]
    predict: Callable[..., Any]


def variants() -> dict[str, Predictor]:
    """Everything that is compared; the first row is what the others are compared with."""
    return {f"{AYDA} as shipped": Variant(ayda.fit, ayda.predict), **VARIANTS}


def measure(shelf: Shelf, catalogue: Catalogue, stride: int, only: Sequence[str] = ()) -> dict[str, list[Row]]:
    """Rows per variant. `catalogue` stands at the top of a module: other processes look it up there."""
    return merged(per_athlete(_rows, shelf, catalogue, stride, tuple(only)))


def table(rows: Mapping[str, Sequence[Row]], scores: Mapping[str, Scores]) -> Table:
    """MAPE per subset, difference to the first variant, how often the band held per subset and how wide it was.

    The difference is a mean over athletes with its standard error: what is below twice that may be chance.
    """
    first = next(iter(rows.values()))
    head = [
        "variant",
        *SUBSETS,
        "to first",
        "median",
        "bias long",
        *(f"{what} % a/h/s/l/f/c" for what in ("held", "width")),
        "elapsed",
    ]
    lines = [
        [
            name,
            *(as_percent(score.get(subset), "mape", 2) for subset in SUBSETS),
            _difference(first, rows[name]),
            as_percent(score["all"], "mdape", 2),
            as_signed(score.get("long"), "bias"),
            *("/".join(as_percent(score.get(subset), key, 0) for subset in SUBSETS) for key in ("cov80", "width")),
            as_percent(score["all"], "ela_mape"),
        ]
        for name, score in scores.items()
    ]
    return Table("MAPE of moving time per subset, %", head, lines)


def _difference(first: Sequence[Row], rows: Sequence[Row]) -> str:
    """Percentage points between the mean errors of each athlete: their mean and its standard error."""
    errors = [mean_errors(of_one) for of_one in (rows, first)]
    points = np.array([100.0 * (errors[0][athlete] - errors[1][athlete]) for athlete in errors[0]])
    doubt = points.std(ddof=1) / np.sqrt(len(points)) if len(points) > 1 else 0.0
    return f"{points.mean():+.2f} +-{doubt:.2f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; say so and succeed when the data is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="these variants, by part of their name")
    parser.add_argument("--markdown", action="store_true", help="print it for a page")
    options, shelf = asked(parser, arguments)
    if shelf is None:
        return 0
    rows = measure(shelf, variants, options.stride, options.only)
    found = table(rows, scores_of(shelf, rows))
    print(found.as_markdown() if options.markdown else found.as_text())
    return 0


def _rows(shelf: Shelf, athlete: str, catalogue: Catalogue, stride: int, only: tuple[str, ...]) -> dict[str, list[Row]]:
    def wanted() -> dict[str, Predictor]:
        return {name: one for name, one in catalogue().items() if not only or any(part in name for part in only)}

    return rows_of(shelf, athlete, wanted, stride)


if __name__ == "__main__":
    sys.exit(main())
