"""How much of a full history's accuracy some reads of it give, in three orders: by value, newest and oldest first.

`python -m benchmarks.backfill --json`: one object with `value`, `newest`, `oldest`, each mapping "5", "12", "20", "30",
"60" reads to MAPE(full) / MAPE(n) on the later activities. Each athlete with enough recordings connects at three points
of their past: what lies before is the history, of which the first n of an order are read, and the next activities are
forecast from those. Errors are averaged per athlete, then over athletes, as the folder's own protocol does.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Final

import msgspec

from benchmarks.activities import Outing, outing_of
from benchmarks.ayda import athlete_of
from benchmarks.protocol import NO_DATA, Shelf, named_shelf, said
from kernel.forecast.information import Sketch, most_telling

READS: Final = (5, 12, 20, 30, 60)
FOLDERS: Final = ("dev", "dev2")
CONNECTS_AT: Final = (0.5, 0.65, 0.8)
"""The parts of a past after which somebody connects."""
FEWEST_BEFORE: Final = 40
LATER: Final = 40
ASKED: Final = 40

Order = Callable[[Sequence[Outing]], Sequence[int]]


def told_of(outing: Outing) -> Sketch:
    """What Strava's list would tell of a recording."""
    features = outing.features
    if features is None:
        raise ValueError("A route that nobody has run yet is on no list.")
    return Sketch(features.sport, features.day, outing.route.length_m, outing.route.gain_m)


def by_value(history: Sequence[Outing]) -> Sequence[int]:
    """As the sync reads them: towards outings like the last ones."""
    told = [told_of(outing) for outing in history]
    asked = asked_of(told)
    return [choice.index for choice in most_telling(told, known=[], asked=asked, most=max(READS))]


def asked_of(told: Sequence[Sketch]) -> list[Sketch]:
    """What somebody will ask about who was out like this lately: such outings, on the day after the last."""
    today = max(each.day for each in told) + 1.0
    return [Sketch(each.sport, today, each.distance_m, each.gain_m) for each in told[-ASKED:]]


ORDERS: Final[Mapping[str, Order]] = {
    "value": by_value,
    "newest": lambda history: list(range(len(history)))[::-1],
    "oldest": lambda history: list(range(len(history))),
}


def error_of(read: Sequence[Outing], later: Sequence[Outing]) -> float:
    """The mean absolute share by which the medians of the later ones are off."""
    athlete = athlete_of(sorted(read, key=lambda outing: outing.features.day if outing.features else 0.0))
    return fmean(abs(athlete.forecast(outing).p50_s / outing.moving_s - 1.0) for outing in later)


def errors_of(outings: Sequence[Outing]) -> dict[str, dict[int, float]]:
    """Mean errors of one athlete: per order and number of reads; `full` under 0."""
    found: dict[str, dict[int, list[float]]] = {name: {count: [] for count in READS} for name in ORDERS}
    full: list[float] = []
    for part in CONNECTS_AT:
        at = round(part * len(outings))
        history, later = outings[:at], outings[at : at + LATER]
        if at < FEWEST_BEFORE or not later:
            continue
        full.append(error_of(history, later))
        for name, order in ORDERS.items():
            indices = order(history)
            for count in READS:
                found[name][count].append(error_of([history[index] for index in indices[:count]], later))
    if not full:
        return {}
    means = {name: {count: fmean(errors) for count, errors in per.items()} for name, per in found.items()}
    return {"full": {0: fmean(full)}, **means}


def shares(shelf: Shelf) -> dict[str, dict[str, float]]:
    """The shares of full-history accuracy."""
    per_athlete = []
    for folder in FOLDERS:
        for athlete, activities in shelf.tracks.load(str(shelf.folder / folder)).items():
            outings = [outing_of(activity) for activity in activities]
            usable = [outing for outing in outings if outing.features is not None and outing.features.usable]
            errors = errors_of(usable)
            said(f"{athlete}  {len(usable)} outings{'' if errors else ', too few'}")
            per_athlete += [errors] if errors else []
    full = fmean(errors["full"][0] for errors in per_athlete)
    return {
        name: {str(count): round(full / fmean(errors[name][count] for errors in per_athlete), 4) for count in READS}
        for name in ORDERS
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    options = parser.parse_args(arguments)
    shelf = named_shelf()
    if shelf is None:
        print(NO_DATA, file=sys.stderr)
        return 1
    found = shares(shelf)
    if options.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        for name, per in found.items():
            print(name, per)
    return 0


if __name__ == "__main__":
    sys.exit(main())
