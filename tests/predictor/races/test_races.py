from __future__ import annotations

import dataclasses

import pytest

from predictor_service.races.catalogue import CATALOGUE
from predictor_service.races.service import RaceService
from servicekit.data.database import Database
from tests.predictor.support import Predictor, assert_finite, assert_problem

UNKNOWN = "00000000-0000-7000-8000-000000000000"
RACE = CATALOGUE[0]


async def test_the_catalogue_needs_no_key_and_lists_races_by_name(predictor: Predictor):
    answer = await predictor.http.get("/api/v1/races", headers={"X-API-Key": ""})
    assert answer.status_code == 200
    names = [race["name"] for race in answer.json()["races"]]
    assert names == sorted(race.name for race in CATALOGUE)
    assert_finite(answer.json())


async def test_a_race_comes_with_its_distances(predictor: Predictor):
    answer = await predictor.http.get(f"/api/v1/races/{RACE.id}")
    assert answer.json()["country"] == "KZ"
    [distance] = answer.json()["distances"]
    assert distance["id"] == str(RACE.distance_id(RACE.distances[0]))
    assert distance["facts"]["distance_m"] == 3440.0


async def test_a_distance_can_be_asked_for_alone(predictor: Predictor):
    distance_id = RACE.distance_id(RACE.distances[0])
    answer = await predictor.http.get(f"/api/v1/races/{RACE.id}/distances/{distance_id}")
    assert answer.json()["id"] == str(distance_id)


@pytest.mark.parametrize("race_id", [UNKNOWN, "no-id", "%00", RACE.id.hex])
async def test_an_unknown_race_is_a_404(predictor: Predictor, race_id: str):
    assert_problem(await predictor.http.get(f"/api/v1/races/{race_id}"), 404, "race_not_found")


async def test_a_distance_of_another_race_is_a_404(predictor: Predictor):
    other = CATALOGUE[1].distance_id(CATALOGUE[1].distances[0])
    answer = await predictor.http.get(f"/api/v1/races/{RACE.id}/distances/{other}")
    assert_problem(answer, 404, "race_not_found")


async def test_seeding_again_changes_nothing_and_a_new_name_replaces_the_old_one(database: Database):
    service = RaceService(database)
    await service.seed()
    before = await service.all()
    await service.seed()
    assert await service.all() == before
    await service.seed([dataclasses.replace(RACE, name="Alpine Race, renamed")])
    assert (await service.show(str(RACE.id))).name == "Alpine Race, renamed"
    assert len((await service.all()).races) == len(CATALOGUE)
