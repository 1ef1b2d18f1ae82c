from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

import pytest

from predictor_service.predictions.models import LedgerEntry
from predictor_service.races.catalogue import CATALOGUE
from predictor_service.routes.models import StoredRoute
from servicekit.data.database import Database
from tests.predictor.profiles.test_profiles import train
from tests.predictor.support import INTERNAL, Predictor, assert_finite, assert_problem
from tests.predictor.tracks import gpx

UNKNOWN = "00000000-0000-7000-8000-000000000000"
RACE = CATALOGUE[1]
RACE_IDS = {"race_id": str(RACE.id), "distance_id": str(RACE.distance_id(RACE.distances[0]))}


async def stored_route(predictor: Predictor) -> str:
    return str((await predictor.upload_route(gpx())).json()["id"])


async def test_someone_unknown_gets_the_populations_times(predictor: Predictor):
    answer = await predictor.predict(gpx_file_id=await stored_route(predictor))
    assert answer.status_code == 200
    prediction = answer.json()
    assert (prediction["personalized"], prediction["profile_stats"]) == (False, None)
    times = prediction["times_s"]
    assert 0 < times["fast"] <= times["moderate"] <= times["easy"]
    interval = prediction["interval"]
    assert interval["p10_s"] <= interval["p50_s"] <= interval["p90_s"]
    assert sum(split["time_s"]["p50"] for split in prediction["splits"]) == pytest.approx(times["moderate"], abs=30)
    assert_finite(prediction)


async def test_uploaded_activities_make_it_personal(predictor: Predictor):
    await train(predictor)
    prediction = (await predictor.predict(gpx_file_id=await stored_route(predictor))).json()
    assert prediction["personalized"] is True
    stats = prediction["profile_stats"]
    assert (stats["total_activities"], isinstance(stats["total_km"], int)) == (6, True)
    assert prediction["profile_stats"]["gradient_coverage"].endswith("/11")
    assert_finite(prediction)


async def test_the_population_walks_slower_than_it_runs(predictor: Predictor):
    route = await stored_route(predictor)
    run, hike = [(await predictor.predict(gpx_file_id=route, mode=mode)).json() for mode in ("trail_run", "hiking")]
    assert run["times_s"]["moderate"] < hike["times_s"]["moderate"]


async def test_the_stated_flat_pace_counts_where_nothing_else_is_known(predictor: Predictor):
    route = await stored_route(predictor)
    fast, slow = [(await predictor.predict(gpx_file_id=route, flat_pace=pace)).json() for pace in (240, 480)]
    assert fast["times_s"]["moderate"] < slow["times_s"]["moderate"]


async def test_a_race_is_as_good_as_a_route(predictor: Predictor):
    prediction = (await predictor.predict(**RACE_IDS)).json()
    assert prediction["route"]["distance_m"] == 42195.0


async def test_an_inline_gpx_predicts_what_the_stored_route_does(predictor: Predictor):
    inline = (await predictor.predict(gpx=gpx().decode())).json()
    stored = (await predictor.predict(gpx_file_id=await stored_route(predictor))).json()
    own = {"prediction_id": "", "course": None}
    assert {**inline, **own} == {**stored, **own}


async def test_a_large_inline_gpx_is_read(predictor: Predictor):
    answer = await predictor.predict(gpx=gpx(length_m=100_000).decode())
    assert answer.status_code == 200


async def test_checkpoints_come_back_in_order_with_their_chances(predictor: Predictor):
    checkpoints = [{"name": "CP1", "at_m": 3000, "stop_s": 120, "cutoff_s": 7200}, {"name": "CP2", "at_m": 6000}]
    answer = await predictor.predict(gpx_file_id=await stored_route(predictor), checkpoints=checkpoints)
    first, second = answer.json()["checkpoints"]
    assert (first["name"], first["cutoff_s"], second["cutoff_s"]) == ("CP1", 7200, None)
    assert 0 <= first["p_in_time"] <= 1
    for quantile in ("p10", "p50", "p90"):
        assert second["eta_s"][quantile] > first["eta_s"][quantile] + 120
    assert all(low["eta_s"]["p10"] <= low["eta_s"]["p90"] for low in (first, second))
    assert all(a["at_m"] < b["at_m"] for a, b in pairwise((first, second)))


