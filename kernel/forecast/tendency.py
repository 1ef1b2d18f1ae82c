"""How what is done of a day hangs together with what is to come of it.

The log of actual over expected time is, at share s of the expected time, D + A (1 - s) + W(s) / s: D is how the day
goes; A how much somebody spends early that others keep, which comes to nothing at the finish; W a Brownian motion in
route time. Before the start `along` tells what they make together; a passing tells them apart, as it leaves of D little
and of A and W what lies ahead. Stops fall where they fall, so W has a variance in proportion to how much somebody is
expected to stand still, besides a little on the flat; A belongs to the hills (`python -m benchmarks.fit_on_the_day`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kernel.fitted import DRIFT_TAU_GAIN_M_PER_KM, ON_THE_DAY, DayNumbers
from kernel.forecast.along import EARLIEST, MOST_ON_THE_WAY
from kernel.tracks.track import FloatArray

_LEAST_LEFT: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Tendency:
    """Variances of log time: of the finish, of A, and of W at the finish. What W has not of the finish is the day's."""

    finish: float
    early: float
    walk: float

    def beyond(self, share: float, doubt: float, ahead: FloatArray) -> tuple[FloatArray, FloatArray]:
        """By what to multiply how far off (log) one was seen at `share`, for shares ahead; what it leaves in doubt.

        Both doubts are standard deviations; `doubt` is that of what was seen. The last one says nearly all, so it
        alone counts.
        """
        here = np.array([share])
        seen = self._together(here, here)[0] + doubt**2
        weight = self._together(here, ahead) / seen
        left = self._together(ahead, ahead) - np.square(weight) * seen
        return weight, np.sqrt(np.maximum(left, _LEAST_LEFT))

    def _together(self, here: FloatArray, there: FloatArray) -> FloatArray:
        """Covariance of log time over expected time at shares; constant before 5 %."""
        one, other = np.clip(here, EARLIEST, 1.0), np.clip(there, EARLIEST, 1.0)
        of_the_way: FloatArray = self.walk / np.maximum(one, other) + self.early * (1.0 - one) * (1.0 - other)
        return self.finish - self.walk + of_the_way


def tendency_of(gain_m_per_km: float, log_stops: float, finish_sd: float) -> Tendency:
    """By how hilly the route is, how much (log) one is expected to stand still, and how sure (log) the finish is."""
    early, walk = variances(np.array([gain_m_per_km]), np.array([log_stops]))
    return Tendency(finish_sd**2, float(early[0]), min(MOST_ON_THE_WAY * finish_sd**2, float(walk[0])))


def variances(
    gain_m_per_km: FloatArray, log_stops: FloatArray, numbers: DayNumbers = ON_THE_DAY
) -> tuple[FloatArray, FloatArray]:
    """Those of A, and of W at the finish, of log time on such days."""
    hilly = np.interp(gain_m_per_km, DRIFT_TAU_GAIN_M_PER_KM, (0.0, 1.0))
    of_stops = numbers.walk_of_stops * np.maximum(log_stops, 0.0)
    return np.square(numbers.early_in_hills * hilly), np.square(numbers.walk_on_the_flat * (1.0 - hilly)) + of_stops
