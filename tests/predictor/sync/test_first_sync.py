from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session

from predictor_service.activities.store import ActivityStore
from predictor_service.settings import Settings
from predictor_service.sync.listing import Pages
from predictor_service.sync.plan import Portions
from servicekit.data.database import Database
from tests.predictor.sync.world import FakeProfiles, World, world


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


@dataclass
class Watched(FakeProfiles):
    """Remembers how much was read before each fit."""

    reads: Callable[[], int] = int
    fitted_after: list[int] = field(default_factory=list)

    def rebuild(self, session: Session, athlete_id: UUID) -> None:
        self.fitted_after.append(self.reads())
        super().rebuild(session, athlete_id)


async def test_a_first_profile_is_there_after_seven_reads_and_the_first_look_is_over_after_32_with_its_lists(
    database: Database, sync_settings: Settings
):
    profiles = Watched()
    async with world(database, sync_settings, profiles=profiles) as here:
        profiles.reads = here.reads
        athlete_id, _ = await here.athlete(60)
        await here.run(athlete_id)
        assert profiles.fitted_after[0] <= 2 + Portions().first_profile_after
        assert profiles.fitted_with[0] > 0, "what was read first teaches"
        assert len(here.stream_reads()) == Portions().first_look
        assert profiles.fitted_after[-1] == here.reads() == 32
