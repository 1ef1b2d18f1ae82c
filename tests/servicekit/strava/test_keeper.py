from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import event, update

from servicekit.base.vault import Vault
from servicekit.strava.errors import ReauthRequired, StravaUnavailable
from servicekit.strava.oauth import Tokens
from servicekit.strava.tokens.seals import ReadyToken, TokenSeals
from servicekit.strava.tokens.store import token_columns
from tests.servicekit.strava.conftest import House
from tests.servicekit.strava.support import CALLERS, HOUR_S, LIFE_S, MINUTE, SCOPE, TokenRow


async def test_a_fresh_token_is_handed_out_without_asking_strava(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    ready = await process.keeper.access_token(athlete_id)
    assert house.transport.refreshes() == 0
    assert (ready.athlete_id, ready.scope) == (athlete_id, SCOPE)
    assert house.honours(athlete_id, ready.access_token)


class CountingVault(Vault):
    """Counts what it opens."""

    opened = 0

    def open(self, sealed: str, *, subject: str, purpose: str) -> str:
        self.opened += 1
        return super().open(sealed, subject=subject, purpose=purpose)


async def test_a_token_at_hand_costs_one_statement_and_one_opening(house: House):
    house.vault = vault = CountingVault({"k1": bytes(range(32))})
    process = house.start()
    athlete_id = await house.connect(process)
    statements: list[str] = []
    event.listen(process.database.engine, "before_cursor_execute", lambda *said: statements.append(said[2]))
    ready = await process.keeper.access_token(athlete_id)
    asked = [each for each in statements if not each.startswith("BEGIN")]
    assert (len(asked), vault.opened) == (1, 1)
    stored = await house.row(process, athlete_id)
    statements.clear()
    assert process.keeper.warm(athlete_id, stored) == ready
    assert (len(statements), vault.opened) == (0, 2)


async def test_a_row_whose_token_is_due_or_being_renewed_gives_no_token_at_hand(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    house.clock.advance(HOUR_S)
    stored = await house.row(process, athlete_id)
    assert process.keeper.warm(athlete_id, stored, force=True) is None
    house.transport.gate.clear()
    asking = asyncio.create_task(process.keeper.access_token(athlete_id, force=True))
    await house.transport.asked()
    assert process.keeper.warm(athlete_id, stored) is None
    house.transport.gate.set()
    await asking
    house.clock.advance(LIFE_S)
    assert process.keeper.warm(athlete_id, await house.row(process, athlete_id)) is None


async def test_200_callers_at_expiry_cause_one_refresh(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    callers = await house.held(athlete_id, *[process] * CALLERS)
    house.transport.gate.set()
    tokens = await asyncio.gather(*callers)
    assert house.transport.refreshes() == 1
    assert len({ready.access_token for ready in tokens}) == 1
    assert house.honours(athlete_id, tokens[0].access_token)
    assert house.holds_newest_refresh_token(athlete_id, await house.row(process, athlete_id))


async def test_callers_who_give_up_neither_stop_the_refresh_nor_start_a_second_one(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    callers = await house.held(athlete_id, *[process] * CALLERS)
    for caller in callers[::3]:
        caller.cancel()
    late = [asyncio.create_task(process.keeper.access_token(athlete_id)) for _ in range(20)]
    await asyncio.sleep(0.01)
    house.transport.gate.set()
    answers = await asyncio.gather(*callers, *late, return_exceptions=True)
    given = {answer.access_token for answer in answers if isinstance(answer, ReadyToken)}
    assert len([a for a in answers if isinstance(a, asyncio.CancelledError)]) == len(callers[::3])
    assert len(given) == 1
    assert house.transport.refreshes() == 1
    assert house.holds_newest_refresh_token(athlete_id, await house.row(process, athlete_id))


async def test_a_refresh_all_of_whose_callers_gave_up_is_still_kept(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    (caller,) = await house.held(athlete_id, process)
    caller.cancel()
    await asyncio.wait([caller])
    house.transport.gate.set()
    await process.keeper.close()
    assert house.holds_newest_refresh_token(athlete_id, await house.row(process, athlete_id))


async def test_two_processes_on_one_database_refresh_once(house: House):
    one, other = house.start(), house.start()
    athlete_id = await house.connect(one)
    callers = await house.held(athlete_id, *[one, other] * (CALLERS // 2))
    await asyncio.sleep(0.1)  # the other process has met the lease and waits
    house.transport.gate.set()
    tokens = await asyncio.gather(*callers)
    assert house.transport.refreshes() == 1
    assert len({ready.access_token for ready in tokens}) == 1


async def test_refreshes_of_many_athletes_do_not_disturb_each_other(house: House):
    process = house.start()
    athletes = [await house.connect(process) for _ in range(20)]
    house.clock.advance(LIFE_S)
    tokens = await asyncio.gather(*(process.keeper.access_token(each) for each in athletes for _ in range(5)))
    assert house.transport.refreshes() == len(athletes)
    assert all(house.honours(ready.athlete_id, ready.access_token) for ready in tokens)


@pytest.mark.parametrize(("left_s", "refreshes"), [(HOUR_S + 1, 0), (HOUR_S, 1), (1, 1), (-HOUR_S, 1)])
async def test_a_token_is_refreshed_when_an_hour_or_less_is_left(house: House, left_s: int, refreshes: int):
    process = house.start()
    athlete_id = await house.connect(process)
    house.clock.advance(LIFE_S - left_s)
    ready = await process.keeper.access_token(athlete_id)
    assert house.transport.refreshes() == refreshes
    assert ready.expires_at_s - house.clock.now().timestamp() > HOUR_S


async def test_force_asks_strava_although_the_token_looks_alive(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    house.clock.advance(HOUR_S)
    await process.keeper.access_token(athlete_id, force=True)
    assert house.transport.refreshes() == 1
    assert (await house.row(process, athlete_id)).state == "active"


async def test_force_right_after_a_refresh_gives_the_new_token_without_another_one(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    house.clock.advance(LIFE_S)
    first = await process.keeper.access_token(athlete_id)
    house.clock.advance(5)
    assert (await process.keeper.access_token(athlete_id, force=True)).access_token == first.access_token
    assert house.transport.refreshes() == 1


async def test_a_revoked_athlete_costs_one_refused_refresh_for_ever(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    house.simulator.authorizations.revoke_athlete(athlete_id)
    house.clock.advance(HOUR_S)
    for _ in range(5):
        with pytest.raises(ReauthRequired):
            await process.keeper.access_token(athlete_id, force=True)
        house.clock.advance(HOUR_S)
    assert house.transport.refreshes() == 1
    assert (await house.row(process, athlete_id)).state == "reauth_required"


async def test_an_athlete_revoked_after_many_rotations_costs_at_most_three_refused_refreshes(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    for _ in range(5):
        house.clock.advance(LIFE_S)
        await process.keeper.access_token(athlete_id)
    assert len((await house.row(process, athlete_id)).sealed.refresh_tokens) == 3
    before = house.transport.refreshes()
    house.simulator.authorizations.revoke_athlete(athlete_id)
    for _ in range(5):
        house.clock.advance(LIFE_S)
        with pytest.raises(ReauthRequired):
            await process.keeper.access_token(athlete_id)
    assert house.transport.refreshes() - before == 3


async def test_a_doubt_is_written_down_until_a_refresh_decides(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    house.clock.advance(HOUR_S)
    house.transport.down = True
    with pytest.raises(StravaUnavailable):
        await process.keeper.access_token(athlete_id, force=True)
    assert (await house.row(process, athlete_id)).state == "suspect"
    house.transport.down = False
    house.clock.advance(60)
    await process.keeper.access_token(athlete_id, force=True)
    assert (await house.row(process, athlete_id)).state == "active"


@pytest.mark.parametrize("rotation", ["strict", "grace", "stable"])
async def test_a_new_connection_made_during_a_refresh_is_never_overwritten(house: House, rotation: str):
    house.simulator.switches.rotation = rotation  # type: ignore[assignment] - a parameter
    process = house.start()
    athlete_id = await house.connect(process)
    (caller,) = await house.held(athlete_id, process)
    anew = await _connect_anew(house, athlete_id)
    house.transport.gate.set()
    ready = await caller
    assert house.honours(athlete_id, ready.access_token)
    stored = await house.row(process, athlete_id)
    assert stored.state == "active"
    seals = TokenSeals(house.vault, now=house.clock.now)
    assert seals.access_token(athlete_id, stored.sealed.access_token).reveal() == anew.access_token


async def _connect_anew(house: House, athlete_id: int) -> Tokens:
    """What a callback does meanwhile: new tokens, and the refresh under way is fenced off."""
    authorizations, now_s = house.simulator.authorizations, house.clock.now().timestamp()
    given = authorizations.exchange(authorizations.consent(athlete_id, tuple(SCOPE.split(",")), now_s), now_s)
    tokens = Tokens(given.access.token, given.refresh_token, given.access.expires_at)
    sealed = TokenSeals(house.vault, now=house.clock.now).seal(athlete_id, tokens)
    fresh = update(TokenRow).where(TokenRow.athlete_id == athlete_id)
    with house.processes[0].database.transaction() as session:
        session.execute(fresh.values(fence=TokenRow.fence + 1, **token_columns(sealed)))
    return tokens


async def test_a_process_that_was_away_for_longer_than_its_lease_changes_nothing(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    now = house.clock.now()
    first = await process.store.lease(athlete_id, now=now, until=now + MINUTE, doubt=False)
    second = await process.store.lease(athlete_id, now=now + 2 * MINUTE, until=now + 3 * MINUTE, doubt=False)
    assert first is not None
    assert second is not None
    before = await house.row(process, athlete_id)
    stale = TokenSeals(house.vault, now=house.clock.now).seal(athlete_id, Tokens("old", "old", 0))
    assert not await process.store.save(athlete_id, first.fence, stale)
    assert not await process.store.settle(athlete_id, first.fence, "reauth_required")
    await process.store.release(athlete_id, first.fence)
    assert await house.row(process, athlete_id) == before
    third = await process.store.lease(athlete_id, now=now + 2 * MINUTE, until=now + 3 * MINUTE, doubt=False)
    assert third is None
