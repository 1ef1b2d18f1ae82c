"""The kilometres of an answer cut anew into whatever somebody counts in."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from kernel.contracts.prediction import Gait, Prediction

_KM_M: Final = 1000.0
_LEAST_M: Final = 1.0


class Stretch(NamedTuple):
    """One kilometre or mile (the last may be shorter), with the median moving seconds on it."""

    from_m: float
    to_m: float
    gain_m: float
    loss_m: float
    mode: Gait
    moving_s: float


def stretches_of(prediction: Prediction, unit_m: float) -> list[Stretch]:
    """The answer's own kilometres, or other units: within a kilometre all of it is spread evenly."""
    splits = prediction.splits
    if abs(unit_m - _KM_M) < _LEAST_M:
        return [Stretch(s.from_m, s.to_m, s.gain_m, s.loss_m, s.mode, float(s.time_s.p50)) for s in splits]
    ends_m = np.array([0.0, *(split.to_m for split in splits)])
    length_m = float(ends_m[-1])
    marks_m = np.arange(0.0, length_m - _LEAST_M, unit_m)
    marks_m = np.append(marks_m, length_m)
    columns = ([s.gain_m for s in splits], [s.loss_m for s in splits], [float(s.time_s.p50) for s in splits])
    gain, loss, moving = (np.diff(np.interp(marks_m, ends_m, np.cumsum([0.0, *each]))).tolist() for each in columns)
    middle = np.searchsorted(ends_m, (marks_m[1:] + marks_m[:-1]) / 2) - 1
    modes = [splits[at].mode for at in middle.tolist()]
    return list(map(Stretch, marks_m[:-1].tolist(), marks_m[1:].tolist(), gain, loss, modes, moving))
