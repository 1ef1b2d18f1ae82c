"""No state of an event is without a way out: its job is found again, or an operator replays it."""

from __future__ import annotations

from typing import Final, get_args

import pytest
from sqlalchemy import text

from ayda_service.webhooks.jobs import CHECK_CONSENT, FORWARD, dead_events, replay_event
from ayda_service.webhooks.models import EventState
from tests.ayda.support import Ayda, lose_jobs
from tests.ayda.webhooks.support import deauthorisation, event, run_job, send, states, told

BY_ITSELF: Final = {"new"}
WHEN_REPLAYED: Final = {"dead"}
AT_REST: Final = {"done", "ignored"}
"""Forgotten after a week."""


def test_every_state_of_an_event_is_accounted_for():
    assert set(get_args(EventState)) == BY_ITSELF | WHEN_REPLAYED | AT_REST


@pytest.mark.parametrize("about", [FORWARD, CHECK_CONSENT])
async def test_a_new_one_whose_job_is_lost_is_found_within_two_minutes(hooked: Ayda, about: str):
    athlete_id = await hooked.connect()
    await send(hooked, event(athlete_id) if about == FORWARD else deauthorisation(athlete_id))
    await lose_jobs(hooked)
    hooked.clock.advance(61)
    await run_job(hooked, "tidy_webhooks")
    assert (await hooked.queue.stats()).by_name[about] == 1


async def test_a_dead_one_waits_again_with_its_job_when_it_is_replayed(hooked: Ayda):
    athlete_id = await hooked.connect()
    await send(hooked, event(athlete_id))
    await lose_jobs(hooked)
    database = hooked.app.litestar.state["parts"].database
    await database.write(lambda session: session.execute(text("UPDATE webhook_event SET state = 'dead', tries = 4")))
    (dead,) = await dead_events(database, 10)
    assert await replay_event(database, hooked.queue, dead.id)
    assert (await hooked.queue.stats()).by_name[FORWARD] == 1
    await run_job(hooked, FORWARD, owner_id=athlete_id)
    assert (await states(hooked), len(told(hooked))) == (["done"], 1)
