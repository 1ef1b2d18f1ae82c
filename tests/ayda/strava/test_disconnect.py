from __future__ import annotations

from tests.ayda.support import MEMBER, OTHER, Ayda, assert_problem, init_data

DISCONNECT = "/api/v1/strava/disconnect"


async def test_disconnecting_ends_the_consent_at_strava_and_forgets_the_tokens(ayda: Ayda):
    athlete_id = await ayda.connect()
    answer = await ayda.http.post(DISCONNECT, headers=ayda.as_member())
    assert answer.status_code == 200
    assert answer.json()["state"] == "not_connected"
    assert ayda.simulator.authorizations.of(athlete_id) is None
    assert_problem(await ayda.token(), 404, "strava_not_connected")


async def test_disconnecting_touches_nobody_else(ayda: Ayda):
    await ayda.connect(MEMBER)
    other = await ayda.connect(OTHER)
    await ayda.http.post(DISCONNECT, headers=ayda.as_member(MEMBER))
    assert (await ayda.status(OTHER))["athlete_id"] == other
    assert (await ayda.token(OTHER)).status_code == 200


async def test_disconnecting_a_connection_that_is_dead_at_strava_works(ayda: Ayda):
    athlete_id = await ayda.connect()
    ayda.simulator.authorizations.revoke_athlete(athlete_id)
    assert (await ayda.http.post(DISCONNECT, headers=ayda.as_member())).status_code == 200
    assert (await ayda.status())["state"] == "not_connected"


async def test_someone_without_a_connection_is_told_so(ayda: Ayda):
    assert_problem(await ayda.http.post(DISCONNECT, headers=ayda.as_member()), 404, "strava_not_connected")


async def test_during_an_outage_nothing_is_forgotten_that_could_not_be_revoked(ayda: Ayda):
    await ayda.connect()
    ayda.strava.down = True
    answer = await ayda.http.post(DISCONNECT, headers=ayda.as_member())
    assert_problem(answer, 503, "strava_unavailable")
    assert "retry-after" in answer.headers
    assert (await ayda.status())["state"] == "connected"


async def test_disconnecting_needs_a_proof_of_the_last_five_minutes(ayda: Ayda):
    await ayda.connect()
    stale = {"Authorization": f"tma {init_data(ayda.clock, age_s=301)}"}
    assert_problem(await ayda.http.post(DISCONNECT, headers=stale), 401, "init_data_expired")
    assert_problem(await ayda.http.post(DISCONNECT), 401, "invalid_init_data")
    assert (await ayda.status())["state"] == "connected"


async def test_connecting_after_disconnecting_works(ayda: Ayda):
    athlete_id = await ayda.connect()
    await ayda.http.post(DISCONNECT, headers=ayda.as_member())
    await ayda.connect(athlete_id=athlete_id)
    assert (await ayda.token()).status_code == 200
