from __future__ import annotations

from predictor_service.activities.store import ActivityStore
from predictor_service.settings import Settings
from predictor_service.sync.listing import Pages
from predictor_service.sync.plan import Portions
from servicekit.data.database import Database
from tests.predictor.sync.world import World, world


async def test_a_first_look_reads_the_most_telling_activities_and_leaves_the_rest_to_the_next_run(
    database: Database, sync_settings: Settings
):
    async with world(database, sync_settings, portions=Portions(first_look=6, portion=4)) as here:
        athlete_id, strava_id = await here.athlete(12)
        outcome = await here.run(athlete_id)
        assert outcome.status == "success", outcome
        assert (outcome.tally.synced, outcome.tally.new, outcome.tally.updated) == (12, 12, 0)
        assert len(here.stream_reads()) == 6
        state = await here.sync.service.state(strava_id)
        assert (state.status, state.activities_known, state.activities_read) == ("success", 12, 6)
        assert [(name, priority) for name, _, _, priority in here.queue.put_jobs] == [("sync_athlete", 0)]
        await here.run(athlete_id)
        assert len(here.stream_reads()) == 10


async def test_every_activity_ends_with_features_from_its_streams(here: World):
    athlete_id, _ = await here.athlete(8)
    await here.run(athlete_id)
    stored = await here.activities(athlete_id)
    assert len(stored) == 8
    assert {each.features_source for each in stored.values()} == {"streams"}
    with here.database.reading() as session:
        features = ActivityStore(session).features_of(athlete_id)
    assert all(each.usable for each in features)


async def test_what_was_read_is_never_asked_for_again(here: World):
    athlete_id, _ = await here.athlete(8)
    await here.run(athlete_id)
    before = here.reads()
    here.clock.pass_(hours=1)
    outcome = await here.run(athlete_id)
    assert outcome.tally.synced == 8
    assert outcome.tally.new == 0
    assert here.reads("/api/v3/activities/") == 8
    assert here.reads() - before == 1, "an athlete who is up to date costs one read"


async def test_the_profile_is_fitted_after_five_activities_every_twenty_five_and_at_the_end(here: World):
    athlete_id, _ = await here.athlete(28)
    await here.run(athlete_id)
    assert here.profiles.fitted_with == [5, 25, 28]


async def test_a_history_longer_than_a_page_is_listed_to_its_end(here: World):
    _, strava_id = await here.athlete(7)
    result = await here.sync.service.sync_now(strava_id, Pages(per_page=3))
    assert (result.synced_count, result.new_count, result.pages_fetched) == (7, 7, 4)
