from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kernel.strava.tokens import format_scope, has_scope, parse_scope
from simulators.strava.application.authorizations import SCOPES


@given(st.sets(st.sampled_from(sorted(SCOPES))).flatmap(lambda some: st.permutations(sorted(some))))
def test_order_and_separator_do_not_matter(scopes: list[str]):
    assert parse_scope(",".join(scopes)) == parse_scope(" ".join(scopes)) == frozenset(scopes)
    assert parse_scope(format_scope(frozenset(scopes))) == frozenset(scopes)


def test_nothing_granted_is_nothing():
    assert parse_scope("") == parse_scope(None) == frozenset()


def test_the_wider_scope_includes_the_narrower_and_never_the_other_way_round():
    assert has_scope(parse_scope("activity:read_all"), "activity:read")
    assert not has_scope(parse_scope("activity:read"), "activity:read_all")
    assert not has_scope(parse_scope("read,activity:read_all"), "activity:write")