async def test_waypoints_of_the_file_are_checkpoints_unless_the_request_has_its_own(predictor: Predictor):
    file = gpx(waypoints={"Spring": 2000.0, "Pass": 6000.0})
    stored = str((await predictor.upload_route(file)).json()["id"])
    for named in ({"gpx_file_id": stored}, {"gpx": file.decode()}):
        places = (await predictor.predict(**named)).json()["checkpoints"]
        assert [place["name"] for place in places] == ["Spring", "Pass"]
        assert [place["at_m"] for place in places] == pytest.approx([2000, 6000], abs=25)
    own = (await predictor.predict(gpx_file_id=stored, checkpoints=[{"name": "Mine", "at_m": 500}])).json()
    assert [place["name"] for place in own["checkpoints"]] == ["Mine"]


async def test_a_route_stored_before_waypoints_were_kept_has_none_until_it_is_uploaded_again(
    predictor: Predictor, database: Database
):
    route = str((await predictor.upload_route(gpx(waypoints={"Spring": 2000.0}))).json()["id"])
    with database.transaction() as session:
        row = session.get_one(StoredRoute, UUID(route))
        row.checkpoints = row.start_lat_deg = row.start_lon_deg = None
    prediction = (await predictor.predict(gpx_file_id=route, start_at="2026-06-13T06:00:00Z")).json()
    assert (prediction["checkpoints"], prediction["daylight"]) == ([], None)
    again = (await predictor.upload_route(gpx(waypoints={"Spring": 2000.0}))).json()["id"]
    assert again == route
    completed = (await predictor.predict(gpx_file_id=route, start_at="2026-06-13T06:00:00Z")).json()
    assert len(completed["checkpoints"]) == 1
    assert completed["daylight"] is not None


async def test_a_stored_route_knows_its_start_to_a_tenth_of_a_degree(predictor: Predictor, database: Database):
    route = await stored_route(predictor)
    with database.reading() as session:
        row = session.get_one(StoredRoute, UUID(route))
    assert (row.start_lat_deg, row.start_lon_deg) == (43.0, 77.0)


async def test_an_easy_effort_is_slower_and_the_three_times_stay(predictor: Predictor):
    route = await stored_route(predictor)
    easy, usual = [(await predictor.predict(gpx_file_id=route, effort=e)).json() for e in ("easy", "moderate")]
    assert easy["times_s"] == usual["times_s"]
    assert easy["interval"]["p50_s"] == easy["times_s"]["easy"] > usual["interval"]["p50_s"]
    assert easy["elapsed_s"]["p50"] > usual["elapsed_s"]["p50"]


async def test_a_start_gives_daylight_and_a_goal_a_plan(predictor: Predictor):
    route = await stored_route(predictor)
    prediction = (
        await predictor.predict(gpx_file_id=route, start_at="2026-06-13T08:00:00+02:00", goal_s=3600, fade=0.0)
    ).json()
    assert prediction["daylight"]["civil_dusk"].startswith("2026-06-13T15:07")
    assert prediction["plan"]["fade"] == 0.0
    assert sum(split["time_s"] for split in prediction["plan"]["splits"]) == 3600
    assert_finite(prediction)
    plain = (await predictor.predict(gpx_file_id=route)).json()
    assert (plain["daylight"], plain["plan"], plain["p_finish_in_all_cutoffs"]) == (None, None, None)


async def test_a_race_outline_lies_nowhere_so_it_has_no_daylight(predictor: Predictor):
    prediction = (await predictor.predict(**RACE_IDS, start_at="2026-06-13T06:00:00Z")).json()
    assert prediction["daylight"] is None


