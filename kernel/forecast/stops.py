"""Standing still: what passes on the clock beyond moving time."""

from __future__ import annotations

from typing import Final

from kernel.fitted import Kind
from kernel.forecast.fit import ProfileFacts

_STRANGERS_RATIO: Final[dict[Kind, float]] = {"run": 0.03, "walk": 0.3}
"""Seconds standing per second moving, about the median of the eight athletes the population's numbers come from."""


def expected_stop_s(facts: ProfileFacts | None, kind: Kind, moving_s: float) -> float:
    """Seconds of stops to expect on an outing of `moving_s` moving seconds; never less for a longer one."""
    ratio = _STRANGERS_RATIO[kind] if facts is None else max(0.0, facts.pause_ratio - 1.0)
    return ratio * moving_s
