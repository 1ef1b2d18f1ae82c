"""What members learn of how far their Strava is read."""

from __future__ import annotations

from typing import Any

from ayda_service.settings import Settings
from tests.ayda.support import KEY_OUT, OTHER, Ayda, World, assert_problem, problem

PATH = "/api/v1/strava/sync"
STATUS = ("GET", "/strava/sync/status")


def told(athlete_id: int, **changes: Any) -> dict[str, Any]:
    state = {
        "athlete_id": athlete_id,
        "status": "running",
        "activities_known": 120,
        "activities_read": 37,
        "started_at": "2026-06-01T10:00:00Z",
        "finished_at": None,
        "detail": None,
        "profile_ready": False,
        "left_out": {},
        "code": None,
        "retry_at": None,
        "last_success_at": None,
    }
    return {**state, **changes}


async def sync(ayda: Ayda, **who: Any) -> Any:
    return await ayda.http.get(PATH, headers=ayda.as_member(**who))


async def test_a_member_is_told_how_much_is_read(ayda: Ayda):
    athlete_id = await ayda.connect()
    state = told(athlete_id, left_out={"indoors": 3})
    ayda.predictor.answers[STATUS] = (200, state)
    answer = await sync(ayda)
    assert answer.status_code == 200
    assert answer.json() == state
    (sent,) = ayda.predictor.asked(STATUS[1])
    assert sent.url.params["athlete_id"] == str(athlete_id)
    assert sent.headers["x-api-key"] == KEY_OUT


async def test_whom_the_predictor_has_not_heard_of_yet_waits_for_their_turn(ayda: Ayda):
    athlete_id = await ayda.connect()
    ayda.predictor.answers[STATUS] = (404, problem(404, "athlete_not_found"))
    assert (await sync(ayda)).json() == told(
        athlete_id, status="queued", activities_known=0, activities_read=0, started_at=None
    )


async def test_without_a_connection_there_is_nothing_to_read(ayda: Ayda):
    await ayda.connect()
    assert_problem(await sync(ayda, telegram_id=OTHER), 404, "strava_not_connected")
    assert ayda.predictor.asked(STATUS[1]) == []


async def test_other_refusals_of_the_predictor_stay_what_they_are(ayda: Ayda):
    athlete_id = await ayda.connect()
    ayda.predictor.answers[STATUS] = (422, problem(422, "validation_failed"))
    assert_problem(await sync(ayda), 422, "validation_failed")
    ayda.predictor.answers[STATUS] = (200, told(athlete_id))
    ayda.predictor.down = True
    assert_problem(await sync(ayda), 503, "upstream_unavailable")


async def test_an_ayda_without_a_predictor_says_so(world: World, alone: Settings):
    async with world.running(alone) as ayda:
        await ayda.connect()
        assert_problem(await sync(ayda), 503, "predictor_not_configured")


async def test_a_connection_tells_the_last_sync_and_until_when_the_next_one_waits(ayda: Ayda):
    athlete_id = await ayda.connect()
    waits = {"status": "waiting", "code": "quota_exhausted", "detail": "Later.", "retry_at": "2026-06-02T00:00:02Z"}
    ayda.predictor.answers[STATUS] = (200, told(athlete_id, **waits, last_success_at="2026-06-01T09:00:00Z"))
    status = await ayda.status()
    assert status["state"] == "connected"
    assert status["sync"] == {**waits, "last_success_at": "2026-06-01T09:00:00Z"}


async def test_a_connection_is_told_though_nobody_knows_of_its_sync(ayda: Ayda):
    await ayda.connect()
    ayda.predictor.answers[STATUS] = (404, problem(404, "athlete_not_found"))
    assert (await ayda.status())["sync"]["status"] == "queued"
    ayda.predictor.down = True
    status = await ayda.status()
    assert (status["state"], status["sync"]) == ("connected", None)


async def test_whoever_is_not_connected_has_no_sync(ayda: Ayda):
    assert (await ayda.status())["sync"] is None
    assert ayda.predictor.asked(STATUS[1]) == []
