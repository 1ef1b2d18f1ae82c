"""What an outing taught is told in shares of pace, on the flat and on slopes apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.contracts.profile import CurvePoint, PaceQuantiles
from kernel.pace.categories import CATEGORY_CENTRES
from kernel.pace.learned import learned_between


def curve(factor: float = 1.0, climbs: float = 1.0, n: int = 5) -> list[CurvePoint]:
    return [
        CurvePoint(gradient, PaceQuantiles(p50 * 0.9, p50, p50 * 1.1), n, 0.2)
        for gradient in CATEGORY_CENTRES
        if (p50 := 300.0 * factor * (1 + abs(gradient)) * (climbs if gradient >= 0.08 else 1.0))
    ]


@given(st.floats(0.5, 2))
def test_a_curve_that_moved_as_a_whole_moved_by_its_factor_everywhere(factor: float):
    learned = learned_between(curve(), curve(factor))
    for share in (learned.flat, learned.climbs, learned.descents):
        assert share == pytest.approx(factor - 1, abs=1e-4)


def test_cheaper_climbs_are_told_of_climbs_alone():
    learned = learned_between(curve(), curve(climbs=0.98))
    assert (learned.climbs, learned.flat, learned.descents) == (-0.02, 0.0, 0.0)


def test_what_nobody_measured_on_the_athlete_tells_nothing():
    learned = learned_between(curve(), curve(0.9, n=0))
    assert (learned.flat, learned.climbs, learned.descents) == (None, None, None)
    assert learned_between([], curve()).climbs is None
