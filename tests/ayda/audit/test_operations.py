"""Whatever is done with a token is in the chain, which still holds, and names nobody whose connection has ended."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from ayda_service.audit.service import Audit
from ayda_service.keys.rewrap import Rewrap
from servicekit.base.vault import Vault
from servicekit.strava.tokens.seals import TokenSeals
from tests.ayda.support import Ayda

HOUR_S = 3600


async def chain(ayda: Ayda) -> list[tuple[str, Any]]:
    """What was done, in its order, and whose token it was."""
    parts = ayda.app.litestar.state["parts"]
    verdict = await Audit(parts.database, now=ayda.clock.now).verify()
    assert verdict.broken_at is None
    with parts.database.reading() as session:
        rows = session.execute(text("SELECT reason, athlete_id FROM token_hand_out ORDER BY seq")).all()
    assert len(rows) == verdict.hand_outs
    return [(row.reason, row.athlete_id) for row in rows]


async def test_a_connection_its_hand_outs_and_refreshes_are_written_down(ayda: Ayda):
    athlete_id = await ayda.connect()
    await ayda.token()
    ayda.clock.advance(6 * HOUR_S)
    await ayda.token()
    assert await chain(ayda) == [(reason, athlete_id) for reason in ("connected", "asked", "refreshed", "asked")]


async def test_a_connection_that_ends_is_written_down_and_names_nobody(ayda: Ayda):
    await ayda.connect()
    answer = await ayda.http.post("/api/v1/strava/disconnect", headers=ayda.as_member())
    assert answer.status_code == 200, answer.text
    assert await chain(ayda) == [("connected", None), ("revoked", None)]


async def test_a_connection_that_strava_no_longer_honours_is_written_down_once(ayda: Ayda):
    athlete_id = await ayda.connect()
    ayda.simulator.authorizations.revoke_athlete(athlete_id)
    ayda.clock.advance(6 * HOUR_S)
    for _ in range(3):
        assert (await ayda.token()).status_code == 409
    assert [reason for reason, _ in await chain(ayda)].count("lost") == 1


async def test_a_rotation_of_keys_is_written_down_for_each_connection_it_seals_anew(ayda: Ayda):
    athlete_id = await ayda.connect()
    parts = ayda.app.litestar.state["parts"]
    vault = Vault({"k2": bytes(32), "k1": bytes(range(32))})
    for _ in range(2):  # the second time there is nothing to do
        await Rewrap(parts.database, vault, TokenSeals(vault, now=ayda.clock.now), now=ayda.clock.now).run()
    assert await chain(ayda) == [("connected", athlete_id), ("rotated", athlete_id)]
