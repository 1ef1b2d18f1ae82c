from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from ayda_service.settings import Settings
from ayda_service.webhooks.forwarding import STEP, NotPassedOn
from tests.ayda.support import EVENT_BATCH, MEMBER, OTHER, Ayda, World, problem
from tests.ayda.webhooks.support import EVENT_TIME, OFF, event, run_job, send, states, told

FORWARD = "forward_events"


async def test_the_predictor_is_told_what_happened_to_whom(hooked: Ayda):
    athlete_id = await hooked.connect()
    await send(hooked, event(athlete_id, 2**53 + 1))
    await run_job(hooked, FORWARD, owner_id=athlete_id)
    (message,) = told(hooked)
    assert {**message, "event_id": "-"} == {
        "event_id": "-",
        "telegram_id": str(MEMBER),
        "athlete_id": athlete_id,
        "object_type": "activity",
        "object_id": 2**53 + 1,
        "aspect_type": "create",
        "updates": {},
        "event_time": EVENT_TIME,
    }
    assert await states(hooked) == ["done"]


async def test_of_one_activity_only_the_last_event_is_told(hooked: Ayda):
    athlete_id = await hooked.connect()
    for second, aspect in enumerate(["update", "delete", "update"]):
        await send(hooked, event(athlete_id, 5, aspect, event_time=EVENT_TIME + second))
    await send(hooked, event(athlete_id, 6, "create"))
    await send(hooked, event(athlete_id, 6, "update", event_time=EVENT_TIME + 9))
    await run_job(hooked, FORWARD, owner_id=athlete_id)
    assert [(each["object_id"], each["aspect_type"]) for each in told(hooked)] == [(5, "update"), (6, "create")]
    assert await states(hooked) == ["done"] * 5


async def test_a_deletion_wins_over_an_update_of_the_same_second(hooked: Ayda):
    athlete_id = await hooked.connect()
    await send(hooked, event(athlete_id, 5, "delete"))
    await send(hooked, event(athlete_id, 5, "update"))
    await run_job(hooked, FORWARD, owner_id=athlete_id)
    assert [each["aspect_type"] for each in told(hooked)] == ["delete"]


async def test_while_the_predictor_is_away_events_wait_and_no_try_is_lost(hooked: Ayda):
    athlete_id = await hooked.connect()
    await send(hooked, event(athlete_id))
    hooked.predictor.down = True
    for _ in range(8):
        snooze = await run_job(hooked, FORWARD, owner_id=athlete_id)
        assert snooze is not None
        assert 0 < snooze.delay_s <= 60
    assert await states(hooked) == ["new"]


@pytest.mark.parametrize("whole", [True, False], ids=["the whole batch", "by its name"])
async def test_a_refused_event_is_tried_four_times_and_becomes_a_dead_letter(hooked: Ayda, *, whole: bool):
    athlete_id = await hooked.connect()
    await send(hooked, event(athlete_id, 7))
    hooked.predictor.refused = {7}
    if whole:
        hooked.predictor.answers["POST", EVENT_BATCH] = (422, problem(422, "validation_failed"))
    for _ in range(4):
        assert await states(hooked) == ["new"]
        with pytest.raises(NotPassedOn):
            await run_job(hooked, FORWARD, owner_id=athlete_id)
    assert await states(hooked) == ["dead"]
    await run_job(hooked, FORWARD, owner_id=athlete_id)
    assert len(told(hooked)) == 4


async def test_an_event_of_someone_who_has_left_is_erased_with_their_connection_and_never_told(hooked: Ayda):
    athlete_id = await hooked.connect()
    await send(hooked, event(athlete_id))
    await hooked.http.post("/api/v1/strava/disconnect", headers=hooked.as_member())
    await run_job(hooked, FORWARD, owner_id=athlete_id)
    assert await states(hooked) == []
    assert told(hooked) == []


async def test_events_of_unknown_kinds_are_kept_and_left_alone(hooked: Ayda):
    athlete_id = await hooked.connect()
    await send(hooked, event(athlete_id, object_type="segment"))
    await send(hooked, event(athlete_id, aspect="merge"))
    await run_job(hooked, FORWARD, owner_id=athlete_id)
    assert await states(hooked) == ["ignored", "ignored"]
    assert told(hooked) == []


async def test_without_a_predictor_there_is_nobody_to_tell(world: World, alone: Settings):
    async with world.running(replace(alone, webhooks=OFF)) as ayda:
        athlete_id = await ayda.connect()
        await send(ayda, event(athlete_id))
        await run_job(ayda, FORWARD, owner_id=athlete_id)
        assert await states(ayda) == ["ignored"]


