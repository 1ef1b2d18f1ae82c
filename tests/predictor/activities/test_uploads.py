from __future__ import annotations

import asyncio
import gzip
from datetime import UTC, datetime, timedelta

import pytest

from tests.predictor.support import Predictor, assert_finite, assert_problem
from tests.predictor.tracks import gpx
from tests.trackfiles.malformed.writers import fit_of, gpx_of, tcx_of
from tests.trackfiles.outings import outing

START = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)


async def test_a_recording_becomes_an_activity(predictor: Predictor):
    answer = await predictor.upload_activity(gpx(pace_s_per_km=400), sport="trail_run")
    assert answer.status_code == 201
    activity = answer.json()
    assert (activity["status"], activity["sport"], activity["provenance"]) == ("created", "trail_run", "user_file")
    assert activity["started_at"] == "2026-05-01T06:00:00Z"
    assert activity["distance_m"] == pytest.approx(8000, rel=0.01)
    assert activity["moving_time_s"] == pytest.approx(activity["elapsed_time_s"], rel=0.02)
    assert_finite(activity)


async def test_the_file_says_which_sport_when_the_caller_does_not(predictor: Predictor):
    answer = await predictor.upload_activity(gpx(pace_s_per_km=700, sport="Hiking"))
    assert answer.json()["sport"] == "hike"


async def test_the_caller_knows_the_sport_better_than_the_file(predictor: Predictor):
    answer = await predictor.upload_activity(gpx(pace_s_per_km=700, sport="Hiking"), sport="walk")
    assert answer.json()["sport"] == "walk"


async def test_a_file_of_no_known_sport_needs_the_callers_word(predictor: Predictor):
    assert_problem(await predictor.upload_activity(gpx(pace_s_per_km=150, sport="Ride")), 422, "sport_unknown")


async def test_a_file_of_any_kind_becomes_the_same_activity(predictor: Predictor):
    first = await predictor.upload_activity(gpx_of(outing()), sport="run")
    assert first.status_code == 201
    for content in (tcx_of(outing()), fit_of(outing()), gzip.compress(fit_of(outing()))):
        again = await predictor.upload_activity(content)
        assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])


async def test_a_watch_file_says_its_sport_and_keeps_its_distance(predictor: Predictor):
    activity = (await predictor.upload_activity(fit_of(outing(length_m=3000), "hiking"))).json()
    assert activity["sport"] == "hike"
    assert activity["distance_m"] == pytest.approx(3000, rel=1e-3)


async def test_the_way_a_file_came_is_remembered(predictor: Predictor):
    answer = await predictor.upload_activity(gpx(pace_s_per_km=400), sport="run", provenance="telegram_upload")
    assert answer.json()["provenance"] == "telegram_upload"


@pytest.mark.parametrize("query", [{"provenance": "strava_api"}, {"sport": "ride"}, {"telegram_id": "007"}])
async def test_a_value_that_is_not_offered_is_refused(predictor: Predictor, query: dict[str, str]):
    answer = await predictor.upload_activity(gpx(pace_s_per_km=400), **{"sport": "run", **query})
    assert_problem(answer, 422, "validation_failed")


async def test_the_same_file_again_is_a_duplicate(predictor: Predictor):
    first = await predictor.upload_activity(gpx(pace_s_per_km=400), sport="run")
    again = await predictor.upload_activity(gpx(pace_s_per_km=400), sport="run")
    assert again.status_code == 200
    assert again.json() == {**first.json(), "status": "duplicate"}


async def test_another_recording_of_the_same_outing_is_a_duplicate(predictor: Predictor):
    first = await predictor.upload_activity(gpx(pace_s_per_km=400), sport="run")
    other = gpx(pace_s_per_km=401, started_at=START + timedelta(seconds=20), name="The other watch")
    again = await predictor.upload_activity(other, sport="run")
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])


async def test_the_same_file_of_another_athlete_is_no_duplicate(predictor: Predictor):
    first = await predictor.upload_activity(gpx(pace_s_per_km=400), "42", sport="run")
    other = await predictor.upload_activity(gpx(pace_s_per_km=400), "43", sport="run")
    assert other.status_code == 201
    assert other.json()["id"] != first.json()["id"]


async def test_the_same_file_sent_at_once_is_stored_once(predictor: Predictor):
    file = gpx(pace_s_per_km=400)
    answers = await asyncio.gather(*(predictor.upload_activity(file, sport="run") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (gpx(), "no_time"),
        (gpx(pace_s_per_km=400, with_elevation=False), "no_elevation"),
        (b"<html></html>", "bad_gpx"),
        (b"", "file_missing"),
        (gpx(pace_s_per_km=400, length_m=50), "bad_gpx"),
        (fit_of(outing())[:400], "bad_gpx"),
        (gzip.compress(bytes(30 * 1024**2)), "bad_gpx"),
        (gpx(pace_s_per_km=400, started_at=datetime(2027, 1, 1, tzinfo=UTC)), "bad_gpx"),
        (gpx(pace_s_per_km=400, started_at=datetime(1980, 1, 6, tzinfo=UTC)), "bad_gpx"),
    ],
    ids=["plan", "flatless", "page", "empty", "too short", "cut", "bomb", "future", "wrong clock"],
)
async def test_what_is_no_usable_recording_is_refused_with_its_reason(predictor: Predictor, file: bytes, code: str):
    assert_problem(await predictor.upload_activity(file, sport="run"), 422, code)
    assert (await predictor.profile()).json()["has_profile"] is False
