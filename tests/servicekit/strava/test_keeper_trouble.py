from __future__ import annotations

import pytest
from sqlalchemy import update

from servicekit.base.vault import SealBroken, Vault
from servicekit.strava.errors import NotConnected, ReauthRequired, StravaUnavailable
from servicekit.strava.oauth import StravaOAuth, Tokens
from simulators.strava.application.fault_menu import PlannedFault
from tests.servicekit.strava.conftest import House
from tests.servicekit.strava.support import HOUR_S, LIFE_S, MINUTE, TokenRow


async def test_an_outage_serves_the_token_that_still_lives(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    house.clock.advance(LIFE_S - 1800)
    house.transport.down = True
    ready = await process.keeper.access_token(athlete_id)
    assert house.honours(athlete_id, ready.access_token)


async def test_an_outage_with_no_living_token_says_when_to_come_back(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    house.clock.advance(LIFE_S)
    house.transport.down = True
    with pytest.raises(StravaUnavailable) as told:
        await process.keeper.access_token(athlete_id)
    assert told.value.retry_after_s is not None
    assert told.value.retry_after_s > 0
    assert (await house.row(process, athlete_id)).state == "active"


async def test_thirty_minutes_of_outage_cost_few_probes_however_many_ask(house: House):
    process = house.start()
    athletes = [await house.connect(process) for _ in range(10)]
    house.clock.advance(LIFE_S)
    house.transport.down = True
    for _ in range(60):
        for athlete_id in athletes[:3]:
            with pytest.raises(StravaUnavailable):
                await process.keeper.access_token(athlete_id)
        house.clock.advance(30)
    assert house.transport.refreshes() <= 40
    house.transport.down = False
    house.clock.advance(60)
    for athlete_id in athletes:
        assert house.honours(athlete_id, (await process.keeper.access_token(athlete_id)).access_token)


@pytest.mark.parametrize("kind", ["html", "empty", "rate_limited"])
async def test_trouble_at_strava_never_ends_a_connection(house: House, kind: str):
    process = house.start()
    athlete_id = await house.connect(process)
    house.clock.advance(LIFE_S)
    house.simulator.faults.order(PlannedFault(kind=kind, path="/oauth/token"))  # type: ignore[arg-type] - a parameter
    with pytest.raises(StravaUnavailable):
        await process.keeper.access_token(athlete_id)
    house.clock.advance(900)
    assert house.honours(athlete_id, (await process.keeper.access_token(athlete_id)).access_token)


@pytest.mark.parametrize("rotation", ["stable", "grace"])
@pytest.mark.parametrize("kind", ["cut", "reset", "html"])
async def test_a_lost_answer_loses_nobody_unless_rotation_is_strict(house: House, rotation: str, kind: str):
    house.simulator.switches.rotation = rotation  # type: ignore[assignment] - a parameter
    process = house.start()
    athlete_id = await house.connect(process)
    house.clock.advance(LIFE_S)
    fault = PlannedFault(kind=kind, path="/oauth/token", after=True)  # type: ignore[arg-type] - a parameter
    house.simulator.faults.order(fault)
    with pytest.raises(StravaUnavailable):
        await process.keeper.access_token(athlete_id)
    house.clock.advance(60)
    ready = await process.keeper.access_token(athlete_id)
    assert house.honours(athlete_id, ready.access_token)
    assert (await house.row(process, athlete_id)).state == "active"


async def test_a_lease_of_a_dead_process_lapses(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    house.clock.advance(LIFE_S)
    now = house.clock.now()
    assert await process.store.lease(athlete_id, now=now, until=now + MINUTE, doubt=False)
    house.clock.advance(61)
    assert house.honours(athlete_id, (await process.keeper.access_token(athlete_id)).access_token)


async def test_a_lease_that_is_never_freed_is_answered_with_unavailable(house: House):
    process = house.start(wait_s=0.05)
    athlete_id = await house.connect(process)
    house.clock.advance(LIFE_S)
    now = house.clock.now()
    assert await process.store.lease(athlete_id, now=now, until=now + MINUTE, doubt=False)
    with pytest.raises(StravaUnavailable):
        await process.keeper.access_token(athlete_id)
    assert house.transport.refreshes() == 0


async def test_someone_without_tokens_is_not_connected(house: House):
    with pytest.raises(NotConnected):
        await house.start().keeper.access_token(4711)


async def test_tokens_deleted_during_a_refresh_stay_deleted(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    (caller,) = await house.held(athlete_id, process)
    with process.database.transaction() as session:
        session.execute(TokenRow.__table__.delete())
    house.transport.gate.set()
    with pytest.raises(NotConnected):
        await caller
    assert await process.store.read(athlete_id) is None


async def test_tokens_pasted_from_another_athlete_do_not_open(house: House):
    process = house.start()
    victim, thief = await house.connect(process), await house.connect(process)
    row = await house.row(process, victim)
    pasted = {"access_sealed": row.sealed.access_token, "refresh_sealed": list(row.sealed.refresh_tokens)}
    with process.database.transaction() as session:
        session.execute(update(TokenRow).where(TokenRow.athlete_id == thief).values(**pasted))
    with pytest.raises(SealBroken):
        await process.keeper.access_token(thief)
    house.clock.advance(LIFE_S)
    for _ in range(3):
        with pytest.raises(ReauthRequired):
            await process.keeper.access_token(thief)
    assert house.transport.refreshes() == 0
    assert (await house.row(process, thief)).state == "quarantined"


async def test_quarantined_tokens_that_are_put_back_work_again(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    own = (await house.row(process, athlete_id)).sealed
    mine = update(TokenRow).where(TokenRow.athlete_id == athlete_id)
    for sealed, expected in ((["v1.k1." + "A" * 60], ReauthRequired), (list(own.refresh_tokens), None)):
        with process.database.transaction() as session:
            session.execute(mine.values(refresh_sealed=sealed))
        house.clock.advance(LIFE_S)
        if expected is not None:
            with pytest.raises(expected):
                await process.keeper.access_token(athlete_id)
    ready = await process.keeper.access_token(athlete_id)
    assert house.honours(athlete_id, ready.access_token)
    assert (await house.row(process, athlete_id)).state == "active"


async def test_a_changed_access_token_is_replaced_by_a_refresh(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    house.clock.advance(HOUR_S)
    spoilt = update(TokenRow).where(TokenRow.athlete_id == athlete_id).values(access_sealed="v1.k1." + "A" * 60)
    with process.database.transaction() as session:
        session.execute(spoilt)
    ready = await process.keeper.access_token(athlete_id)
    assert house.honours(athlete_id, ready.access_token)
    assert house.transport.refreshes() == 1


async def test_a_vault_without_the_key_touches_no_connection(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    house.vault = Vault({"k2": bytes(32)})
    with pytest.raises(SealBroken):
        await house.start().keeper.access_token(athlete_id)
    assert (await house.row(process, athlete_id)).state == "active"


class OddExpiry:
    """A Strava that never says a usable expiry."""

    def __init__(self, oauth: StravaOAuth) -> None:
        self._oauth = oauth
        self.calls = 0

    async def refresh(self, refresh_token: object) -> Tokens:
        self.calls += 1
        tokens = await self._oauth.refresh(refresh_token)  # type: ignore[arg-type] - passed on
        return Tokens(tokens.access_token, tokens.refresh_token, 0)


async def test_an_unusable_expiry_causes_no_refresh_loop(house: House):
    process = house.start()
    athlete_id = await house.connect(process)
    house.clock.advance(LIFE_S)
    odd = OddExpiry(house.oauth)
    process.keeper._oauth = odd
    for _ in range(20):
        await process.keeper.access_token(athlete_id)
        house.clock.advance(1)
    assert odd.calls == 1
