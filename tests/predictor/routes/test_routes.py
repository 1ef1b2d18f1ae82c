from __future__ import annotations

import asyncio

import pytest

from kernel.tracks import MAX_GPX_BYTES
from tests.predictor.support import INTERNAL, Predictor, assert_finite, assert_problem
from tests.predictor.tracks import gpx

UNKNOWN = "00000000-0000-7000-8000-000000000000"


async def test_an_uploaded_route_can_be_read_again(predictor: Predictor):
    stored = await predictor.upload_route(gpx())
    assert stored.status_code == 201
    route = stored.json()
    assert route["name"] == "Made-up hills"
    assert route["points"] == 321
    assert route["facts"]["distance_m"] == pytest.approx(8000, rel=0.01)
    assert route["facts"]["gain_m"] > 250
    assert route["elevation"][0][0] == 0
    assert 2 <= len(route["elevation"]) <= 500
    assert_finite(route)
    again = await predictor.http.get(f"{INTERNAL}/routes/{route['id']}")
    assert (again.status_code, again.json()) == (200, route)


async def test_nothing_in_a_route_says_where_it_is(predictor: Predictor):
    stored = await predictor.upload_route(gpx())
    assert "77.0" not in stored.text
    assert "lat" not in stored.text


async def test_the_same_file_is_the_same_route_also_when_sent_at_once(predictor: Predictor):
    answers = await asyncio.gather(*(predictor.upload_route(gpx()) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1


async def test_a_form_with_a_file_is_as_good_as_the_file(predictor: Predictor):
    form = await predictor.http.post(f"{INTERNAL}/routes", files={"file": ("a.gpx", gpx(), "application/gpx+xml")})
    plain = await predictor.upload_route(gpx())
    assert form.status_code == 201
    assert form.json() == plain.json()


@pytest.mark.parametrize("content", [b"<html><body>no</body></html>", b"\x00\x01\x02", b"not xml at all", b"<gpx/>"])
async def test_what_is_no_track_is_a_422(predictor: Predictor, content: bytes):
    assert_problem(await predictor.upload_route(content), 422, "bad_gpx")


async def test_a_track_without_heights_is_a_422_of_its_own(predictor: Predictor):
    assert_problem(await predictor.upload_route(gpx(with_elevation=False)), 422, "no_elevation")


async def test_an_empty_body_and_a_form_without_a_file_are_a_422(predictor: Predictor):
    assert_problem(await predictor.upload_route(b""), 422, "file_missing")
    form = await predictor.http.post(f"{INTERNAL}/routes", files={"other": ("a.gpx", gpx())})
    assert_problem(form, 422, "file_missing")


@pytest.mark.parametrize("extra", [1, 6 * 1024 * 1024])
async def test_a_file_beyond_the_limit_is_a_413_that_names_it(predictor: Predictor, extra: int):
    problem = assert_problem(await predictor.upload_route(b" " * (MAX_GPX_BYTES + extra)), 413, "file_too_large")
    assert "50 MiB" in problem["detail"]


@pytest.mark.parametrize("route_id", [UNKNOWN, "no-id", "a" * 2000])
async def test_an_unknown_route_is_a_404(predictor: Predictor, route_id: str):
    assert_problem(await predictor.http.get(f"{INTERNAL}/routes/{route_id}"), 404, "route_not_found")
