"""One upload, from its file to Strava's decision."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from ayda_service.activities.models import Activity
from ayda_service.members.notices import UploadGivenUp
from ayda_service.uploads.attempt import SLOT
from ayda_service.uploads.jobs import replay_upload
from ayda_service.uploads.store import UploadStore
from kernel.strava.uploads import ALREADY_THERE, AT_ONCE, DELETED
from servicekit.data.columns import uuid7
from simulators.strava.application.fault_menu import PlannedFault
from tests.ayda.support import MEMBER
from tests.ayda.uploads.bench import Bench, files

FILE = files(1)[0]


async def finish(bench: Bench) -> None:
    async with bench.working():
        await bench.until_over()


async def test_a_file_becomes_one_activity_at_strava(bench: Bench):
    athlete_id = await bench.connect()
    upload_id = await bench.put(FILE)
    await finish(bench)
    row = await bench.row(upload_id)
    (activity,) = bench.simulator.activities_of(athlete_id)
    assert (row.status, row.strava_activity_id, row.retry_count) == ("completed", activity.id, 0)
    assert row.error_message is None
    assert row.completed_at is not None
    assert (activity.sport_type, activity.upload_id) == ("TrailRun", row.strava_upload_id)
    assert activity.external_id is not None
    assert activity.external_id.startswith("ayda-")


@pytest.mark.parametrize("link", [False, True])
async def test_what_is_there_already_is_completed_with_its_id_and_the_briefs_message(bench: Bench, *, link: bool):
    athlete_id = await bench.connect()
    bench.simulator.switches.link_in_duplicate_text = link
    upload_id = await bench.put(FILE)
    await finish(bench)
    (activity,) = bench.simulator.activities_of(athlete_id)
    with bench.database.transaction() as session:
        # as if another member's phone had sent it: our own row knows nothing of the first sending
        row = session.merge(await bench.row(upload_id))
        row.status, row.sent, row.strava_upload_id, row.strava_activity_id = "pending", 0, None, None
    await bench.queue.put("upload_to_strava", {"upload_id": str(upload_id)})
    await finish(bench)
    row = await bench.row(upload_id)
    assert (row.status, row.strava_activity_id, row.error_message) == ("completed", activity.id, ALREADY_THERE)
    assert len(bench.simulator.activities_of(athlete_id)) == 1


def refusing(words: str) -> Callable[[httpx.Request], httpx.Response | None]:
    """Strava answers a file with 400 and the body of an upload."""
    body = {"id": 7, "id_str": "7", "external_id": None, "error": words, "activity_id": None,
            "status": "There was an error processing your activity."}  # fmt: skip
    return lambda request: httpx.Response(400, json=body) if request.method == "POST" else None


async def test_a_duplicate_that_is_refused_at_once_is_completed_with_its_id(bench: Bench):
    await bench.connect()
    upload_id = await bench.put(FILE)
    bench.road.instead = refusing("ride.gpx duplicate of activity 4711")
    await finish(bench)
    row = await bench.row(upload_id)
    assert (row.status, row.strava_activity_id, row.error_message) == ("completed", 4711, ALREADY_THERE)


async def test_a_file_that_is_refused_at_once_is_given_up_with_stravas_words(bench: Bench):
    await bench.connect()
    upload_id = await bench.put(FILE)
    bench.road.instead = refusing("The file is <b>empty</b>")
    await finish(bench)
    row = await bench.row(upload_id)
    assert (row.status, row.error_message) == ("failed", "Strava could not use the file: The file is empty")


async def test_a_duplicate_that_had_to_wait_for_the_limit_is_still_told(bench: Bench):
    athlete_id = await bench.connect()
    upload_id = await bench.put(FILE)
    uploads, now_s = bench.simulator.uploads, bench.clock.now().timestamp()
    form = {"data_type": "gpx.gz", "external_id": "watch.gpx"}
    uploads.accept(athlete_id, await bench.packed(upload_id), form, now_s)
    limits = bench.simulator.quota.limits
    bench.simulator.quota.set_usage(now_s, overall=(limits.overall_quarter, 700), read=(0, 0))
    await finish(bench)
    row = await bench.row(upload_id)
    assert (row.status, row.error_message, row.sent) == ("completed", ALREADY_THERE, 1)


async def test_numbers_and_texts_that_no_column_holds_are_failures_and_no_endless_loop(bench: Bench):
    await bench.connect()
    upload_id = await bench.put(FILE)
    bench.road.instead = lambda request: (
        httpx.Response(201, json={"id": 2**70, "error": "bad \0 file", "status": "\0", "activity_id": None})
        if request.method == "POST"
        else None
    )
    await finish(bench)
    assert (await bench.row(upload_id)).status == "failed"
    bench.road.instead = lambda request: (
        httpx.Response(201, json={"id": 7, "error": "bad \0 file", "status": None, "activity_id": None})
        if request.method == "POST"
        else None
    )
    (dead,) = await bench.queue.dead()
    await bench.queue.replay(dead.id)
    await finish(bench)
    assert (await bench.row(upload_id)).error_message == "Strava could not use the file: bad file"


async def test_a_file_strava_cannot_read_is_given_up_at_once_with_stravas_reason(bench: Bench):
    await bench.connect()
    upload_id = await bench.put(b"<gpx>no end")
    await finish(bench)
    row = await bench.row(upload_id)
    assert (row.status, row.retry_count, row.sent) == ("failed", 0, 1)
    assert row.error_message is not None
    assert row.error_message.startswith("Strava could not use the file: ")
    assert await bench.queue.dead() == []


async def test_an_activity_deleted_while_it_was_processed_is_a_failure(bench: Bench):
    athlete_id = await bench.connect()
    upload_id = await bench.put(FILE)

    def delete_everything(_request: httpx.Request) -> None:
        bench.simulator.settle_uploads()
        for activity in bench.simulator.activities_of(athlete_id):
            bench.simulator.delete_activity(activity.id)

    bench.road.instead = delete_everything
    await finish(bench)
    row = await bench.row(upload_id)
    assert (row.status, row.error_message, row.strava_activity_id) == ("failed", DELETED, None)


async def test_a_lost_answer_sends_the_same_file_again_and_it_is_one_activity(bench: Bench):
    athlete_id = await bench.connect()
    upload_id = await bench.put(FILE)
    lost = iter([True])
    bench.road.loses = lambda request: request.method == "POST" and next(lost, False)
    await finish(bench)
    row = await bench.row(upload_id)
    (activity,) = bench.simulator.activities_of(athlete_id)
    assert (row.status, row.strava_activity_id) == ("completed", activity.id)
    assert (row.sent, row.retry_count, row.error_message) == (2, 0, None)


async def test_a_worker_killed_after_sending_leaves_one_activity(bench: Bench):
    """The upload id is never stored: the next try sends the file again."""
    athlete_id = await bench.connect()
    upload_id = await bench.put(FILE)

    class Killed(BaseException):
        pass

    def kill(request: httpx.Request) -> bool:
        if request.method == "POST":
            raise Killed
        return False

    bench.road.loses = kill
    with pytest.raises(Killed):
        await bench.another_job().run({"upload_id": str(upload_id)})
    assert (await bench.row(upload_id)).strava_upload_id is None
    bench.road.loses = lambda _request: False
    await finish(bench)
    row = await bench.row(upload_id)
    (activity,) = bench.simulator.activities_of(athlete_id)
    assert (row.status, row.strava_activity_id, row.error_message) == ("completed", activity.id, None)


async def test_the_upload_id_is_durable_before_anybody_asks_what_became_of_it(bench: Bench):
    await bench.connect()
    upload_id = await bench.put(FILE)
    known: list[int | None] = []

    async def look(seconds: float) -> None:
        known.append((await bench.row(upload_id)).strava_upload_id)
        bench.clock.advance(seconds)

    await bench.another_job(look).run({"upload_id": str(upload_id)})
    assert known
    assert None not in known


async def test_a_stuck_upload_is_asked_for_on_the_schedule_and_then_the_ladder_takes_over(bench: Bench):
    await bench.connect()
    bench.simulator.switches.upload_processing_s = 400
    upload_id = await bench.put(FILE)
    await finish(bench)
    row = await bench.row(upload_id)
    assert (row.status, row.retry_count, row.sent) == ("completed", 2, 1)
    asked = [entry.at for entry in bench.simulator.request_log.matching("GET", "/api/v3/uploads/")]
    waits = [(b - a).total_seconds() for a, b in itertools.pairwise(asked)]
    assert waits[:4] == [2, 3, 5, 10]
    assert min(waits) >= 1
    assert [wait for wait in waits if wait > 10] == [61, 301]
    assert len(asked) <= 3 * 15


async def test_an_error_of_stravas_own_for_this_upload_alone_climbs_the_ladder_and_dies(bench: Bench):
    await bench.connect()
    upload_id = await bench.put(FILE)
    bench.road.instead = lambda request: httpx.Response(500, html="<h1>no</h1>") if request.method == "POST" else None
    began = bench.clock.now()
    await finish(bench)
    row = await bench.row(upload_id)
    assert (row.status, row.retry_count, row.sent) == ("failed", 4, 5)
    assert bench.clock.now() - began >= timedelta(seconds=60 + 300 + 1800 + 7200)
    (dead,) = await bench.queue.dead()
    assert dead.args == {"upload_id": str(upload_id)}


async def test_who_waits_for_an_upload_is_told_once_that_it_was_given_up_and_again_if_that_happens_again(bench: Bench):
    await bench.connect()
    upload_id = await bench.put(FILE)
    bench.road.instead = lambda request: httpx.Response(500, html="<h1>no</h1>") if request.method == "POST" else None
    await finish(bench)
    told = (MEMBER, UploadGivenUp((await started_at(bench)), 1000.0))
    assert bench.told == [told]
    (dead,) = await bench.queue.dead()
    assert await replay_upload(bench.database, bench.queue, dead)
    await finish(bench)
    assert (await bench.row(upload_id)).status == "failed"
    assert bench.told == [told, told]


async def started_at(bench: Bench) -> datetime:
    with bench.database.reading() as session:
        return session.scalars(select(Activity.started_at)).one()


async def test_an_upload_that_succeeds_is_no_news(bench: Bench):
    await bench.connect()
    await bench.put(FILE)
    await finish(bench)
    assert bench.told == []


async def test_after_a_failure_the_member_sees_why_and_when_the_next_try_is(bench: Bench):
    await bench.connect()
    upload_id = await bench.put(FILE)
    bench.road.instead = lambda request: httpx.Response(500) if request.method == "POST" else None
    async with bench.working():
        await bench.until_over(before=bench.clock.now() + timedelta(seconds=30))
    row = await bench.row(upload_id)
    assert (row.status, row.retry_count) == ("pending", 1)
    assert row.error_message == "Strava answered with an error of its own (status 500)."
    assert row.retry_at == bench.clock.now() + timedelta(seconds=60)


async def test_a_dead_upload_is_replayed_with_all_its_tries(bench: Bench):
    athlete_id = await bench.connect()
    upload_id = await bench.put(FILE)
    bench.road.instead = lambda request: httpx.Response(500) if request.method == "POST" else None
    await finish(bench)
    (dead,) = await bench.dead()
    bench.road.instead = lambda _request: None
    assert await replay_upload(bench.database, bench.queue, dead)
    assert ((await bench.row(upload_id)).status, (await bench.row(upload_id)).retry_count) == ("pending", 0)
    assert not await replay_upload(bench.database, bench.queue, dead)
    await finish(bench)
    assert (await bench.row(upload_id)).status == "completed"
    assert len(bench.simulator.activities_of(athlete_id)) == 1
    assert await bench.dead() == []


async def test_a_429_waits_for_the_reset_and_costs_no_attempt(bench: Bench):
    await bench.connect()
    limits = bench.simulator.quota.limits
    bench.simulator.quota.set_usage(
        bench.clock.now().timestamp(), overall=(limits.overall_quarter, 700), read=(limits.read_quarter, 700)
    )
    upload_id = await bench.put(FILE)
    began = bench.clock.now()
    await finish(bench)
    row = await bench.row(upload_id)
    assert (row.status, row.retry_count) == ("completed", 0)
    assert timedelta(seconds=900) < bench.clock.now() - began < timedelta(seconds=960)


async def test_a_sending_that_may_have_arrived_when_strava_went_away_stays_counted(bench: Bench):
    """Else the duplicate that it finds later would pass for somebody else's."""
    athlete_id = await bench.connect()
    upload_id = await bench.put(FILE)
    bench.road.loses = lambda _request: True
    async with bench.working():
        await bench.until_over(before=bench.clock.now() + timedelta(seconds=1))
    row = await bench.row(upload_id)
    assert (row.status, row.retry_count, row.sent) == ("pending", 0, 1)
    bench.road.loses = lambda _request: False
    await finish(bench)
    row = await bench.row(upload_id)
    assert (row.status, row.retry_count, row.sent, row.error_message) == ("completed", 0, 2, None)
    assert len(bench.simulator.activities_of(athlete_id)) == 1