async def test_a_start_without_an_offset_is_meant_at_the_course_and_the_answer_says_on_which_clock(
    predictor: Predictor, database: Database
):
    route = await stored_route(predictor)
    told = (await predictor.predict(gpx_file_id=route, start_at="2026-06-13T06:00:00")).json()
    assert (told["start_at"], told["time_zone"]) == ("2026-06-13T06:00:00+05:00", "Asia/Almaty")
    exact = (await predictor.predict(gpx_file_id=route, start_at="2026-06-13T01:00:00Z")).json()
    assert (exact["start_at"], exact["daylight"]) == (told["start_at"], told["daylight"])
    inline = (await predictor.predict(gpx=gpx().decode(), start_at="2026-06-13T06:00:00")).json()
    assert inline["time_zone"] == "Asia/Almaty"
    with database.reading() as session:
        entry = session.get_one(LedgerEntry, UUID(told["prediction_id"]))
    assert entry.start_at == datetime(2026, 6, 13, 1, tzinfo=UTC)


async def test_a_race_of_the_catalogue_starts_on_the_clock_of_its_country(predictor: Predictor):
    told = (await predictor.predict(**RACE_IDS, start_at="2026-06-13T06:00:00")).json()
    assert (told["start_at"], told["time_zone"]) == ("2026-06-13T06:00:00+02:00", "Europe/Berlin")


async def test_a_zone_that_is_named_is_the_clock_of_the_answer(predictor: Predictor):
    asked = {"start_at": "2026-06-13T06:00:00", "time_zone": "Asia/Seoul"}
    told = (await predictor.predict(**RACE_IDS, **asked)).json()
    assert (told["start_at"], told["time_zone"]) == ("2026-06-13T06:00:00+09:00", "Asia/Seoul")


async def test_a_start_at_a_course_that_lies_nobody_knows_where_needs_its_zone(
    predictor: Predictor, database: Database
):
    route = await stored_route(predictor)
    with database.transaction() as session:
        row = session.get_one(StoredRoute, UUID(route))
        row.time_zone = row.start_lat_deg = row.start_lon_deg = None
    problem = assert_problem(
        await predictor.predict(gpx_file_id=route, start_at="2026-06-13T06:00:00"), 422, "time_zone_needed"
    )
    assert problem["errors"][0]["field"] == "time_zone"
    exact = (await predictor.predict(gpx_file_id=route, start_at="2026-06-13T06:00:00+02:00")).json()
    assert (exact["start_at"], exact["time_zone"]) == ("2026-06-13T06:00:00+02:00", None)


async def test_an_answer_says_which_course_it_is_about(predictor: Predictor):
    route = await stored_route(predictor)
    nothing = {"route_id": None, "race_id": None, "distance_id": None}
    stored = (await predictor.predict(gpx_file_id=route)).json()["course"]
    assert stored == {**nothing, "name": "Made-up hills", "route_id": route}
    inline = (await predictor.predict(gpx=gpx(name="Sent along").decode())).json()["course"]
    assert inline == {**nothing, "name": "Sent along"}
    race = (await predictor.predict(**RACE_IDS)).json()["course"]
    assert race == {**nothing, **RACE_IDS, "name": race["name"]}
    assert race["name"].startswith("Berlin Marathon, ")


async def test_an_absurd_goal_is_refused_with_a_range(predictor: Predictor):
    problem = assert_problem(
        await predictor.predict(gpx_file_id=await stored_route(predictor), goal_s=60), 422, "goal_impossible"
    )
    assert "between" in problem["detail"]
    assert problem["errors"][0]["field"] == "goal_s"


