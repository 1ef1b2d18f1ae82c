"""The predictor learns of every outing that a member sends: each once, and of nobody who has left."""

from __future__ import annotations

import gzip

import pytest

from servicekit.http.errors import UpstreamRefused
from servicekit.jobs import Snooze
from tests.ayda.activities.support import delete, recording, send
from tests.ayda.strava.test_revocations import arguments
from tests.ayda.support import MEMBER, Ayda, problem

LEARNED = "/api/v1/internal/activities"
ACTIVITY = {
    "id": "018f6b2a-0000-7000-8000-0000000000bb", "sport": "run", "provenance": "user_file",
    "started_at": "2026-06-01T12:00:00Z", "distance_m": 4000.0, "moving_time_s": 1600.0, "elapsed_time_s": 1720.0,
    "gain_m": 200.0, "status": "created",
}  # fmt: skip


async def learn(ayda: Ayda) -> None:
    """What the worker does."""
    [job] = [job for job in ayda.app.litestar.state["parts"].jobs if job.name == "learn_activity"]
    for args in await arguments(ayda, "learn_activity"):
        await job.run(args)


async def test_a_recording_reaches_the_predictor_as_it_came_with_its_sport(club: Ayda):
    club.predictor.answers["POST", LEARNED] = (201, ACTIVITY)
    await send(club)
    await learn(club)
    [asked] = club.predictor.asked(LEARNED)
    assert gzip.decompress(asked.content) == recording(0)
    assert dict(asked.url.params) == {"telegram_id": str(MEMBER), "sport": "run", "provenance": "user_file"}


async def test_the_same_file_twice_is_learned_once(club: Ayda):
    for _ in range(2):
        await send(club)
    assert len(await arguments(club, "learn_activity")) == 1


async def test_an_outage_is_waited_out(club: Ayda):
    await send(club)
    club.predictor.down = True
    with pytest.raises(Snooze):
        await learn(club)
    club.predictor.down = False
    club.predictor.answers["POST", LEARNED] = (503, problem(503, "busy"))
    with pytest.raises(Snooze):
        await learn(club)


@pytest.mark.parametrize(("status", "code"), [(422, "bad_gpx"), (413, "storage_full")])
async def test_what_the_predictor_will_never_take_is_not_tried_again(club: Ayda, status: int, code: str):
    await send(club)
    club.predictor.answers["POST", LEARNED] = (status, problem(status, code))
    await learn(club)


async def test_trouble_between_the_services_is_tried_again(club: Ayda):
    await send(club)
    club.predictor.answers["POST", LEARNED] = (401, problem(401, "invalid_api_key"))
    with pytest.raises(UpstreamRefused):
        await learn(club)


async def test_a_deleted_activity_is_not_sent(club: Ayda):
    added = (await send(club)).json()["activity"]["id"]
    await delete(club, added)
    await learn(club)
    assert club.predictor.asked(LEARNED) == []


async def test_who_leaves_takes_what_was_to_be_learned_along(club: Ayda):
    await send(club)
    club.clock.advance(1)
    assert (await club.http.delete("/api/v1/me", headers=club.as_member())).status_code == 200
    assert await arguments(club, "learn_activity") == []


async def test_who_leaves_while_their_activity_is_on_its_way_is_erased_there_again(club: Ayda):
    await send(club)
    [args] = await arguments(club, "learn_activity")
    [job] = [job for job in club.app.litestar.state["parts"].jobs if job.name == "learn_activity"]

    async def leaving() -> None:
        club.clock.advance(1)
        assert (await club.http.delete("/api/v1/me", headers=club.as_member())).status_code == 200

    club.predictor.answers["POST", LEARNED] = (201, ACTIVITY)
    club.predictor.meanwhile[LEARNED] = leaving
    await job.run(args)
    assert [each["person"] for each in await arguments(club, "erase_at_predictor")] == [str(MEMBER)] * 2
