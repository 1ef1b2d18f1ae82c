"""No state of a token is without a way out: a refresh, the key or the row that comes back, or connecting again."""

from __future__ import annotations

from typing import Final, get_args

import pytest
from sqlalchemy import delete, update

from servicekit.strava.errors import ReauthRequired
from servicekit.strava.tokens.seals import TokenState
from tests.servicekit.strava.conftest import House, Process
from tests.servicekit.strava.support import LIFE_S, TokenRow

BY_ITSELF: Final = {"active", "suspect"}
"""Whoever asks gets a token: Strava is asked for one."""
WHEN_PUT_RIGHT: Final = {"quarantined"}
WHEN_CONNECTED: Final = {"quarantined", "reauth_required"}


def test_every_state_of_a_token_is_accounted_for():
    assert set(get_args(TokenState)) == BY_ITSELF | WHEN_PUT_RIGHT | WHEN_CONNECTED


def put_in(process: Process, athlete_id: int, **values: object) -> None:
    mine = update(TokenRow).where(TokenRow.athlete_id == athlete_id)
    with process.database.transaction() as session:
        session.execute(mine.values(**values))


@pytest.mark.parametrize("state", sorted(BY_ITSELF | WHEN_PUT_RIGHT))
@pytest.mark.parametrize("leased", [False, True], ids=["free", "held by a process that died"])
async def test_a_token_that_opens_is_fresh_for_whoever_asks(house: House, state: str, leased: bool):
    process = house.start()
    athlete_id = await house.connect(process)
    if leased:
        now = house.clock.now()
        await process.store.lease(athlete_id, now=now, until=now, doubt=False)
    put_in(process, athlete_id, state=state)
    house.clock.advance(LIFE_S)
    ready = await process.keeper.access_token(athlete_id)
    assert house.honours(athlete_id, ready.access_token)
    assert (await house.row(process, athlete_id)).state == "active"


@pytest.mark.parametrize("state", sorted(WHEN_CONNECTED))
async def test_one_that_only_its_athlete_can_mend_says_so_and_is_mended_by_connecting(house: House, state: str):
    process = house.start()
    athlete_id = await house.connect(process)
    spoilt = {"refresh_sealed": ["v1.k1." + "A" * 60]} if state == "quarantined" else {}
    put_in(process, athlete_id, state=state, **spoilt)
    house.clock.advance(LIFE_S)
    with pytest.raises(ReauthRequired):
        await process.keeper.access_token(athlete_id)
    with process.database.transaction() as session:
        session.execute(delete(TokenRow))
    await house.connect(process, athlete_id)
    assert house.honours(athlete_id, (await process.keeper.access_token(athlete_id)).access_token)
