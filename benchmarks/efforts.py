"""How hard people say they go, beside what became of it.

    python -m benchmarks.efforts [--stride N] [--pairs N]

Of outings by people with a past, the share that was faster than `race` and `fast` or slower than `easy`: one in ten and
one in four, were they told rightly. Of races, what somebody is told who says `race` and nothing else of themselves
(beside the field's median), and who tells the result of another race.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Final

import numpy as np

from benchmarks import ayda, races
from benchmarks.protocol import Activity, Predictor, Row, Shelf, asked, merged, per_athlete, rows_of
from benchmarks.tables import Table
from kernel.contracts.prediction import Effort
from kernel.contracts.said import RaceResult
from kernel.forecast import times_of
from kernel.forecast.stated import flat_pace_of_result_s_per_km
from kernel.pace.ground import ground_of_route
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

EFFORTS: Final[tuple[Effort, ...]] = ("race", "fast", "easy")
_FEWEST: Final = 10


class Raced:
    """Races as told to who says `race`, in the shape that `races.py` of the evaluation folder asks for."""

    @staticmethod
    def personal(earlier: races.Race, elapsed_s: float, target: races.Race) -> races.Quantiles:
        """Of whom the result of another race is known: of a flat one that takes as long as it did."""
        flat_m = math.exp(ground_of_route(races.course_of(earlier), "run").log_unit_time)
        pace = flat_pace_of_result_s_per_km(RaceResult(flat_m, elapsed_s), races.MODE)
        return _raced(races.course_of(target), pace)

    @staticmethod
    def stranger(target: races.Race) -> races.Quantiles:
        """Of whom nothing is known."""
        return _raced(races.course_of(target), None)


def _raced(course: RouteGeometry, flat_pace_s_per_km: float | None) -> races.Quantiles:
    times = times_of(course, mode=races.MODE, profile=None, flat_pace_s_per_km=flat_pace_s_per_km).at_effort("race")
    return times.p10_s, times.p50_s, times.p90_s


@dataclass(frozen=True, slots=True)
class Told:
    """A predictor whose median is what somebody is told who says an effort."""

    effort: Effort
    fit: Callable[[Sequence[Activity]], ayda.Athlete] = ayda.fit

    def predict(
        self, model: ayda.Athlete, d: FloatArray, ele: FloatArray, sport: str, shape: Mapping[str, Any]
    ) -> dict[str, tuple[float, float, float]]:
        """Quantiles of moving and of elapsed seconds for a route."""
        times, elapsed = ayda.forecast(model, d, ele, sport, shape)
        return ayda.answer(times.at_effort(self.effort), elapsed)


def predictors() -> dict[str, Predictor]:
    """One for each effort."""
    return {effort: Told(effort) for effort in EFFORTS}


def own_days(rows: Mapping[str, Sequence[Row]]) -> Table:
    """Shares of outings, means over people with ten or more of a kind."""
    kinds = {"running": {"run", "trail_run"}, "walking": {"hike", "walk"}}
    lines = []
    for name, sports in kinds.items():
        beyond = [_share(rows[effort], sports, slower=effort == "easy") for effort in EFFORTS]
        lines.append([name, *(f"{share:.0%}" for share in beyond)])
    return Table("Share of own outings", ["", "faster than race", "faster than fast", "slower than easy"], lines)


def of_races(scores: Mapping[str, Any]) -> Table:
    """Error and bias of races told as `race`."""
    lines = [
        [f"{part}, {hours}", f"{score['n']}", f"{score['mape']:.1%}", f"{score['bias']:+.1%}", f"{score['held']:.0%}"]
        for part in ("pairs", "fields")
        for hours, score in scores[part].items()
    ]
    return Table("Races, told to who says race", ["", "races", "off by", "bias", "moving band held"], lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print both tables; say so and succeed when the data is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.efforts", description=__doc__)
    parser.add_argument("--pairs", type=int, default=1500, help="pairs of results that are looked at")
    options, shelf = asked(parser, arguments)
    if shelf is None:
        return 0
    print(own_days(merged(per_athlete(_rows, shelf, options.stride))).as_text())
    print(of_races(shelf.races.run(Raced, str(shelf.folder / "races"), options.pairs)).as_text())
    return 0


def _rows(shelf: Shelf, athlete: str, stride: int) -> dict[str, list[Row]]:
    return rows_of(shelf, athlete, predictors, stride)


def _share(rows: Sequence[Row], sports: set[str], *, slower: bool) -> float:
    per: dict[str, list[bool]] = {}
    for row in rows:
        if row["sport"] in sports:
            per.setdefault(row["a"], []).append((row["true"] > row["p50"]) == slower)
    return fmean(float(np.mean(own)) for own in per.values() if len(own) >= _FEWEST)


if __name__ == "__main__":
    sys.exit(main())
