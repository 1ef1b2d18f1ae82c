"""Of what Strava answers a forecast's grounds alone are kept: nothing redraws a track, each row says its source."""

from __future__ import annotations

from typing import Any

from predictor_service.models import Base
from tests.every_row import every_row
from tests.predictor.sync.world import World

MOST_BYTES = 600
"""Of what is known of an activity beyond its list entry, however long it was."""
OUTINGS = 3


def places(here: World, strava_id: int) -> set[str]:
    """Where the athlete has been, to ten metres, as a text would tell it."""
    tracks = [activity.track for activity in here.simulator.activities_of(strava_id)]
    return {f"{degrees:.4f}" for track in tracks for degrees in (*track.lat_deg, *track.lon_deg)}


async def test_no_row_tells_where_an_athlete_has_been_nor_is_as_long_as_their_way(here: World):
    athlete_id, strava_id = await here.athlete(OUTINGS)
    await here.run(athlete_id)
    known = (await here.activities(athlete_id)).values()
    assert [each.features_source for each in known] == ["streams"] * OUTINGS
    assert {each.provenance for each in known} == {"strava_api"}
    assert all(each.features is not None and len(each.features) <= MOST_BYTES for each in known)
    kept = every_row(here.database, Base.metadata)
    been = places(here, strava_id)
    assert been
    assert not [text for text in texts(kept) if any(place in text for place in been)]


def texts(kept: dict[str, list[tuple[Any, ...]]]) -> list[str]:
    return [repr(value) for rows in kept.values() for row in rows for value in row]
