"""What Strava tells of places is kept for who has asked for it: marks under their key, of what was read since."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from predictor_service.activities.models import Activity
from predictor_service.paths.memory import PathMemory
from predictor_service.paths.models import ActivityPathsRow
from tests.predictor.support import VAULT
from tests.predictor.sync.world import World


async def ask_for_it(here: World, athlete_id: UUID) -> None:
    memory = PathMemory(VAULT, here.clock)
    await here.database.write(lambda session: memory.begin(session, athlete_id))


async def marked(here: World) -> set[int | None]:
    """The Strava ids of the activities whose paths are kept."""
    kept = select(Activity.strava_activity_id).join(ActivityPathsRow)
    return set(await here.database.read(lambda session: session.scalars(kept).all()))


async def test_streams_leave_marks_of_who_has_asked(here: World):
    athlete_id, strava_id = await here.athlete(3)
    await ask_for_it(here, athlete_id)
    await here.run(athlete_id)
    assert await marked(here) == {each.id for each in here.simulator.activities_of(strava_id)}


async def test_streams_leave_no_marks_of_anybody_else(here: World):
    athlete_id, _ = await here.athlete(3)
    await here.run(athlete_id)
    assert await marked(here) == set()


async def test_kilometres_tell_no_paths(here: World):
    athlete_id, strava_id = await here.athlete(2)
    first, second = here.simulator.activities_of(strava_id)
    here.strip_streams(first.id)
    await ask_for_it(here, athlete_id)
    await here.run(athlete_id)
    assert await marked(here) == {second.id}


async def test_an_activity_that_is_read_again_without_places_has_no_marks_any_more(here: World):
    athlete_id, strava_id = await here.athlete(1)
    (activity,) = here.simulator.activities_of(strava_id)
    await ask_for_it(here, athlete_id)
    await here.run(athlete_id)
    assert await marked(here) == {activity.id}
    here.strip_streams(activity.id)
    here.simulator.edit_activity(activity.id, sport_type="Run" if activity.sport_type != "Run" else "TrailRun")
    here.clock.pass_(hours=2)
    await here.run(athlete_id)
    assert await marked(here) == set()