async def test_every_prediction_is_written_into_the_ledger(predictor: Predictor, database: Database, now: datetime):
    await train(predictor)
    route = await stored_route(predictor)
    answer = (await predictor.predict(gpx_file_id=route, start_at="2026-06-13T08:00:00+02:00")).json()
    stranger = (await predictor.predict(**{**RACE_IDS, "telegram_id": "99"})).json()
    with database.reading() as session:
        own = session.get_one(LedgerEntry, UUID(answer["prediction_id"]))
        other = session.get_one(LedgerEntry, UUID(stranger["prediction_id"]))
    assert (own.route_ref, own.mode, own.p50_s) == (f"route:{route}", "trail_run", answer["interval"]["p50_s"])
    assert own.athlete_id is not None
    assert own.start_at is not None
    assert own.start_at.isoformat() == "2026-06-13T06:00:00+00:00"
    assert own.created_at == now
    assert (other.athlete_id, other.personalized) == (None, False)
    assert other.route_ref == f"race_distance:{RACE_IDS['distance_id']}"


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"gpx_file_id": UNKNOWN, "gpx": "<gpx/>"},
        {"gpx_file_id": UNKNOWN, **RACE_IDS},
        {"race_id": RACE_IDS["race_id"]},
        {"distance_id": RACE_IDS["distance_id"]},
        {"gpx": "<gpx/>", "distance_id": RACE_IDS["distance_id"]},
    ],
)
async def test_a_route_is_named_in_exactly_one_way(predictor: Predictor, named: dict[str, str]):
    assert_problem(await predictor.predict(**named), 422, "ambiguous_route")


@pytest.mark.parametrize("route_id", [UNKNOWN, "no-id", ""])
async def test_an_unknown_route_is_a_404(predictor: Predictor, route_id: str):
    assert_problem(await predictor.predict(gpx_file_id=route_id), 404, "route_not_found")


@pytest.mark.parametrize("named", [{"race_id": UNKNOWN}, {"distance_id": UNKNOWN}, {"race_id": "x"}])
async def test_an_unknown_race_or_distance_is_a_404(predictor: Predictor, named: dict[str, str]):
    assert_problem(await predictor.predict(**{**RACE_IDS, **named}), 404, "race_not_found")


@pytest.mark.parametrize(("file", "code"), [("<html/>", "bad_gpx"), ("", "bad_gpx")])
async def test_an_inline_gpx_that_is_none_is_a_422(predictor: Predictor, file: str, code: str):
    assert_problem(await predictor.predict(gpx=file), 422, code)


async def test_an_inline_gpx_without_heights_is_a_422_that_says_what_to_do(predictor: Predictor):
    problem = assert_problem(await predictor.predict(gpx=gpx(with_elevation=False).decode()), 422, "no_elevation")
    assert "export" in problem["detail"]


@pytest.mark.parametrize(
    "extra",
    [
        {"mode": "ski"},
        {"flat_pace": 119},
        {"flat_pace": 1801},
        {"flat_pace": "fast"},
        {"start_at": "2026-06-13T06:00:00", "time_zone": "Almaty"},
        {"start_at": "2026-06-13T06:00:00", "time_zone": ""},
        {"start_at": "0001-01-01T00:00:00+14:00"},
        {"start_at": "soon"},
        {"checkpoints": [{"name": "beyond", "at_m": 90_000}]},
        {"checkpoints": [{"name": "", "at_m": 1}]},
        {"effort": "hard"},
        {"goal_s": 0},
        {"fade": 2},
        {"telegram_id": "007"},
        {"telegram_id": "42\n"},
        {"telegram_id": 42},
        {"pace": 300},
    ],
)
async def test_a_bad_request_is_a_422(predictor: Predictor, extra: dict[str, object]):
    route = await stored_route(predictor)
    assert_problem(await predictor.predict(**{"gpx_file_id": route, **extra}), 422, "validation_failed")


@pytest.mark.parametrize("number", ["1e400", "NaN", "-Infinity"])
async def test_a_number_beyond_all_numbers_is_refused(predictor: Predictor, number: str):
    body = f'{{"telegram_id":"42","gpx_file_id":"{UNKNOWN}","flat_pace":{number}}}'
    headers = {"Content-Type": "application/json"}
    answer = await predictor.http.post(f"{INTERNAL}/predict", content=body, headers=headers)
    assert answer.status_code in {400, 422}
