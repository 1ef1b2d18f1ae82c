from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from predictor_service.activities.twins import same_outing, told_again, twin_among

START = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
HIDDEN = datetime(2026, 5, 1, 0, 0, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    started_at: datetime = START
    distance_m: float = 10_000.0
    elapsed_time_s: float = 3600.0
    features_source: str | None = "streams"
    switched_off_at: datetime | None = None
    id: UUID = field(default_factory=uuid4)


ONE = Told()


def test_a_file_is_what_strava_tells_that_began_with_it_and_is_as_long():
    assert same_outing(ONE, replace(ONE, started_at=START + timedelta(seconds=50), distance_m=10_250.0))
    assert not same_outing(ONE, replace(ONE, started_at=START + timedelta(seconds=70)))
    assert not same_outing(ONE, replace(ONE, distance_m=10_400.0))


def test_behind_a_hidden_start_is_the_outing_of_that_day_that_took_as_long():
    hidden = replace(ONE, started_at=HIDDEN)
    for hours in (-13, 6, 35):
        assert same_outing(hidden, replace(ONE, started_at=HIDDEN + timedelta(hours=hours)))
    assert not same_outing(hidden, replace(ONE, started_at=HIDDEN + timedelta(hours=37)))
    assert not same_outing(hidden, replace(ONE, elapsed_time_s=3700.0))
    assert not same_outing(replace(hidden, started_at=HIDDEN + timedelta(seconds=1)), ONE)


def test_of_several_the_nearest_in_time_is_the_twin_and_none_is_taken_twice():
    hidden, plain = replace(ONE, started_at=HIDDEN), replace(ONE, started_at=START + timedelta(seconds=3))
    assert twin_among([hidden, plain], ONE) is plain
    assert twin_among([hidden, plain], ONE, [plain]) is hidden
    assert twin_among([], ONE) is None


def test_an_outing_of_two_devices_counts_by_the_better_telling():
    phone = Told(START + timedelta(seconds=90), 10_400.0, 3500.0, "splits")
    file = Told(START + timedelta(seconds=100), 10_100.0, 3550.0, "file")
    assert told_again([ONE, phone]) == {phone.id}
    assert told_again([ONE, phone, file]) == {ONE.id, phone.id}


def test_a_telling_that_is_switched_off_stands_for_the_outing():
    off = replace(ONE, switched_off_at=START)
    file = Told(START + timedelta(seconds=100), 10_100.0, 3550.0, "file")
    assert told_again([off, file]) == {file.id}


def test_laps_one_after_the_other_are_outings_of_their_own():
    laps = [Told(START + timedelta(seconds=80 * lap), 400.0, 75.0) for lap in range(5)]
    assert told_again(laps) == set()


def test_hidden_starts_of_one_day_say_nothing():
    assert told_again([Told(HIDDEN), Told(HIDDEN)]) == set()


tellings = st.lists(
    st.builds(
        Told,
        st.integers(0, 600).map(lambda s: START + timedelta(seconds=s)),
        st.sampled_from([5_000.0, 5_100.0, 9_000.0]),
        st.sampled_from([40.0, 1800.0]),
        st.sampled_from(["file", "streams", "splits", None]),
    ),
    max_size=12,
)


@given(tellings)
def test_of_every_outing_one_telling_stays(told: list[Told]):
    in_order = sorted(told, key=lambda one: (one.started_at, one.id))
    again = told_again(in_order)
    kept = [one for one in in_order if one.id not in again]
    assert told_again(kept) == set()
    assert bool(kept) == bool(told)
