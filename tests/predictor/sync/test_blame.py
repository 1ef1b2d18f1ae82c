from __future__ import annotations

from uuid import UUID

import pytest

from predictor_service.strava.errors import StravaUnavailable
from predictor_service.sync.listing import Pages
from predictor_service.sync.run import Lease
from predictor_service.sync.store import SyncStore, Trouble
from predictor_service.sync.trouble import Blame
from tests.predictor.sync.world import World


async def strava_answers() -> None:
    return None


async def strava_is_down() -> None:
    raise StravaUnavailable


async def listed(here: World, count: int) -> tuple[Lease, list[UUID]]:
    """A lease on an athlete whose activities are known and not read."""
    athlete_id, strava_id = await here.athlete(count)
    await here.sync.service.sync_now(strava_id, Pages())
    lease = Lease(athlete_id, here.database, here.clock)
    assert await lease.take()
    return lease, [each.id for each in (await here.activities(athlete_id)).values()]


async def troubles(here: World, lease: Lease) -> dict[UUID, Trouble]:
    async with here.database.reading() as session:
        return await SyncStore(session).troubles(lease.athlete_id)


async def test_in_an_outage_nobody_is_blamed(here: World):
    lease, ids = await listed(here, 3)
    blame = Blame(lease, strava_is_down)
    await blame.suspect(ids[0], "500")
    await blame.suspect(ids[1], "500")
    with pytest.raises(StravaUnavailable):
        await blame.suspect(ids[2], "500")
    assert await troubles(here, lease) == {}


async def test_three_in_a_row_are_blamed_when_the_list_still_answers(here: World):
    lease, ids = await listed(here, 3)
    blame = Blame(lease, strava_answers)
    for activity_id in ids:
        await blame.suspect(activity_id, "500")
    assert {trouble.tries for trouble in (await troubles(here, lease)).values()} == {1}


async def test_when_nothing_at_all_can_be_read_the_run_ends(here: World):
    lease, ids = await listed(here, 6)
    blame = Blame(lease, strava_answers)
    for activity_id in ids[:5]:
        await blame.suspect(activity_id, "500")
    with pytest.raises(StravaUnavailable):
        await blame.suspect(ids[5], "500")


async def test_the_third_failure_is_final_and_a_put_off_never_is(here: World):
    lease, ids = await listed(here, 2)
    blame = Blame(lease, strava_answers)
    for _ in range(3):
        await blame.suspect(ids[0], "500")
        await blame.settle()
    for _ in range(6):
        await blame.put_off(ids[1], "not yet")
    noted = await troubles(here, lease)
    assert noted[ids[0]] == Trouble(3, None)
    assert noted[ids[1]].tries == 6
    assert noted[ids[1]].retry_at is not None
