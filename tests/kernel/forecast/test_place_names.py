from __future__ import annotations

import pytest

from kernel.forecast.place_names import told_by


@pytest.mark.parametrize(
    ("name", "at_m"),
    [
        ("CP4 61.7 km", (61_700,)),
        ("CHECKPOINT 1 (16.2km) Charlotte Pass", (16_200,)),
        ("Ravito 12,5 km", (12_500,)),
        ("KM 42", (42_000,)),
        ("км 7", (7_000,)),
        ("Лес 15 км", (15_000,)),
        ("Aid 12.4 mi", (12.4 * 1609.344,)),
        ("CP 8 (90.36km) / CP 9 (106.25km)", (90_360, 106_250)),
        ("CP4", ()),
        ("Refuge 1200", ()),
        ("Hut 3 kmart", ()),
    ],
)
def test_distances_in_names_are_metres_from_the_start(name: str, at_m: tuple[float, ...]):
    assert told_by(name).at_m == pytest.approx(at_m)


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("Start", "start"),
        ("Race Finish (106.5km) Thredbo", "finish"),
        ("Старт", "start"),
        ("ФИНИШ", "finish"),
        ("도착", "finish"),
        ("Départ", "start"),
        ("Ziel", "finish"),
        ("Start/Finish", None),
        ("Starting hut", None),
        ("Spring", None),
    ],
)
def test_ends_are_known_in_the_words_of_races(name: str, end: str | None):
    assert told_by(name).end == end


@pytest.mark.parametrize(
    ("name", "number"), [("CP1", 1), ("Checkpoint 12", 12), ("КП 3", 3), ("Aid station 4", 4), ("Camp 2026", None)]
)
def test_numbers_of_checkpoints_are_their_order(name: str, number: int | None):
    assert told_by(name).number == number
