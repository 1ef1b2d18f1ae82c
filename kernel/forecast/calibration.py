"""What a ledger of past forecasts says of the next band: how much wider or narrower it has to be to hold 8 in 10.

A conformal step that needs nothing but the ledger: how far each outcome lay from its median, in halves of the band, is
ranked, the newest counting most, and the band is stretched to where eight in ten of them would have been inside. So
that few outcomes say little, as many as `PSEUDO` outcomes of a band that is right stand beside them, spread as its own
quantiles are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

HELD: Final = 0.8
"""The share of outcomes that a band from P10 to P90 promises to hold."""
PSEUDO: Final = 20.0
FADES_OVER: Final = 60.0
"""Outcomes after which one counts e times less. Both: recordings of 21 people, docs/model.md."""
LEAST: Final = 0.7
MOST: Final = 2.0
"""No band is stretched beyond these: what falls out is a matter of the forecast, not of its width."""
REMEMBERED: Final = 300
"""Outcomes that are asked for: those before the last 300 together weigh less than half of one."""
FEWEST: Final = 5
"""Of fewer outcomes no share is told."""
_NORMAL: Final = NormalDist()
_EDGE: Final = _NORMAL.inv_cdf((1.0 + HELD) / 2.0)


@dataclass(frozen=True, slots=True)
class Past:
    """What the ledger says of an athlete's next band: its `stretch`, and what it held so far.

    `held` is the share of the `compared` outcomes that the bands held as they were told, None of fewer than five.
    """

    stretch: float = 1.0
    held: float | None = None
    compared: int = 0


NO_PAST: Final = Past()


def past_of(outcomes: Sequence[tuple[float, bool]]) -> Past:
    """The past of outcomes, newest first: the score of each, see `stretch_of`, and whether the band held as told."""
    stretch = stretch_of([score for score, _ in outcomes])
    if len(outcomes) < FEWEST:
        return Past(stretch, None, len(outcomes))
    return Past(stretch, sum(held for _, held in outcomes) / len(outcomes), len(outcomes))


def score_of(p10_s: float, p50_s: float, p90_s: float, taken_s: float) -> float:
    """How far from the median an outcome lay, in halves of its band: -1 at P10, 0 at P50, 1 at P90.

    By log time, below and above the median apart. Seconds, all above 0; a side without width counts as one of a
    thousandth.
    """
    above = taken_s >= p50_s
    width = math.log(p90_s / p50_s) if above else math.log(p50_s / p10_s)
    return math.log(taken_s / p50_s) / max(width, 1e-3)


def stretch_of(scores: Sequence[float]) -> float:
    """By what the half-widths of the next band are to be multiplied, in log time: 1 without any outcome.

    `scores` are those of past outcomes against the bands that were *not* stretched, newest first. Never below `LEAST`
    or above `MOST`; it does not fall when an outcome lies farther off, and does not rise when one lies nearer.
    """
    ranked = sorted((abs(score), math.exp(-k / FADES_OVER)) for k, score in enumerate(scores))
    wanted = HELD * (PSEUDO + math.fsum(weight for _, weight in ranked))
    found, so_far = _pseudo_quantile(wanted), 0.0
    for score, weight in ranked:
        so_far += weight
        # the smallest width that holds what is wanted: at an outcome, or between two of them
        found = min(found, max(score, _pseudo_quantile(wanted - so_far)))
    return min(MOST, max(LEAST, found))


def _pseudo_quantile(wanted: float) -> float:
    """The half-widths within which so many of the pseudo-outcomes lie; infinite beyond all of them."""
    if wanted <= 0.0:
        return 0.0
    if wanted >= PSEUDO:
        return math.inf
    return _NORMAL.inv_cdf((1.0 + wanted / PSEUDO) / 2.0) / _EDGE