async def test_while_strava_is_away_no_sending_is_counted(bench: Bench):
    await bench.connect()
    bench.simulator.faults.order(PlannedFault("html", path="/api/v3", count=10**6))
    ids = [await bench.put(content) for content in files(6)]
    async with bench.working():
        await bench.until_over(before=bench.clock.now() + timedelta(hours=1))
    rows = await bench.rows()
    assert {row.status for row in rows.values()} == {"pending"}
    assert sum(row.sent for row in rows.values()) <= AT_ONCE
    bench.simulator.faults.clear()
    await finish(bench)
    assert await bench.count("completed") == len(ids)


async def test_a_pending_upload_says_when_it_goes_on(bench: Bench):
    await bench.connect()
    bench.simulator.faults.order(PlannedFault("html", path="/api/v3", count=10**6))
    upload_id = await bench.put(FILE)
    async with bench.working():
        await bench.until_over(before=bench.clock.now() + timedelta(seconds=1))
    row = await bench.row(upload_id)
    assert (row.status, row.retry_count) == ("pending", 0)
    assert row.retry_at is not None
    assert row.retry_at > bench.clock.now()


async def test_an_access_token_that_is_refused_is_renewed_once(bench: Bench):
    athlete_id = await bench.connect()
    upload_id = await bench.put(FILE)
    bench.clock.advance(60)
    bench.simulator.authorizations.expire_access(athlete_id, bench.clock.now().timestamp())
    await finish(bench)
    assert ((await bench.row(upload_id)).status, (await bench.row(upload_id)).retry_count) == ("completed", 0)


