from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trackfiles.malformed.writers import gpx_of
from tests.trackfiles.outings import outing as points_of
from trackfiles.duplicates import distinct, same_outing
from trackfiles.outing import Outing, outing_of

FIRST = outing_of(gpx_of(points_of()), "first.gpx")
START = datetime(2026, 5, 2, 6, 0, tzinfo=UTC)


def told(digest: str = "a", *, shift_s: float = 0.0, longer: float = 1.0, **changes: Any) -> Outing:
    facts = {
        "digest": digest,
        "started_at": START + timedelta(seconds=shift_s),
        "distance_m": 10_000.0 * longer,
        "elapsed_s": 4000.0,
        "moving_s": 3900.0,
    }
    return msgspec.structs.replace(FIRST, **{**facts, **changes})


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (told("b"), True),
        (told("b", shift_s=119, longer=1.04), True),
        (told("b", shift_s=121), False),
        (told("b", longer=1.06), False),
        (told("b", elapsed_s=60.0, shift_s=90), False),
        (told("b", shift_s=3 * 3600), True),
        (told("b", shift_s=-5 * 3600 + 8), True),
        (told("b", shift_s=5.5 * 3600), False),
        (told("b", shift_s=3 * 3600 + 30), False),
        (told("b", shift_s=3 * 3600, longer=1.02), False),
        (told("b", shift_s=3 * 3600, elapsed_s=4060.0), False),
        (told("b", shift_s=24 * 3600), False),
    ],
)
def test_two_files_tell_one_outing_when_time_and_distance_agree(other: Outing, *, same: bool) -> None:
    assert same_outing(told(), other) is same
    assert same_outing(other, told()) is same


def test_the_file_with_the_devices_own_distance_is_kept_and_then_the_longer_one() -> None:
    gpx, tcx = told("a", format="gpx", points=900), told("b", format="tcx", points=300)
    fit, short_fit = told("c", format="fit", points=300), told("d", format="fit", points=200)
    kept, repeated = distinct([gpx, short_fit, tcx, fit])
    assert kept == [fit]
    assert sorted(twin.digest for twin, _ in repeated) == ["a", "b", "d"]
    assert all(chosen is fit for _, chosen in repeated)


outings = st.lists(
    st.builds(
        told,
        st.text("abcdef", min_size=3, max_size=3),
        shift_s=st.sampled_from([0.0, 60.0, 100.0, 180.0, 3600.0, 7200.0, 86_340.0, 86_400.0, 90_000.0]),
        longer=st.sampled_from([0.9, 0.96, 1.0, 1.04, 1.1]),
        format=st.sampled_from(["gpx", "tcx", "fit"]),
        points=st.integers(2, 5),
    ),
    max_size=12,
    unique_by=lambda outing: outing.digest,
)


@settings(deadline=None)
@given(outings, st.randoms(use_true_random=False))
def test_nothing_kept_repeats_and_everything_left_out_repeats_something_kept(
    given_ones: list[Outing], chance: random.Random
) -> None:
    given_ones += [msgspec.structs.replace(outing, name="a copy") for outing in given_ones[:2]]
    kept, repeated = distinct(given_ones)
    assert len(kept) + len(repeated) == len(given_ones)
    assert not any(same_outing(a, b) for i, a in enumerate(kept) for b in kept[i + 1 :])
    assert all(same_outing(twin, chosen) and chosen in kept for twin, chosen in repeated)
    assert distinct(kept) == (kept, [])
    shuffled = list(given_ones)
    chance.shuffle(shuffled)
    assert distinct(shuffled)[0] == kept
