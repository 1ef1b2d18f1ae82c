"""What a member can ask of activities and their uploads."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest

from ayda_service.members.store import MemberStore
from ayda_service.settings import Settings
from ayda_service.strava.store import ConnectionStore
from servicekit.data.columns import uuid7
from servicekit.strava.tokens.store import token_columns
from tests.ayda.support import MEMBER, OTHER, Ayda, World, assert_problem, eventually
from tests.ayda.uploads.bench import API_BASE, WRITER
from tests.predictor.support import assert_finite
from tests.trackfiles.malformed.writers import fit_of, gpx_of, tcx_of
from tests.trackfiles.outings import outing

GPX = gpx_of(outing())
READER = "read,activity:read_all"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, strava_api_base=API_BASE, strava_auto_upload=True)


@pytest.fixture
async def club(world: World) -> AsyncIterator[Ayda]:
    async with world.running() as running:
        yield running


async def connect(ayda: Ayda, scope: str = WRITER, telegram_id: int = MEMBER) -> int:
    """A connection of this scope, without the way through the browser."""
    parts, now = ayda.app.litestar.state["parts"], ayda.clock.now()
    athlete_id = ayda.simulator.add_athlete()
    code = ayda.simulator.authorizations.consent(athlete_id, tuple(scope.split(",")), now.timestamp())
    grant = await parts.consents.oauth.exchange(code)
    with parts.database.transaction() as session:
        member = MemberStore(session).create(telegram_id, now)
        columns = {"scope": scope, **token_columns(parts.consents.seals.seal(athlete_id, grant.tokens))}
        ConnectionStore(session).link(member.id, athlete_id, columns, now)
    return athlete_id


async def send(ayda: Ayda, content: bytes = GPX, telegram_id: int = MEMBER, **query: str) -> httpx.Response:
    headers = ayda.as_member(telegram_id, **{"Content-Type": "application/octet-stream"})
    return await ayda.http.post("/api/v1/activities", content=content, headers=headers, params=query)


async def upload(ayda: Ayda, activity_id: str, telegram_id: int = MEMBER) -> httpx.Response:
    return await ayda.http.post(f"/api/v1/strava/upload/{activity_id}", headers=ayda.as_member(telegram_id))


async def listed(ayda: Ayda, path: str = "/api/v1/strava/uploads", telegram_id: int = MEMBER) -> list[dict[str, Any]]:
    answer = await ayda.http.get(path, headers=ayda.as_member(telegram_id))
    assert answer.status_code == 200, answer.text
    return list(answer.json()["uploads"])


@pytest.mark.parametrize("make", [gpx_of, tcx_of, fit_of])
async def test_a_recording_of_any_kind_becomes_an_activity_once_packed_or_not(club: Ayda, make: Any):
    content = make(outing())
    first = await send(club, content)
    assert first.status_code == 201, first.text
    added = first.json()
    assert (added["status"], added["uploads_to_strava"]) == ("created", False)
    assert (added["activity"]["sport"], added["activity"]["provenance"]) == ("run", "user_file")
    assert added["activity"]["distance_m"] == pytest.approx(4000, rel=0.02)
    assert_finite(added)
    again = await send(club, gzip.compress(content))
    assert again.status_code == 200
    assert again.json() == {**added, "status": "duplicate"}
    answer = await club.http.get("/api/v1/activities", headers=club.as_member())
    assert answer.json() == {"activities": [added["activity"]]}


async def test_two_members_may_have_the_same_file_and_see_only_their_own(club: Ayda):
    mine, theirs = await send(club), await send(club, telegram_id=OTHER)
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["activity"]["id"] != theirs.json()["activity"]["id"]
    answer = await club.http.get("/api/v1/activities", headers=club.as_member(OTHER))
    assert [one["id"] for one in answer.json()["activities"]] == [theirs.json()["activity"]["id"]]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "file_missing"),
        (b"no track", 422, "bad_gpx"),
        (gzip.compress(GPX)[:-20], 422, "bad_gpx"),
        (gpx_of(outing(), sport="cycling"), 422, "sport_unknown"),
    ],
)
async def test_a_file_that_cannot_be_used_is_refused_with_a_reason(club: Ayda, content: bytes, status: int, code: str):
    assert_problem(await send(club, content), status, code)


async def test_nobody_without_proof_from_telegram_gets_in(club: Ayda):
    for method, path in (
        ("POST", "/api/v1/activities"),
        ("GET", "/api/v1/activities"),
        ("POST", f"/api/v1/strava/upload/{uuid7()}"),
        ("GET", "/api/v1/strava/uploads"),
        ("GET", "/api/v1/strava/uploads/pending"),
    ):
        assert_problem(await club.http.request(method, path), 401, "invalid_init_data")


async def test_a_new_activity_goes_to_strava_by_itself_where_the_member_allows_it(world: World):
    async with world.running(replace(world.settings, worker_embedded=True)) as ayda:
        world.simulator.switches.upload_processing_s = 0
        athlete_id = await connect(ayda)
        added = (await send(ayda)).json()
        assert added["uploads_to_strava"] is True
        await eventually(lambda: bool(world.simulator.activities_of(athlete_id)))
        (activity,) = world.simulator.activities_of(athlete_id)
        for _ in range(500):
            (row,) = await listed(ayda)
            if row["status"] == "completed":
                break
    assert (row["activity_id"], row["strava_activity_id"]) == (added["activity"]["id"], activity.id)
    assert (row["retry_count"], row["error_message"]) == (0, None)


async def test_nothing_goes_to_strava_unasked_without_the_permission_or_the_setting(world: World):
    async with world.running() as ayda:
        await connect(ayda, READER)
        assert (await send(ayda)).json()["uploads_to_strava"] is False
    async with world.running(replace(world.settings, strava_auto_upload=False)) as ayda:
        await connect(ayda, WRITER, OTHER)
        assert (await send(ayda, telegram_id=OTHER)).json()["uploads_to_strava"] is False
        assert "upload_to_strava" not in (await ayda.queue.stats()).by_name


async def test_an_upload_that_is_asked_for_waits_once_however_often_it_is_asked_for(world: World):
    async with world.running(replace(world.settings, strava_auto_upload=False)) as ayda:
        await connect(ayda)
        activity_id = (await send(ayda)).json()["activity"]["id"]
        first = await upload(ayda, activity_id)
        assert first.status_code == 202, first.text
        assert (await upload(ayda, activity_id)).json() == first.json()
        assert (first.json()["status"], first.json()["retry_count"]) == ("pending", 0)
        assert (await ayda.queue.stats()).by_name["upload_to_strava"] == 1
        assert await listed(ayda) == await listed(ayda, "/api/v1/strava/uploads/pending") == [first.json()]
        assert await listed(ayda, telegram_id=OTHER) == []


async def test_without_the_permission_the_answer_says_where_to_give_it(club: Ayda):
    activity_id = (await send(club)).json()["activity"]["id"]
    assert_problem(await upload(club, activity_id), 404, "strava_not_connected")
    await connect(club, READER)
    answer = await upload(club, activity_id)
    place = "http://localhost:8001/api/v1/strava/auth?uploads=true"
    assert place in assert_problem(answer, 409, "upload_scope_missing")["detail"]
    assert answer.headers["link"] == f'<{place}>; rel="related"'


@pytest.mark.parametrize(
    ("content", "query"),
    [(GPX.replace(b'creator="', b'creator="StravaGPX '), {}), (GPX, {"provenance": "strava_api"})],
)
async def test_what_came_from_strava_is_never_sent_back(club: Ayda, content: bytes, query: dict[str, str]):
    await connect(club)
    added = (await send(club, content, **query)).json()
    assert (added["activity"]["provenance"], added["uploads_to_strava"]) == ("strava_api", False)
    assert_problem(await upload(club, added["activity"]["id"]), 409, "came_from_strava")


async def test_an_activity_of_somebody_else_cannot_be_uploaded(club: Ayda):
    await connect(club)
    theirs = (await send(club, telegram_id=OTHER)).json()["activity"]["id"]
    for activity_id in (theirs, str(UUID(int=0)), "7"):
        assert_problem(await upload(club, activity_id), 404, "activity_not_found")