async def test_an_event_whose_job_was_lost_is_found(hooked: Ayda):
    athlete_id = await hooked.connect()
    await send(hooked, event(athlete_id))
    hooked.clock.advance(61)
    before = (await hooked.queue.stats()).by_name[FORWARD]
    await run_job(hooked, "tidy_webhooks")
    assert (await hooked.queue.stats()).by_name[FORWARD] == before == 1, "one that waits is not doubled"


async def test_what_was_worked_on_is_forgotten_after_a_week(hooked: Ayda):
    athlete_id = await hooked.connect()
    await send(hooked, event(athlete_id))
    await run_job(hooked, FORWARD, owner_id=athlete_id)
    hooked.clock.advance(6 * 86_400)
    await run_job(hooked, "tidy_webhooks")
    assert await states(hooked) == ["done"]
    hooked.clock.advance(2 * 86_400)
    await run_job(hooked, "tidy_webhooks")
    assert await states(hooked) == []


async def test_two_jobs_of_one_athlete_tell_of_each_event_once(hooked: Ayda):
    athlete_id = await hooked.connect()
    for number in range(40):
        await send(hooked, event(athlete_id, 100 + number))
    await asyncio.gather(*(run_job(hooked, FORWARD, owner_id=athlete_id) for _ in range(5)))
    assert sorted(each["object_id"] for each in told(hooked)) == [100 + number for number in range(40)]
    assert await states(hooked) == ["done"] * 40


async def test_an_event_that_comes_while_its_athlete_is_worked_on_is_told_too(hooked: Ayda):
    athlete_id = await hooked.connect()
    await send(hooked, event(athlete_id, 1))
    at_work = asyncio.create_task(run_job(hooked, FORWARD, owner_id=athlete_id))
    await send(hooked, event(athlete_id, 2))
    await run_job(hooked, FORWARD, owner_id=athlete_id)
    await at_work
    assert await states(hooked) == ["done", "done"]


async def test_when_the_predictor_goes_away_what_it_was_told_of_is_written_down_and_the_rest_waits(hooked: Ayda):
    athlete_id = await hooked.connect()
    for number in range(3 * STEP):
        await send(hooked, event(athlete_id, 100 + number))
    hooked.predictor.goes_after = 1
    assert await run_job(hooked, FORWARD, owner_id=athlete_id) is not None
    assert (await states(hooked)).count("done") == STEP
    assert (await states(hooked)).count("new") == 2 * STEP
    assert len({each["object_id"] for each in told(hooked)}) <= 2 * STEP, "nobody is told of the rest meanwhile"


async def two_athletes(ayda: Ayda) -> tuple[int, int]:
    own, others = await ayda.connect(), await ayda.connect(OTHER)
    await send(ayda, event(own, 1))
    await send(ayda, event(others, 2))
    await send(ayda, event(others, 3))
    return own, others


async def test_what_waits_for_others_goes_along_in_one_request(hooked: Ayda):
    own, others = await two_athletes(hooked)
    await run_job(hooked, FORWARD, owner_id=own)
    assert await states(hooked) == ["done"] * 3
    [batch] = hooked.predictor.asked(EVENT_BATCH)
    assert {(each["telegram_id"], each["athlete_id"], each["object_id"]) for each in told(hooked)} == {
        (str(MEMBER), own, 1),
        (str(OTHER), others, 2),
        (str(OTHER), others, 3),
    }
    await run_job(hooked, FORWARD, owner_id=others)
    assert hooked.predictor.asked(EVENT_BATCH) == [batch]


async def test_a_refused_event_of_somebody_else_waits_for_its_own_job(hooked: Ayda):
    own, others = await two_athletes(hooked)
    hooked.predictor.refused = {2}
    await run_job(hooked, FORWARD, owner_id=own)
    assert sorted(await states(hooked)) == ["done", "done", "new"]
    with pytest.raises(NotPassedOn):
        await run_job(hooked, FORWARD, owner_id=others)


async def test_one_refused_event_keeps_no_other_of_its_athlete_from_being_told(hooked: Ayda):
    athlete_id = await hooked.connect()
    for number in range(5):
        await send(hooked, event(athlete_id, number + 1))
    hooked.predictor.refused = {3}
    with pytest.raises(NotPassedOn):
        await run_job(hooked, FORWARD, owner_id=athlete_id)
    assert sorted(await states(hooked)) == ["done"] * 4 + ["new"]


async def test_a_batch_that_is_refused_as_a_whole_is_told_again_without_the_others(hooked: Ayda):
    own, _ = await two_athletes(hooked)
    hooked.predictor.answers["POST", EVENT_BATCH] = (413, problem(413, "body_too_large"))
    with pytest.raises(NotPassedOn):
        await run_job(hooked, FORWARD, owner_id=own)
    assert [len(json.loads(each.content)["events"]) for each in hooked.predictor.asked(EVENT_BATCH)] == [3, 1]
