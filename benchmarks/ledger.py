"""What a ledger of forecasts is worth: how evenly bands hold over people, and how well outings are recognised.

    python -m benchmarks.ledger [--stride N]

prints one JSON object. `coverage`: in time order every activity with five earlier ones is forecast, and compared;
`told` is how often the band held, mean and standard deviation over people, `corrected` the same after the step of
`kernel.forecast.calibration`. `recognised`: of pairs of one athlete's outings within 30 days, the share that are taken
for the same course, where their paths are the same (`benchmarks.repeats`) and where they are not. Recordings are of the
folders `dev` and `dev2` of what AYDA_EVAL_DATA names.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Any, Final

from benchmarks import ayda
from benchmarks.activities import outing_of
from benchmarks.protocol import Activity, Predictor, Row, Shelf, asked, said
from benchmarks.repeats import same_routes
from kernel.forecast.calibration import REMEMBERED, score_of, stretch_of
from kernel.pace.same_course import course_features, went_along

FOLDERS: Final = ("dev", "dev2")
WITHIN_DAYS: Final = 30.0
FEWEST: Final = 20
"""Forecasts of a person of whom a share is told."""


def held(rows: Sequence[Row]) -> tuple[list[bool], list[bool]]:
    """Whether each band held in time order, as it was told, and corrected by the outcomes before it of its kind."""
    scores: dict[str, list[float]] = {}
    told, corrected = [], []
    for row in sorted(rows, key=lambda each: int(each["i"])):
        past = scores.setdefault(row["kind"], [])
        score = score_of(row["p10"], row["p50"], row["p90"], row["true"])
        told.append(abs(score) <= 1.0)
        corrected.append(abs(score) <= stretch_of(past[:REMEMBERED]))
        past.insert(0, score)
    return told, corrected


def recognised(activities: Sequence[Activity]) -> Counter[tuple[bool, bool]]:
    """Pairs of outings within a month, by whether their paths are the same and whether they are taken to be."""
    same = same_routes(activities)
    pairs: Counter[tuple[bool, bool]] = Counter()
    outings = [outing_of(activity) for activity in activities]
    courses = [course_features(outing.route, outing.kind) for outing in outings]
    for earlier, activity in enumerate(activities):
        for later in range(earlier + 1, len(activities)):
            if activities[later]["day"] - activity["day"] > WITHIN_DAYS:
                break
            features = outings[later].features
            if features is not None and outings[earlier].kind == outings[later].kind:
                pairs[later in same.get(earlier, ()), went_along(courses[earlier], features)] += 1
    return pairs


def measured(shelf: Shelf, stride: int) -> dict[str, Any]:
    """Everything, over the athletes of both folders."""
    shares: dict[str, list[float]] = {"told": [], "corrected": []}
    pairs: Counter[tuple[bool, bool]] = Counter()
    for folder in FOLDERS:
        people: Mapping[str, list[Activity]] = shelf.tracks.load(str(shelf.folder / folder))
        for athlete, activities in sorted(people.items()):
            predictor: Predictor = ayda
            rows = shelf.evaluate.run(predictor, {athlete: activities}, None, stride)
            kinds = {i: outing_of(activity).kind for i, activity in enumerate(activities)}
            told, corrected = held([{**row, "kind": kinds[row["i"]]} for row in rows])
            if len(told) >= FEWEST:
                shares["told"].append(fmean(told))
                shares["corrected"].append(fmean(corrected))
            pairs += recognised(activities)
            said(f"{athlete}  {len(told)} forecasts, held {fmean(told):.2f}, corrected {fmean(corrected):.2f}")
    return {
        "athletes": len(shares["told"]),
        "coverage": {name: {"mean": fmean(each), "sd": stdev(each)} for name, each in shares.items()},
        "recognised": {
            "same_path": _share(pairs, same=True),
            "other_path": _share(pairs, same=False),
            "pairs": sum(pairs.values()),
        },
    }


def _share(pairs: Mapping[tuple[bool, bool], int], *, same: bool) -> float:
    yes, no = pairs.get((same, True), 0), pairs.get((same, False), 0)
    return yes / (yes + no) if yes + no else math.nan


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; say so and succeed when the data is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger", description=__doc__)
    options, shelf = asked(parser, arguments)
    if shelf is not None:
        print(json.dumps(measured(shelf, options.stride), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
