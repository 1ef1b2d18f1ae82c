"""W3: a storm of events, each three times and in no order: none lost, and little work for the predictor."""

from __future__ import annotations

import asyncio
import random
import resource
from collections.abc import Callable

from tests.ayda.support import Ayda
from tests.ayda.webhooks.support import EVENT_TIME, event, post, run_job, states, told

AT_ONCE = 40


async def test_a_storm_is_taken_in_whole_and_told_once_for_each_activity(
    hooked: Ayda, drill: bool, figure: Callable[[str], None]
):
    athletes, events_each = (100, 100) if drill else (8, 40)
    owners = [await hooked.connect(1_000_000 + number) for number in range(athletes)]
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    storm = [
        event(owner, 1 + owner * 1000 + number // 4, "update", event_time=EVENT_TIME + number)
        for owner in owners
        for number in range(events_each)
    ]
    sent = storm * 3
    random.Random(3).shuffle(sent)
    begun = asyncio.get_running_loop().time()
    for start in range(0, len(sent), AT_ONCE):
        await _until_taken(hooked, sent[start : start + AT_ONCE])
    took_s = asyncio.get_running_loop().time() - begun
    waiting = (await hooked.queue.stats()).by_name["forward_events"]
    for owner in owners:
        for _ in range(-(-events_each // 200)):
            await run_job(hooked, "forward_events", owner_id=owner)
    grown_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib) / 1024
    activities = len({(each["owner_id"], each["object_id"]) for each in storm})
    left = [state for state in await states(hooked) if state != "done"]
    figure(
        f"W3: {len(sent)} deliveries of {len(storm)} events about {activities} activities of {athletes} athletes in "
        f"{took_s:.1f} s: {len(left)} lost, {waiting} jobs, {len(told(hooked))} notices, "
        f"{grown_mib:.0f} MiB more memory"
    )
    assert left == []
    assert len(await states(hooked)) == len(storm)
    assert waiting == athletes
    assert len(told(hooked)) == activities
    assert grown_mib < 200


async def _until_taken(ayda: Ayda, events: list[dict[str, object]]) -> None:
    """Strava sends again what was answered with a 503."""
    while events:
        answers = await asyncio.gather(*(post(ayda, each) for each in events))
        events = [each for each, answer in zip(events, answers, strict=True) if answer.status_code != 200]
