from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.tracks.numbers import decimals, instants

MOMENT = 1777703400.0
READ = {
    "2026-05-02T06:30:00Z": MOMENT,
    "2026-05-02T06:30:00z": MOMENT,
    "2026-05-02 06:30:00": MOMENT,
    " 2026-05-02T06:30:00Z\n": MOMENT,
    "2026-05-02T06:30:00": MOMENT,
    "2026-05-02T06:30:00.25Z": MOMENT + 0.25,
    "2026-05-02T06:30:00.123456Z": MOMENT + 0.123456,
    "2026-05-02T08:30:00+02:00": MOMENT,
    "2026-05-02T08:30:00+0200": MOMENT,
    "2026-05-02T01:00:00-05:30": MOMENT,
    "2026-05-02T12:15:00.5+05:45": MOMENT + 0.5,
    "2026-05-01T23:59:60Z": MOMENT - 23_400,
    "2024-02-29T00:00:00Z": 1709164800.0,
    "2026-05-02 06:30:00 UTC": MOMENT,
    "2026-05-02T06:30:00.000ZZ": MOMENT,
    "2026-05-02T06:30Z": MOMENT,
    "2026-05-02T08:30:00 +02:00": MOMENT,
    "2026-05-02T06:30:00,5Z": MOMENT + 0.5,
    "2026/05/02 06:30:00": MOMENT,
    "20260502T063000Z": MOMENT,
}
UNREAD = [
    "",
    "x",
    "2026-05-00T06:30:00Z",
    "2026-13-01T06:30:00Z",
    "2026-02-29T06:30:00Z",
    "2026-05-02T24:00:00Z",
    "2026-05-02T06:60:00Z",
    "2026-05-02T06:30:61Z",
    "1969-05-02T06:30:00Z",
    "2201-05-02T06:30:00Z",
    "\u0662\u0660\u0662\u0666-05-02T06:30:00Z",
    "2026-05-02",
    "2026/05-02T06:30:00Z",
    "2026-05-02T06:30:00 CEST",
    "2026-05-02T06:30:00.Z",
    "+026-05-02T06:30:00Z",
    "2026-05-02T06:30:00+1",
]


@pytest.mark.parametrize(("text", "moment"), READ.items())
def test_a_moment_is_read(text: str, moment: float) -> None:
    assert instants([text])[0] == pytest.approx(moment, abs=1e-6)
    assert instants([text, "other shape"])[0] == pytest.approx(moment, abs=1e-6)


@pytest.mark.parametrize("text", UNREAD)
def test_what_is_no_moment_is_missing(text: str) -> None:
    assert np.isnan(instants([text])[0])
    assert np.isnan(instants([text, "other shape"])[0])


@given(
    st.lists(
        st.datetimes(datetime(1980, 1, 1), datetime(2100, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - naive bounds are asked for
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"]),
)
@settings(deadline=None)
def test_a_column_of_one_shape_reads_as_python_does(moments: list[datetime], pattern: str) -> None:
    texts = [moment.strftime(pattern) for moment in moments]
    expected = [datetime.strptime(text, pattern).replace(tzinfo=UTC).timestamp() for text in texts]
    np.testing.assert_allclose(instants(texts), expected, rtol=0, atol=2e-6)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001 - naive bounds are asked for
@settings(deadline=None)
def test_an_offset_is_respected(local: datetime, minutes: int) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert instants([moment.isoformat()])[0] == pytest.approx(moment.timestamp(), abs=1e-5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "nan",
        "inf",
        "-inf",
        "1e400",
        "1_0.5",
        "\u0663.\u0665",
        "\uff14\uff12",
        "1,2,5",
        "1,000.5",
        ",5",
        "0x1",
        "1e",
        ".",
        "--1",
    ],
)
def test_what_is_no_decimal_is_missing_beside_good_ones(text: str) -> None:
    one, other = decimals([text, "1.5"])
    assert np.isnan(one)
    assert other == 1.5


def test_a_decimal_comma_is_read_as_what_it_is() -> None:
    assert decimals(["1200,5", "-3,25", " 43,1 ", "7"]).tolist() == [1200.5, -3.25, 43.1, 7.0]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), max_size=5))
def test_decimals_read_what_is_written(numbers: list[float]) -> None:
    assert decimals([repr(number) for number in numbers]).tolist() == numbers


@given(st.lists(st.text(max_size=8), max_size=5))
@settings(deadline=None)
def test_any_texts_give_finite_numbers_or_nan(texts: list[str]) -> None:
    assert len(decimals(texts)) == len(instants(texts)) == len(texts)
    assert not np.isinf(decimals(texts)).any()
