"""Who changes to another Strava athlete leaves nothing alive behind."""

from __future__ import annotations

from sqlalchemy import text

from ayda_service.settings import Settings
from tests.ayda.support import MEMBER, OTHER, Ayda, World, eventually


async def waiting(ayda: Ayda) -> int:
    with ayda.app.litestar.state["parts"].database.reading() as session:
        return int(session.execute(text("SELECT count(*) FROM strava_revocation")).scalar_one())


async def test_the_former_athletes_consent_is_ended_at_strava(world: World, with_worker: Settings):
    async with world.running(with_worker) as ayda:
        former = await ayda.connect()
        second = await ayda.connect()
        await eventually(lambda: world.simulator.authorizations.of(former) is None)
        assert world.simulator.authorizations.of(second) is not None
        assert (await ayda.token()).status_code == 200


async def test_the_revocation_waits_for_a_strava_that_is_away(world: World, settings: Settings, with_worker: Settings):
    async with world.running(settings) as ayda:
        former = await ayda.connect()
        await ayda.connect()
        assert await waiting(ayda) == 1
    world.strava.down = True
    async with world.running(with_worker):
        await eventually(lambda: ("/oauth/revoke", "") in world.strava.requests)
        assert world.simulator.authorizations.of(former) is not None
    world.strava.down = False
    world.clock.advance(120)
    async with world.running(with_worker) as ayda:
        await eventually(lambda: world.simulator.authorizations.of(former) is None)


async def test_a_former_athlete_whom_somebody_has_connected_anew_is_left_alone(
    world: World, settings: Settings, with_worker: Settings
):
    async with world.running(settings) as ayda:
        former = await ayda.connect(MEMBER)
        await ayda.connect(MEMBER)
        await ayda.connect(OTHER, former)
    async with world.running(with_worker) as ayda:
        await eventually(lambda: bool(world.predictor.notices()))
        parts = ayda.app.litestar.state["parts"]
        while (await parts.queue.stats()).ready:
            world.clock.advance(1)
        assert (await ayda.token(OTHER)).status_code == 200
    assert world.simulator.authorizations.of(former) is not None


async def test_connecting_the_same_athlete_again_revokes_nothing(ayda: Ayda):
    athlete_id = await ayda.connect()
    await ayda.connect(athlete_id=athlete_id)
    assert await waiting(ayda) == 0
