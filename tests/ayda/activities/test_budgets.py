"""A member keeps as much as the budget says, in whatever order and at once, and can make room."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from sqlalchemy import select

from ayda_service.settings import MemberBudgets
from ayda_service.uploads.models import StravaUpload
from servicekit.data.columns import uuid7
from tests.ayda.activities.support import database, delete, files, send
from tests.ayda.support import OTHER, Ayda, World, assert_problem
from tests.ayda.uploads.test_routes import connect


async def test_a_full_store_takes_no_more_and_says_what_to_do(club: Ayda):
    added = [await send(club, number) for number in range(3)]
    assert [answer.status_code for answer in added] == [201] * 3
    told = assert_problem(await send(club, 3), 413, "storage_full")["detail"]
    assert "3 of 3 files" in told
    assert "Delete an activity" in told
    assert (await send(club, 0)).status_code == 200, "what is there already takes no room"
    assert (await send(club, 3, OTHER)).status_code == 201, "and nobody else pays for it"
    assert (await delete(club, added[1].json()["activity"]["id"])).status_code == 204
    assert (await send(club, 3)).status_code == 201


async def test_bytes_are_counted_as_they_lie_in_the_database(world: World):
    async with world.running() as ayda:
        await send(ayda, 0)
        [(activity, lies)] = files(ayda)
    assert activity.file_bytes == len(lies)
    tight = MemberBudgets(stored_bytes=2 * len(lies) + 20)
    async with world.running(replace(world.settings, budgets=tight)) as ayda:
        assert (await send(ayda, 1)).status_code == 201
        assert "MiB" in assert_problem(await send(ayda, 2), 413, "storage_full")["detail"]


async def test_of_many_at_once_exactly_as_many_are_stored_as_there_is_room_for(club: Ayda):
    answers = await asyncio.gather(*(send(club, number) for number in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [413] * 5
    assert len(files(club)) == 3


async def test_a_deleted_activity_takes_its_file_its_upload_and_its_job_with_it(world: World):
    async with world.running(replace(world.settings, strava_auto_upload=True)) as ayda:
        await connect(ayda)
        added = (await send(ayda)).json()
        assert added["uploads_to_strava"] is True
        assert (await ayda.queue.stats()).by_name == {"upload_to_strava": 1, "learn_activity": 1}
        assert (await delete(ayda, added["activity"]["id"])).status_code == 204
        assert (await ayda.queue.stats()).by_name == {"learn_activity": 1}, "which finds nothing to send"
        with database(ayda).reading() as session:
            assert session.scalars(select(StravaUpload)).all() == []
        assert files(ayda) == []
        listed = await ayda.http.get("/api/v1/activities", headers=ayda.as_member())
        assert listed.json() == {"activities": []}
        assert_problem(await delete(ayda, added["activity"]["id"]), 404, "activity_not_found")


async def test_nobody_deletes_what_is_another_members(club: Ayda):
    theirs = (await send(club, telegram_id=OTHER)).json()["activity"]["id"]
    for activity_id in (theirs, str(uuid7()), "7"):
        assert_problem(await delete(club, activity_id), 404, "activity_not_found")
    assert len(files(club)) == 1
    assert_problem(await club.http.delete(f"/api/v1/activities/{theirs}"), 401, "invalid_init_data")
