"""W4: whatever the order, repetition and loss of events, what is stored becomes what Strava has."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

import msgspec
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from predictor_service.sync.plan import SPORTS
from simulators.strava.world.recording import RecordingPlan
from tests.drills.reporting import DRILL
from tests.drills.virtual_time import Predictor, predictor
from tests.predictor.sync.world import MEMBER

STEPS_WANTED: Final = int(os.environ.get("AYDA_W4_STEPS", "100000")) if DRILL else 60
LENGTH: Final = 1000
"""Things that happen in a life of the long form, at most: a new predictor costs as much as some fifty of them."""
EXAMPLES: Final = -(-STEPS_WANTED // LENGTH) if DRILL else 12
COMPARED_EVERY: Final = 25 if DRILL else 10
KNOWN: Final = 30
PAUSES_MIN: Final = (0, 0, 0, 1, 7, 20)
"""Several things happen before anybody has looked; then jobs run."""
SHORT_M: Final = 3000.0
checked = Counter[str]()
"""Every step: what happened, each event that was told of it, each time that passed and each comparison."""
What = Literal["create", "delete", "flip", "edit"]
WHATS: Final[tuple[What, ...]] = ("create", "delete", "flip", "edit")


@dataclass(frozen=True)
class Step:
    """Something that happens at Strava, and when its event arrives: by how many steps late, how often."""

    what: What
    which: int
    late: int
    copies: int
    pause_min: int


def life(seed_: int, length: int) -> list[Step]:
    """More steps than hypothesis would draw one by one; by its own arguments it is still made shorter."""
    chance = random.Random(seed_)
    return [
        Step(chance.choice(WHATS), chance.randrange(KNOWN), *_on_its_way(chance), chance.choice(PAUSES_MIN))
        for _ in range(length)
    ]


def _on_its_way(chance: random.Random) -> tuple[int, int]:
    return chance.randrange(4), chance.randrange(3)


ONE_BY_ONE = st.lists(
    st.builds(
        Step,
        st.sampled_from(["create", *WHATS]),
        st.integers(0, 5),
        st.integers(0, 3),
        st.integers(0, 2),
        st.sampled_from(PAUSES_MIN),
    ),
    min_size=1,
    max_size=12,
)

FORM: Final = settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


@seed(4)
@FORM
@given(ONE_BY_ONE)
def _any_order(steps: list[Step]) -> None:
    asyncio.run(_scenario(steps))


@seed(4)
@FORM
@given(st.integers(0, 2**32), st.integers(LENGTH // 2, LENGTH))
def _any_life(seed_: int, length: int) -> None:
    if checked.total() < STEPS_WANTED:
        asyncio.run(_scenario(life(seed_, length)))


def test_the_final_state_is_stravas_whatever_the_order_of_events(figure: Callable[[str], None], drill: bool):
    (_any_life if drill else _any_order)()
    figure(
        f"W4: {checked.total()} steps: {checked['happened']} things happened, {checked['told']} events told, "
        f"{checked['passed']} times something had passed; state equal at all of {checked['compared']} comparisons"
    )
    assert checked.total() >= STEPS_WANTED


async def _scenario(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with predictor(Path(folder)) as running:
            here = running.here
            athlete_id, strava_id = await here.athlete(2)
            await here.run(athlete_id)
            mail: list[tuple[int, int, str]] = []
            for number, step in enumerate(steps):
                activity_id, aspect = _happen(running, strava_id, step)
                checked["happened"] += 1
                mail += [(number + step.late + copy, activity_id, aspect) for copy in range(step.copies)]
                for due, told, kind in sorted(mail, reverse=True):
                    if due <= number:
                        await running.tell(MEMBER, strava_id, told, kind)
                        checked["told"] += 1
                mail = [each for each in mail if each[0] > number]
                if step.pause_min:
                    await running.passes(minutes=step.pause_min)
                    checked["passed"] += 1
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
    checked["compared"] += 1


def _happen(running: Predictor, strava_id: int, step: Step) -> tuple[int, str]:
    """Does it at Strava; the activity and the aspect of the event about it."""
    simulator = running.here.simulator
    known = sorted(each.id for each in simulator.activities_of(strava_id))
    if step.what == "create" or not known:
        (activity_id,) = simulator.generate_activities(strava_id, 1, days=5)
        made = simulator.activity(activity_id)
        assert made is not None
        started_at = running.here.clock() - timedelta(hours=3)
        simulator.edit_activity(activity_id, started_at=started_at, sport_type="TrailRun", source=_short(made.source))
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


def _short(plan: object) -> RecordingPlan:
    """A recording of some minutes: what is in it is not what this is about."""
    assert isinstance(plan, RecordingPlan)
    return msgspec.structs.replace(plan, length_m=SHORT_M)
