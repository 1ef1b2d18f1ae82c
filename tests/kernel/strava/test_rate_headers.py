from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.strava.quota import DAY_S, DEFAULT_LIMITS, GUARD_S, QUARTER_S, Limits
from kernel.strava.rate_headers import adopt_limits, parse_rate_headers, reopens_at_s

MIDNIGHT_S = 1_790_035_200.0
NAMES = ("x-ratelimit-limit", "x-ratelimit-usage", "x-readratelimit-limit", "x-readratelimit-usage")
pairs = st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)).map(sorted)


def test_headers_are_read_in_any_case():
    found = parse_rate_headers(
        {
            "X-Ratelimit-Limit": "200,2000",
            "x-ratelimit-usage": "66, 209",
            "X-READRATELIMIT-LIMIT": "100,1000",
            "X-ReadRateLimit-Usage": "65,208",
        }
    )
    assert (found.overall_limit, found.overall_usage) == ((200, 2000), (66, 209))
    assert (found.read_limit, found.read_usage) == ((100, 1000), (65, 208))
    assert adopt_limits(Limits((1, 2), (3, 4)), found) == DEFAULT_LIMITS


@pytest.mark.parametrize(
    "text", [",", "", "1", "1,2,3", "-1,5", "a,b", "1.5,3", "1000,100", "\uff11,\uff12", "9" * 400 + ",1"]
)
def test_numbers_that_cannot_be_are_ignored(text: str):
    found = parse_rate_headers(dict.fromkeys(NAMES, text))
    assert (found.read_limit, found.read_usage, found.overall_limit, found.overall_usage) == (None,) * 4
    assert found.odd == (() if text == "," else NAMES), "empty numbers are how the usage of a write looks"
    assert adopt_limits(DEFAULT_LIMITS, found) == DEFAULT_LIMITS


def test_limits_of_nothing_are_ignored():
    assert parse_rate_headers({"X-RateLimit-Limit": "0,0"}).overall_limit is None
    assert parse_rate_headers({"X-RateLimit-Usage": "0,0"}).overall_usage == (0, 0)


@given(st.dictionaries(st.sampled_from(NAMES), st.one_of(st.text(), pairs.map(lambda each: f"{each[0]},{each[1]}"))))
def test_every_header_is_missing_understood_or_odd(headers: dict[str, str]):
    found = parse_rate_headers(headers)
    understood = (found.overall_limit, found.overall_usage, found.read_limit, found.read_usage)
    for name, pair in zip(NAMES, understood, strict=True):
        empty = headers.get(name, ",").strip() == ","
        assert [empty, pair is not None, name in found.odd].count(True) == 1


@given(st.floats(0, DAY_S - 1), pairs, st.sampled_from(["x-ratelimit", "x-readratelimit"]), st.booleans())
def test_a_refusal_ends_with_the_quarter_or_with_the_day_when_that_is_out(
    into_s: float, limit: list[int], bucket: str, day_is_out: bool
):
    quarter, day = limit[0], limit[1] + 1
    used = f"{quarter},{day if day_is_out else day - 1}"
    headers = {f"{bucket}-limit": f"{quarter},{day}", f"{bucket}-usage": used}
    at_s = reopens_at_s(headers, MIDNIGHT_S + into_s) - GUARD_S
    assert at_s % (DAY_S if day_is_out else QUARTER_S) == 0
    assert 0 < at_s - MIDNIGHT_S - into_s <= (DAY_S if day_is_out else QUARTER_S)
