"""What was wrong with the file of a course is told in every answer about it, kept or sent along."""

from __future__ import annotations

from uuid import UUID

from predictor_service.routes.models import StoredRoute
from servicekit.data.database import Database
from tests.predictor.support import Predictor
from tests.predictor.tracks import gpx


def spoilt() -> bytes:
    """The made-up course with a hole of zeros in its heights."""
    lines = gpx().split(b"<ele>")
    for at in range(60, 66):
        lines[at] = b"0.00" + lines[at][lines[at].index(b"</ele>") :]
    return b"<ele>".join(lines)


async def warned(predictor: Predictor, **course: str) -> list[str]:
    answer = await predictor.predict(**course)
    assert answer.status_code == 200, answer.text
    return [warning["code"] for warning in answer.json()["warnings"]]


async def test_a_stored_course_tells_what_was_wrong_with_its_file(predictor: Predictor):
    route = (await predictor.upload_route(spoilt())).json()["id"]
    assert await warned(predictor, gpx_file_id=route) == ["heights_filled"]
    assert await warned(predictor, gpx=spoilt().decode()) == ["heights_filled"]


async def test_a_clean_course_has_no_warnings(predictor: Predictor):
    assert await warned(predictor, gpx=gpx().decode()) == []


async def test_a_course_of_before_is_looked_over_when_its_file_is_sent_again(predictor: Predictor, database: Database):
    route = (await predictor.upload_route(spoilt())).json()
    with database.transaction() as session:
        session.get_one(StoredRoute, UUID(route["id"])).warnings = None
    assert await warned(predictor, gpx_file_id=route["id"]) == []
    again = (await predictor.upload_route(spoilt())).json()
    assert again["id"] == route["id"]
    assert await warned(predictor, gpx_file_id=route["id"]) == ["heights_filled"]
