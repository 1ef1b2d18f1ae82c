"""Where a prediction's times fall along the route."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from kernel.contracts.prediction import CheckpointForecast, Prediction
from kernel.tracks import FloatArray

Quantile = Literal["p10", "p50", "p90"]


def elapsed_along(prediction: Prediction, at_m: FloatArray, quantile: Quantile = "p50") -> FloatArray:
    """Seconds since the start at these distances.

    The moving times of the splits, with the difference to each known arrival (checkpoints, finish) shared out evenly
    on the way there. Never falls along the route.
    """
    ends_m = np.array([0.0, *(split.to_m for split in prediction.splits)])
    moving_s = np.cumsum([0.0, *(getattr(split.time_s, quantile) for split in prediction.splits)])
    length_m = float(ends_m[-1])
    known = [(0.0, 0.0), *_arrivals(prediction.checkpoints, quantile, length_m)]
    known.append((length_m, float(getattr(prediction.elapsed_s, quantile))))
    places, arrivals = (np.array(values) for values in zip(*known, strict=True))
    late_s = arrivals - np.interp(places, ends_m, moving_s)
    along: FloatArray = np.interp(at_m, ends_m, moving_s) + np.interp(at_m, places, late_s)
    return np.maximum.accumulate(along)


def clock(start: datetime | None, after_s: float) -> str:
    """The moment so long after the start, to the minute: `14:05` where the start is known, else `8:05` hours."""
    if start is not None:
        return f"{start + timedelta(seconds=after_s):%H:%M}"
    return hours(after_s)


def hours(seconds: float) -> str:
    """`H:MM`, rounded to minutes."""
    minutes = int(max(0.0, seconds) / 60 + 0.5)
    return f"{minutes // 60}:{minutes % 60:02d}"


def _arrivals(checkpoints: list[CheckpointForecast], quantile: Quantile, length_m: float) -> list[tuple[float, float]]:
    """One arrival per place strictly between start and finish; of two in one place the first counts."""
    inside = {c.at_m: float(getattr(c.eta_s, quantile)) for c in reversed(checkpoints) if 0 < c.at_m < length_m}
    return sorted(inside.items())
