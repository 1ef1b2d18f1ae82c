"""Courses that are no GPX, and files of several courses."""

from __future__ import annotations

import base64
import gzip

import pytest

from tests.predictor.support import INTERNAL, Predictor, assert_problem
from tests.predictor.tracks import gpx
from tests.trackfiles.malformed.writers import fit_of, gpx_of, tcx_of
from tests.trackfiles.outings import outing

WHOLE = outing(length_m=8000)
DATA_URI = "data:application/octet-stream;base64,"


def two_tracks() -> bytes:
    short = (
        gpx(length_m=3_000.0, name="Short")
        .replace(b'lat="43.', b'lat="44.')
        .partition(b"<trk>")[2]
        .partition(b"</gpx>")[0]
    )
    return gpx(name="Long").replace(b"</gpx>", b"<trk>" + short + b"</gpx>")


async def add(predictor: Predictor, content: bytes, **query: str) -> dict[str, object]:
    answer = await predictor.http.post(f"{INTERNAL}/routes", content=content, params=query)
    assert answer.status_code == 201, answer.text
    route: dict[str, object] = answer.json()
    return route


@pytest.mark.parametrize(
    "content", [tcx_of(WHOLE), fit_of(WHOLE), gzip.compress(gpx_of(WHOLE))], ids=["tcx", "fit", "gz"]
)
async def test_a_course_of_any_kind_is_the_same_course(predictor: Predictor, content: bytes):
    facts, plain = (await add(predictor, content))["facts"], (await add(predictor, gpx_of(WHOLE)))["facts"]
    assert isinstance(facts, dict)
    assert isinstance(plain, dict)
    assert facts["distance_m"] == pytest.approx(plain["distance_m"], rel=0.005)
    assert facts["gain_m"] == pytest.approx(plain["gain_m"], rel=0.03, abs=3)


async def test_of_several_tracks_one_is_chosen_and_each_is_a_route_of_its_own(predictor: Predictor):
    longest, short, again, first = [
        await add(predictor, two_tracks(), **query)
        for query in ({}, {"track": "Short"}, {"track": " Short  "}, {"track": "1"})
    ]
    assert [each["name"] for each in (longest, short, again, first)] == ["Long", "Short", "Short", "Long"]
    assert short["id"] == again["id"]
    assert len({longest["id"], short["id"], first["id"]}) == 3


async def test_a_track_that_is_not_there_is_a_422_of_its_own(predictor: Predictor):
    answer = await predictor.http.post(f"{INTERNAL}/routes", content=two_tracks(), params={"track": "Ultra"})
    assert "Long, Short" in assert_problem(answer, 422, "no_such_track")["detail"]


@pytest.mark.parametrize("track", ["", "x" * 201])
async def test_a_name_that_is_none_is_refused(predictor: Predictor, track: str):
    answer = await predictor.http.post(f"{INTERNAL}/routes", content=two_tracks(), params={"track": track})
    assert_problem(answer, 422, "validation_failed")


async def predict(predictor: Predictor, **asked: object) -> dict[str, object]:
    answer = await predictor.http.post(f"{INTERNAL}/predict", json={"telegram_id": "42", **asked})
    assert answer.status_code == 200, answer.text
    prediction: dict[str, object] = answer.json()
    return prediction


async def test_what_is_sent_along_with_a_question_may_be_of_any_kind(predictor: Predictor):
    files = (tcx_of(WHOLE).decode(), DATA_URI + base64.b64encode(fit_of(WHOLE)).decode())
    plain = (await predict(predictor, gpx=gpx_of(WHOLE).decode()))["times_s"]
    for file in files:
        told = (await predict(predictor, gpx=file))["times_s"]
        assert isinstance(told, dict)
        assert isinstance(plain, dict)
        assert told["moderate"] == pytest.approx(plain["moderate"], rel=0.01)


async def test_a_question_chooses_among_the_tracks_it_brings_along(predictor: Predictor):
    text = two_tracks().decode()
    for more in ("", "<!-- -->\n" * 130_000):  # the second is too large to be read beside other requests
        route = (await predict(predictor, gpx=text + more, track="short"))["route"]
        assert isinstance(route, dict)
        assert route["distance_m"] == pytest.approx(3_000, rel=0.02)


async def test_a_stored_course_has_no_tracks_to_choose_from(predictor: Predictor):
    route = await add(predictor, two_tracks())
    asked = {"telegram_id": "42", "gpx_file_id": route["id"], "track": "Short"}
    assert_problem(await predictor.http.post(f"{INTERNAL}/predict", json=asked), 422, "ambiguous_route")


async def test_what_is_no_base64_is_no_file(predictor: Predictor):
    asked = {"telegram_id": "42", "gpx": f"{DATA_URI}!!"}
    assert_problem(await predictor.http.post(f"{INTERNAL}/predict", json=asked), 422, "bad_gpx")
