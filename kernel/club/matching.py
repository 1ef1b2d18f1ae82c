"""How well two people suit each other on a course: whether they would stay together.

The logarithm of each one's time over the course is normal. Over one course a difference of log times is one of log
paces, so the difference D of the two is normal with the difference of the means and the sum of the variances:

    together = P(|D| < T) = Phi((T - d) / s) - Phi((-T - d) / s),  T = log 1.05, d = |mean difference|, s^2 = a^2 + b^2
    known    = min(1, 0.1 / a) * min(1, 0.1 / b)
    slopes   = exp(-((climb difference)^2 + (descent difference)^2) / (2 T^2))
    likeness = together * known * (1/2 + slopes / 2)

Doubt widens D, which alone would make somebody little known look alike to those far from them; `known` takes that back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from kernel.contracts.club import Band

APART: Final = math.log(1.05)
"""People whose paces differ by less than 5 % go together; more is felt within the first kilometres (judgement)."""
KNOWN_SD: Final = 0.1
"""Of log time for somebody with a dozen outings: who is known as well or better is known well."""
SLOPES_SHARE: Final = 0.5
"""How much of likeness is lost when two meet at the finish and are apart on every slope (judgement)."""
BANDS: Final[tuple[tuple[Band, float], ...]] = (("very_close", 0.24), ("close", 0.19), ("a_stretch", 0.105))
"""The least likeness of each band. Two who are both known to a tenth reach 0.27 when they are equals; they are very
close up to about 7 % apart in pace, close up to 13 %, and a stretch up to 22 %."""
_FARTHEST_LOG_S: Final = 25.0
_MOST_DOUBT: Final = 5.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected of somebody on a course.

    `log_time_s` is the mean of the logarithm of seconds, `log_time_sd` its standard deviation; `climb` and `descent`
    are by how much (log of the whole time) the course's slopes take them longer than others as fast on the flat. Raises
    ValueError for numbers that no course could have.
    """

    log_time_s: float
    log_time_sd: float
    climb: float = 0.0
    descent: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.log_time_s, self.log_time_sd, self.climb, self.descent)
        if not all(math.isfinite(number) for number in numbers) or not 0 < self.log_time_sd <= _MOST_DOUBT:
            raise ValueError("An outlook needs finite numbers and some doubt, not all of it.")
        if abs(self.log_time_s) > _FARTHEST_LOG_S:
            raise ValueError("No course takes so long, or so short a time.")


def likeness(one: Outlook, other: Outlook) -> float:
    """How well two suit each other, 0 to 1; see the module for the formula. It is the same in both directions."""
    apart = abs(one.log_time_s - other.log_time_s)
    scale = math.sqrt(2.0) * math.hypot(one.log_time_sd, other.log_time_sd)
    # both tails from the same side: far apart, their difference is still exact
    together = 0.5 * (math.erfc((apart - APART) / scale) - math.erfc((apart + APART) / scale))
    climb, descent = one.climb - other.climb, one.descent - other.descent
    slopes = math.exp(-(climb * climb + descent * descent) / (2.0 * APART * APART))
    return together * (_known(one) * _known(other)) * (1.0 - SLOPES_SHARE + SLOPES_SHARE * slopes)


def band_of(alike: float) -> Band | None:
    """The band of a likeness; None for people who would not stay together."""
    return next((band for band, least in BANDS if alike >= least), None)


def _known(one: Outlook) -> float:
    return min(1.0, KNOWN_SD / one.log_time_sd)
