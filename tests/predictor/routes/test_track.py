"""Where a course runs is told to who asks for it, lies sealed meanwhile, and is told by nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from kernel.contracts.route import RouteTrack
from predictor_service.routes.models import LINE_KEY, StoredRoute
from predictor_service.routes.service import RouteService
from servicekit.base.file_seals import FileSeals
from servicekit.base.vault import Vault
from servicekit.data.database import Database
from tests.predictor.support import INTERNAL, Predictor, assert_finite, assert_problem
from tests.predictor.tracks import gpx
from trackfiles.course import drawn_course_of

UNKNOWN = "00000000-0000-7000-8000-000000000000"


async def stored(predictor: Predictor, content: bytes | None = None) -> str:
    return str((await predictor.upload_route(gpx() if content is None else content)).json()["id"])


async def track_of(predictor: Predictor, route_id: str) -> RouteTrack:
    answer = await predictor.http.get(f"{INTERNAL}/routes/{route_id}/track")
    assert answer.status_code == 200, answer.text
    assert_finite(answer.json())
    return msgspec.json.decode(answer.content, type=RouteTrack)


async def test_the_track_of_a_route_runs_where_its_file_runs(predictor: Predictor):
    track = await track_of(predictor, await stored(predictor))
    assert track.name == "Made-up hills"
    assert len(track.points) == 321
    assert (track.points[0].lat_deg, track.points[0].lon_deg, track.points[0].distance_m) == (43.0, 77.0, 0.0)
    assert track.points[-1].lat_deg == pytest.approx(43.0 + 8000 / 111_195, abs=1e-5)
    assert track.points[-1].distance_m == pytest.approx(track.elevation[-1].distance_m, abs=1)
    along = [point.distance_m for point in track.points]
    assert along == sorted(along)
    assert track.points[40].elevation_m == pytest.approx(800 + 60, abs=60)


@pytest.mark.parametrize("route_id", [UNKNOWN, "no-id", "a" * 2000])
async def test_the_track_of_an_unknown_route_is_a_404(predictor: Predictor, route_id: str):
    assert_problem(await predictor.http.get(f"{INTERNAL}/routes/{route_id}/track"), 404, "route_not_found")


async def test_the_places_of_a_route_lie_sealed(predictor: Predictor, database: Database):
    route = await stored(predictor)
    with database.reading() as session:
        row = session.get_one(StoredRoute, UUID(route))
    plain = drawn_course_of(gpx()).line
    assert row.line is not None
    assert plain not in row.line
    assert row.line[:3] != plain[:3]
    assert row.line_key is not None
    seals = FileSeals(predictor.parts.settings.vault, LINE_KEY)
    assert seals.open(row.line, row.line_key, subject=row.content_hash) == plain


async def test_a_route_stored_before_places_were_kept_has_a_profile_alone_until_it_is_sent_again(
    predictor: Predictor, database: Database
):
    route = await stored(predictor)
    with database.transaction() as session:
        row = session.get_one(StoredRoute, UUID(route))
        row.time_zone = row.line = row.line_key = None
    old = await track_of(predictor, route)
    assert old.points == []
    assert len(old.elevation) > 100
    again = await predictor.upload_route(gpx())
    assert (again.json()["id"], again.json()["time_zone"]) == (route, "Asia/Almaty")
    assert len((await track_of(predictor, route)).points) == 321


async def test_places_whose_key_was_retired_are_sealed_anew_when_the_file_is_sent_again(
    predictor: Predictor, database: Database, now: datetime
):
    route = await stored(predictor)
    seals = FileSeals(Vault({"k9": bytes(32)}), LINE_KEY)
    other = RouteService(database, predictor.parts.files, seals, lambda: now)
    with database.transaction() as session:
        row = session.get_one(StoredRoute, UUID(route))
        row.line_key = other.row_of(drawn_course_of(gpx())).line_key
    assert (await track_of(predictor, route)).points == []
    assert await stored(predictor) == route
    assert len((await track_of(predictor, route)).points) == 321


async def test_places_copied_onto_another_route_do_not_open(predictor: Predictor, database: Database):
    one, other = await stored(predictor), await stored(predictor, gpx(length_m=4_000.0))
    with database.transaction() as session:
        source, target = (session.get_one(StoredRoute, UUID(each)) for each in (one, other))
        target.line, target.line_key = source.line, source.line_key
    assert (await track_of(predictor, other)).points == []


async def test_asking_for_a_track_counts_as_a_use(predictor: Predictor, database: Database, now: datetime):
    route = await stored(predictor)
    with database.transaction() as session:
        session.get_one(StoredRoute, UUID(route)).used_at = now - timedelta(days=80)
    await track_of(predictor, route)
    with database.reading() as session:
        assert session.get_one(StoredRoute, UUID(route)).used_at == now
