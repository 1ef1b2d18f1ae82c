"""What stands in the comparison: the known methods, and Ayda."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks import ayda
from benchmarks.activities import Outing, target_of
from benchmarks.baselines import BASELINES, ON_ALL_EARLIER
from benchmarks.baselines.history import Baseline, History, pause_ratio
from benchmarks.protocol import Predictor, Row, Shelf, rows_of, said
from kernel.forecast.distribution import TimeDistribution
from kernel.tracks.track import FloatArray

AYDA = "ayda"


@dataclass(frozen=True, slots=True)
class WithPauses:
    """A baseline with an elapsed time: moving time by the median pause ratio of the activities it learns from."""

    baseline: Baseline

    def fit(self, history: History) -> list[Outing]:
        """What the baseline keeps."""
        return self.baseline.fit(history)

    def predict(
        self, model: list[Outing], d: FloatArray, ele: FloatArray, sport: str, shape: Mapping[str, Any]
    ) -> dict[str, tuple[float | None, float, float | None]]:
        """Seconds of moving and of elapsed time, without a band."""
        moving_s = self.baseline.predict(model, d, ele, sport, shape)
        past = self.baseline.memory.of(model, target_of(d, ele, sport, shape).kind)
        return {"moving": (None, moving_s, None), "elapsed": (None, moving_s * pause_ratio(past), None)}


@dataclass(slots=True)
class Listening:
    """Ayda as a predictor that also remembers the whole distributions it gave, in order."""

    given: list[TimeDistribution] = field(default_factory=list)

    def fit(self, history: History) -> ayda.Athlete:
        """As Ayda fits."""
        return ayda.fit(history)

    def predict(
        self, model: ayda.Athlete, d: FloatArray, ele: FloatArray, sport: str, shape: Mapping[str, Any]
    ) -> dict[str, tuple[float, float, float]]:
        """As Ayda predicts."""
        times, elapsed = ayda.forecast(model, d, ele, sport, shape)
        self.given.append(times)
        return ayda.answer(times, elapsed)


def baselines() -> dict[str, Predictor]:
    """The known methods at their best."""
    return {name: WithPauses(baseline) for name, baseline in BASELINES.items()}


def on_all_earlier() -> dict[str, Predictor]:
    """The known methods on all earlier activities."""
    return {name: WithPauses(baseline) for name, baseline in ON_ALL_EARLIER.items()}


def ayda_rows(shelf: Shelf, athlete: str, stride: int) -> list[Row]:
    """The protocol's rows for Ayda, each with `rank`: the share of its distribution below what happened."""
    listening = Listening()
    rows = rows_of(shelf, athlete, lambda: {AYDA: listening}, stride)[AYDA]
    for row, times in zip(rows, listening.given, strict=True):
        row["rank"] = ayda.share_within(times, row["true"])
    return rows


def all_rows(shelf: Shelf, athlete: str, stride: int) -> dict[str, dict[str, list[Row]]]:
    """Rows of one athlete: `best` (the comparison) and `all earlier`."""
    said(f"{athlete}  measuring")
    best = {**rows_of(shelf, athlete, baselines, stride), AYDA: ayda_rows(shelf, athlete, stride)}
    return {"best": best, "all earlier": rows_of(shelf, athlete, on_all_earlier, stride)}
