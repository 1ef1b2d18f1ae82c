"""What each part of the model is worth: named variants run through the protocol, one row each.

    python -m benchmarks.ablation [--stride N] [--only NAME ...] [--markdown]

A variant is a pair of functions as evaluate.py asks for. `fit(history)` gets the earlier activities; `predict(model, d,
ele, sport, shape)` gets the route and its `shape`: `turn`, which everybody has, and `paths`, the overlap of the route
with each earlier activity ({index in the history: cosine}), which only someone has who opted in to remembering their
paths. A variant that reads `shape["paths"]` is tier B and says so in its name; what is shipped by default is tier A.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import ayda
from benchmarks.contenders import AYDA
from benchmarks.protocol import (
    NO_DATA,
    SUBSETS,
    Catalogue,
    Predictor,
    Row,
    Scores,
    Shelf,
    merged,
    named_shelf,
    per_athlete,
    rows_of,
    scores_of,
)
from benchmarks.tables import Table, as_percent, as_signed


@dataclass(frozen=True, slots=True)
class Variant:
    """A predictor made of two functions."""

    fit: Callable[[Sequence[Mapping[str, Any]]], Any]
    predict: Callable[..., Any]


def variants() -> dict[str, Predictor]:
    """Everything that is compared; the first row is what the others are compared with."""
    return {f"{AYDA} as shipped (tier A)": Variant(ayda.fit, ayda.predict)}


def measure(shelf: Shelf, catalogue: Catalogue, stride: int, only: Sequence[str] = ()) -> dict[str, Scores]:
    """Scores per variant and subset. `catalogue` stands at the top of a module: other processes look it up there."""
    parts = per_athlete(_rows, shelf, catalogue, stride, tuple(only))
    return scores_of(shelf, merged(parts))


def table(scores: Mapping[str, Scores]) -> Table:
    """MAPE per subset, and for all outings the median error, what became of the band, and elapsed time."""
    head = ["variant", *SUBSETS, "to first", "median", "bias long", "held %", "width %", "elapsed"]
    first = next(iter(scores.values()))
    rows = [
        [
            name,
            *(as_percent(score.get(subset), "mape", 2) for subset in SUBSETS),
            f"{100 * (score['all']['mape'] - first['all']['mape']):+.2f}",
            as_percent(score["all"], "mdape", 2),
            as_signed(score.get("long"), "bias"),
            *(as_percent(score["all"], key, digits) for key, digits in (("cov80", 0), ("width", 1), ("ela_mape", 1))),
        ]
        for name, score in scores.items()
    ]
    return Table("MAPE of moving time per subset, %", head, rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; say so and succeed when the data is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    parser.add_argument("--stride", type=int, default=1, help="score every n-th target only")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="these variants, by part of their name")
    parser.add_argument("--markdown", action="store_true", help="print it for a page")
    options = parser.parse_args(arguments)
    shelf = named_shelf()
    if shelf is None:
        print(NO_DATA)
        return 0
    found = table(measure(shelf, variants, options.stride, options.only))
    print(found.as_markdown() if options.markdown else found.as_text())
    return 0


def _rows(shelf: Shelf, athlete: str, catalogue: Catalogue, stride: int, only: tuple[str, ...]) -> dict[str, list[Row]]:
    def wanted() -> dict[str, Predictor]:
        return {name: one for name, one in catalogue().items() if not only or any(part in name for part in only)}

    return rows_of(shelf, athlete, wanted, stride)


if __name__ == "__main__":
    sys.exit(main())
