from __future__ import annotations

import pytest

from servicekit.web.flood import Allowance, Visitors, visitor_of


def taken(visitors: Visitors, visitor: str, now_s: float, most: int = 1000) -> int:
    """How many this visitor gets at this moment."""
    for number in range(most):
        if visitors.wait_s(visitor, now_s) > 0:
            return number
        visitors.take(visitor, now_s)
    return most


def test_a_visitor_has_a_burst_and_then_one_at_a_time():
    visitors = Visitors(Allowance(burst=5, every_s=2.0))
    assert taken(visitors, "a", 100) == 5
    assert visitors.wait_s("a", 100) == 2.0
    assert taken(visitors, "a", 101.9) == 0
    assert taken(visitors, "a", 102) == 1
    assert taken(visitors, "a", 106) == 2


def test_a_burst_is_never_more_than_the_burst_however_long_the_silence():
    visitors = Visitors(Allowance(burst=5, every_s=2.0))
    taken(visitors, "a", 0)
    assert taken(visitors, "a", 1e6) == 5


def test_one_visitor_costs_another_nothing():
    visitors = Visitors(Allowance(burst=3, every_s=1.0))
    taken(visitors, "a", 0)
    assert taken(visitors, "b", 0) == 3


def test_those_longest_silent_are_forgotten_first():
    visitors = Visitors(Allowance(burst=1, every_s=1000.0), most=2)
    for visitor, now_s in (("a", 0), ("b", 1), ("c", 2)):
        visitors.take(visitor, now_s)
    assert [visitors.wait_s(visitor, 3) > 0 for visitor in "abc"] == [False, True, True]
    assert len(visitors) == 2


@pytest.mark.parametrize(
    ("address", "visitor"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("testclient", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_visitor_is_an_address_or_a_customers_network(address: str, visitor: str):
    assert visitor_of({"client": (address, 1)}) == visitor  # type: ignore[typeddict-item] - a part of a scope


def test_a_connection_without_an_address_is_a_visitor_too():
    assert visitor_of({"client": None}) == "unknown"  # type: ignore[typeddict-item] - a part of a scope
