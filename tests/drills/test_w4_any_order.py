"""W4: whatever the order, repetition and loss of events, what is stored becomes what Strava has."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from predictor_service.sync.plan import SPORTS
from tests.drills.reporting import DRILL
from tests.drills.virtual_time import Predictor, predictor
from tests.predictor.sync.world import MEMBER

STEPS_WANTED: Final = int(os.environ.get("AYDA_W4_STEPS", "3000")) if DRILL else 60
"""The 100,000 of the bar take hours: they are for a machine that has them."""
SHORTEST, LONGEST = (100, 140) if DRILL else (1, 12)
EXAMPLES: Final = -(-STEPS_WANTED // SHORTEST) if DRILL else 12
COMPARED_EVERY: Final = 10
checked = {"runs": 0, "steps": 0, "comparisons": 0}


@dataclass(frozen=True)
class Step:
    """Something that happens at Strava, and when its event arrives: by how many steps late, how often."""

    what: Literal["create", "delete", "flip", "edit"]
    which: int
    late: int
    copies: int


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(["create", "create", "delete", "flip", "edit"]),
        st.integers(0, 5),
        st.integers(0, 3),
        st.integers(0, 2),
    ),
    min_size=SHORTEST,
    max_size=LONGEST,
)


@seed(4)
@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def _any_order(steps: list[Step]) -> None:
    asyncio.run(_scenario(steps))
    checked["runs"] += 1
    checked["steps"] += len(steps)


def test_the_final_state_is_stravas_whatever_the_order_of_events(figure: Callable[[str], None]):
    _any_order()
    figure(
        f"W4: {checked['runs']} sequences, {checked['steps']} steps, state equal at all of {checked['comparisons']} "
        "comparisons"
    )
    assert checked["steps"] >= STEPS_WANTED


async def _scenario(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with predictor(Path(folder)) as running:
            here = running.here
            athlete_id, strava_id = await here.athlete(2)
            await here.run(athlete_id)
            mail: list[tuple[int, int, str]] = []
            for number, step in enumerate(steps):
                activity_id, aspect = _happen(running, strava_id, step)
                mail += [(number + step.late + copy, activity_id, aspect) for copy in range(step.copies)]
                for due, told, kind in sorted(mail, reverse=True):
                    if due <= number:
                        await running.tell(MEMBER, strava_id, told, kind)
                mail = [each for each in mail if each[0] > number]
                await running.passes(minutes=7)
                if number % COMPARED_EVERY == COMPARED_EVERY - 1 or number == len(steps) - 1:
                    await _compare(running, athlete_id, strava_id)


async def _compare(running: Predictor, athlete_id: UUID, strava_id: int) -> None:
    """Once it is quiet and the athlete was visited, what is stored is what Strava has."""
    await running.passes(hours=1)
    await running.visit(athlete_id)
    await running.passes(hours=1)
    stored = {key: row.sport_type for key, row in (await running.here.activities(athlete_id)).items()}
    truth = {each.id: each.sport_type for each in running.here.simulator.activities_of(strava_id)}
    assert stored == {key: sport for key, sport in truth.items() if sport in SPORTS}
    checked["comparisons"] += 1


def _happen(running: Predictor, strava_id: int, step: Step) -> tuple[int, str]:
    """Does it at Strava; the activity and the aspect of the event about it."""
    simulator = running.here.simulator
    known = sorted(each.id for each in simulator.activities_of(strava_id))
    if step.what == "create" or not known:
        (activity_id,) = simulator.generate_activities(strava_id, 1, days=5)
        started_at = running.here.clock() - timedelta(hours=3)
        simulator.edit_activity(activity_id, started_at=started_at, sport_type="TrailRun")
        return activity_id, "create"
    activity_id = known[step.which % len(known)]
    if step.what == "delete":
        simulator.delete_activity(activity_id)
        return activity_id, "delete"
    if step.what == "flip":
        # hidden and shown again within a step: a deletion and a creation, of which the first may be the last to arrive
        return activity_id, "delete" if step.which % 2 else "create"
    sport = "Ride" if step.which % 2 else "Hike"
    simulator.edit_activity(activity_id, sport_type=sport)
    return activity_id, "update"
