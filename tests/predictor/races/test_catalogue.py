from __future__ import annotations

import pytest

from predictor_service.races.catalogue import CATALOGUE, RaceOutline

FACTS = {
    # length km, climb m, descent m, highest m: public figures of the races
    "alpine-race": (3.44, 858, 17, 3164),
    "berlin-marathon": (42.195, 60, 60, 57),
    "irbis": (50.0, 2600, 3300, 4000),
    "sierre-zinal": (31.0, 2200, 1100, 2460),
    "talgar-trail": (25.0, 2300, 2300, 2650),
}


@pytest.mark.parametrize("race", CATALOGUE, ids=lambda race: race.slug)
def test_an_outline_agrees_with_the_public_figures_of_its_race(race: RaceOutline):
    length_km, gain_m, loss_m, highest_m = FACTS[race.slug]
    geometry = race.distances[0].geometry()
    assert geometry.length_m == pytest.approx(length_km * 1000)
    assert geometry.gain_m == pytest.approx(gain_m, rel=0.03, abs=15)
    assert geometry.loss_m == pytest.approx(loss_m, rel=0.03, abs=15)
    assert geometry.elevation_m.max() == pytest.approx(highest_m, abs=15)


def test_ids_are_those_of_every_other_machine():
    assert str(CATALOGUE[0].id) == "fa90e528-03d4-5396-9354-04c64bc43b26"


def test_no_two_races_or_distances_share_an_id():
    ids = [race.id for race in CATALOGUE]
    ids += [race.distance_id(distance) for race in CATALOGUE for distance in race.distances]
    assert len(set(ids)) == len(ids)
