from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from predictor_service.sync.blame import HOPELESS_PAUSE_S, Blame
from predictor_service.sync.lease import SyncLease
from predictor_service.sync.listing import Pages
from predictor_service.sync.models import ReadTroubleRow
from servicekit.strava.errors import StravaUnavailable
from tests.predictor.sync.world import World


async def listed(here: World, count: int) -> tuple[SyncLease, list[UUID]]:
    """A lease on an athlete whose activities are known and not read."""
    athlete_id, strava_id = await here.athlete(count)
    await here.sync.service.sync_now(strava_id, Pages())
    lease = SyncLease(athlete_id, here.database, here.clock)
    assert await lease.take(0)
    return lease, [each.id for each in (await here.activities(athlete_id)).values()]


def troubles(here: World, lease: SyncLease) -> dict[UUID, tuple[int, datetime | None]]:
    with here.database.reading() as session:
        rows = session.scalars(select(ReadTroubleRow).where(ReadTroubleRow.athlete_id == lease.athlete_id))
        return {row.activity_id: (row.tries, row.retry_at) for row in rows}


async def test_suspects_are_not_blamed_before_strava_has_answered_for_others(here: World):
    lease, ids = await listed(here, 3)
    blame = Blame(lease)
    await blame.suspect(ids[0], "500")
    await blame.suspect(ids[1], "500")
    assert troubles(here, lease) == {}, "an outage that shows itself now leaves them in peace"
    await blame.settle()
    assert set(troubles(here, lease)) == set(ids[:2])


async def test_three_in_a_row_are_blamed_while_strava_answers_for_others(here: World):
    lease, ids = await listed(here, 3)
    blame = Blame(lease)
    for activity_id in ids:
        await blame.suspect(activity_id, "500")
    assert {tries for tries, _ in troubles(here, lease).values()} == {1}


async def test_when_nothing_at_all_can_be_read_the_run_ends(here: World):
    lease, ids = await listed(here, 6)
    blame = Blame(lease)
    for activity_id in ids[:5]:
        await blame.suspect(activity_id, "500")
    with pytest.raises(StravaUnavailable) as hopeless:
        await blame.suspect(ids[5], "500")
    assert hopeless.value.retry_after_s == HOPELESS_PAUSE_S


async def test_the_third_failure_is_final_and_a_put_off_never_is(here: World):
    lease, ids = await listed(here, 2)
    blame = Blame(lease)
    for _ in range(3):
        await blame.suspect(ids[0], "500")
        await blame.settle()
    for _ in range(6):
        await blame.put_off(ids[1], "not yet")
    noted = troubles(here, lease)
    assert noted[ids[0]] == (3, None)
    tries, retry_at = noted[ids[1]]
    assert tries == 6
    assert retry_at is not None