async def test_a_connection_that_is_gone_is_said_and_not_retried(bench: Bench):
    athlete_id = await bench.connect()
    upload_id = await bench.put(FILE)
    bench.clock.advance(60)
    bench.simulator.authorizations.revoke_athlete(athlete_id)
    await finish(bench)
    row = await bench.row(upload_id)
    assert (row.status, row.retry_count) == ("failed", 0)
    assert row.error_message is not None
    assert "connect it again" in row.error_message


async def test_no_more_than_three_are_under_way_over_all_processes(bench: Bench):
    await bench.connect()
    for content in files(10):
        await bench.put(content)
    bench.road.gate.clear()
    async with bench.working(bench.another_job(), bench.another_job(), bench.another_job()):
        async with asyncio.timeout(20):
            while bench.road.sending < 3:  # noqa: ASYNC110 - what is awaited is a plain condition
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        assert await bench.count("processing") == 3
        bench.road.gate.set()
        await bench.until_over()
    assert bench.road.most_sending == 3
    assert await bench.count("completed") == 10


async def hold_slots(bench: Bench, holders: list[UUID], held_s: float = SLOT.total_seconds()) -> None:
    """What a process that was killed leaves behind."""
    with bench.database.transaction() as session:
        for holder in holders:
            until = bench.clock.now() + timedelta(seconds=held_s)
            assert UploadStore(session).take_slot(holder, 7, now=bench.clock.now(), until=until)


