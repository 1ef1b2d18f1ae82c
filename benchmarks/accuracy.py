"""How right the forecast is on real recordings.

    python -m benchmarks.accuracy [--stride N] [--json]

measures the kernel beside known methods on the recordings of the folder that AYDA_EVAL_DATA names (the one that holds
`evaluate.py` and `dev/`). The protocol is that folder's: in time order, each activity with at least five earlier ones
is forecast from those alone. `fit` and `predict` are what the protocol calls. A whole run (stride 1) also writes
docs/accuracy.md and its figures.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import ayda, races
from benchmarks.ayda import fit, predict
from benchmarks.contenders import AYDA, all_rows
from benchmarks.newcomers import newcomer_rows, start_of
from benchmarks.protocol import Row, Scores, Shelf, asked, merged, newest_rows, per_athlete, said, scores_of
from benchmarks.repeats import repeat_rows
from benchmarks.results import Results
from benchmarks.summary import calibration, calibration_by, errors, errors_by
from benchmarks.tables import text_of

__all__ = ["fit", "main", "measure", "predict"]

DOCS: Final = Path(__file__).resolve().parent.parent / "docs"
RACE_PAIRS: Final = 3000
NEWEST: Final = 6


def measure(shelf: Shelf, stride: int) -> Results:
    """Everything that is measured, athletes two at a time."""
    parts = per_athlete(measured_rows, shelf, stride)
    best = merged([part["best"] for part in parts])
    few, lengths = ([row for part in parts for row in part["new"][name]] for name in ("few", "lengths"))
    return Results(
        scores=scores_of(shelf, best),
        scores_all_earlier=scores_of(shelf, merged([part["all earlier"] for part in parts])),
        per_athlete=[scores_of(shelf, {AYDA: part["best"][AYDA]})[AYDA] for part in parts],
        calibration={
            subset: calibration(row for row in best[AYDA] if subset in row["tags"])
            for subset in ("all", "long", "cold")
        },
        few=errors_by(few, start_of),
        few_by_kind=errors_by(few, lambda row: f"{start_of(row)} {row['kind']}"),
        few_calibration=calibration_by(few, start_of),
        lengths=errors_by(lengths, lambda row: str(row["length"])),
        repeats={name: errors(rows) for name, rows in merged([part["repeats"] for part in parts]).items()},
        races=race_scores(shelf),
        newest_six=scores_of(shelf, merged([part["newest six"] for part in parts]))[AYDA],
        onward=dict(shelf.onward(races.__name__)),
    )


def race_scores(shelf: Shelf) -> dict[str, Scores]:
    """How the kernel does on public results of races; empty where the folder has none."""
    results = shelf.folder / "races"
    return shelf.races.run(races, str(results), RACE_PAIRS) if results.is_dir() else {}


def measured_rows(shelf: Shelf, athlete: str, stride: int) -> dict[str, dict[str, list[Row]]]:
    """All rows of one athlete; runs in a process of its own."""
    rows = all_rows(shelf, athlete, stride)
    repeats = repeat_rows(shelf.activities(athlete), rows["best"][AYDA])
    six = {AYDA: newest_rows(shelf, athlete, ayda, stride, NEWEST)}
    return {**rows, "new": newcomer_rows(shelf, athlete, stride), "repeats": repeats, "newest six": six}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the comparison; say so and succeed when the data is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    options, shelf = asked(parser, arguments)
    if shelf is None:
        return 0
    results = measure(shelf, options.stride)
    print(json.dumps(results.as_json(), indent=1) if options.json else text_of(results))
    if options.stride == 1:
        said(f"wrote {write_docs(results)}")
    return 0


def write_docs(results: Results) -> Any:
    """docs/accuracy.md with its figures; returns where the page is."""
    from benchmarks.report import write_report  # noqa: PLC0415  drawing is not needed to be measured by evaluate.py

    return write_report(results, DOCS)


if __name__ == "__main__":
    sys.exit(main())
