"""How time grows on days longer than a body keeps its pace: one law, its inverse, and the doubt that it leaves.

Up to some hours the time is proportional to the length in unit time; beyond, it grows with the power 1.26 of it. So it
was found in 28,800 pairs of results of the same runner in two races of 2.5 to 190 hours, and in 320 fields, women and
men alike, from start to finish: sleep and long stops are inside. All of the model's times go through `slowed`, and all
that a history teaches through `rested`, which undoes it; both rise strictly, so no law of reason is lost in them.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from kernel.fitted import BEYOND_FULL, BEYOND_PER_LOG, BEYOND_SD, FADE, FADE_FROM_S, Kind
from kernel.tracks.track import FloatArray

_FROM_LOG_S: Final[dict[Kind, float]] = {kind: math.log(seconds) for kind, seconds in FADE_FROM_S.items()}


def slowed(log_s: FloatArray, kind: Kind) -> FloatArray:
    """Log seconds that it takes, of those it would take if nobody tired."""
    tiring: FloatArray = log_s + FADE * np.maximum(log_s - _FROM_LOG_S[kind], 0.0)
    return tiring


def rested(log_s: FloatArray, kind: Kind) -> FloatArray:
    """Log seconds that it would take if nobody tired, of those it takes: undoes `slowed`."""
    untired: FloatArray = log_s - FADE / (1.0 + FADE) * np.maximum(log_s - _FROM_LOG_S[kind], 0.0)
    return untired


def beyond_sd(log_s: FloatArray, longest_log_s: FloatArray | float, full: float = BEYOND_FULL) -> FloatArray:
    """Standard deviation of log time that a day adds which is longer than the longest one known.

    A day unlike one's own costs most of it at once, all of it when it is e^`full` times as long; how many times longer
    it is adds little.
    """
    beyond = np.maximum(log_s - longest_log_s, 0.0)
    doubt: FloatArray = np.hypot(BEYOND_SD * np.minimum(beyond / full, 1.0), BEYOND_PER_LOG * beyond)
    return doubt


def beyond_stated_sd(log_s: FloatArray, kind: Kind) -> FloatArray:
    """The same for who states a pace, and no longest day: from where people begin to tire.

    It comes in twice as gently, or the best days of the same pace would be faster on a longer course than on a shorter.
    """
    return beyond_sd(log_s, _FROM_LOG_S[kind], 2 * BEYOND_FULL)