async def test_uploads_of_a_dead_worker_go_on_in_their_own_slots(bench: Bench):
    await bench.connect()
    ids = [await bench.put(content) for content in files(5)]
    await hold_slots(bench, ids[:3])
    began = bench.clock.now()
    await finish(bench)
    assert await bench.count("completed") == 5
    assert bench.clock.now() - began < SLOT


async def test_slots_that_nobody_comes_back_for_lapse(bench: Bench):
    await bench.connect()
    upload_id = await bench.put(FILE)
    await hold_slots(bench, [uuid7() for _ in range(3)], 60.0)
    began = bench.clock.now()
    await finish(bench)
    row = await bench.row(upload_id)
    assert (row.status, row.retry_count) == ("completed", 0)
    assert timedelta(seconds=60) <= bench.clock.now() - began < timedelta(seconds=70)


async def test_a_worker_that_was_away_writes_nothing_any_more(bench: Bench):
    """A try that slept through a later one of the same upload neither undoes it nor sends again."""
    athlete_id = await bench.connect()
    upload_id = await bench.put(FILE)
    args = {"upload_id": str(upload_id)}
    overtaken = False

    async def sleep_long(seconds: float) -> None:
        nonlocal overtaken
        bench.clock.advance(seconds)
        if not overtaken:
            overtaken = True
            await bench.another_job().run(args)

    await bench.another_job(sleep_long).run(args)
    row = await bench.row(upload_id)
    assert (row.status, row.fence, row.sent) == ("completed", 2, 1)
    assert len(bench.simulator.activities_of(athlete_id)) == 1


async def test_an_upload_whose_later_try_was_begun_by_a_worker_that_gave_up_on_it_goes_on(bench: Bench):
    """A frozen worker wakes up, begins another try and finds that the job is not its own any more."""
    athlete_id = await bench.connect()
    upload_id = await bench.put(FILE)
    woken = False

    async def sleep(seconds: float) -> None:
        nonlocal woken
        bench.clock.advance(seconds)
        await asyncio.sleep(0)
        if not woken:
            woken = True
            with bench.database.transaction() as session:
                assert UploadStore(session).begin(upload_id) is not None

    async with bench.working(bench.another_job(sleep)):
        await bench.until_over()
    assert (await bench.row(upload_id)).status == "completed"
    assert len(bench.simulator.activities_of(athlete_id)) == 1


async def test_a_slot_of_an_upload_that_is_over_is_free(bench: Bench):
    await bench.connect()
    ids = [await bench.put(content) for content in files(4)]
    with bench.database.transaction() as session:
        for row in (await bench.rows()).values():
            if row.id != ids[3]:
                session.merge(row).status = "completed"
    await hold_slots(bench, ids[:3])
    began = bench.clock.now()
    await finish(bench)
    assert (await bench.row(ids[3])).status == "completed"
    assert bench.clock.now() - began < timedelta(seconds=30)
