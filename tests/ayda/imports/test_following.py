"""Whoever sent an archive from the page hears in the chat what came of it: once, and whatever was interrupted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ayda_service.imports.jobs import LATEST_S, LONGEST, SOONEST_S, TRIED_AGAIN
from servicekit.jobs import Snooze
from tests.ayda.imports.support import IMPORT_ID, IMPORTS, archive, is_read, look, send, stands
from tests.ayda.strava.test_revocations import arguments
from tests.ayda.support import Ayda, problem


async def told(ayda: Ayda) -> list[dict[str, Any]]:
    return [each["notice"] for each in await arguments(ayda, "tell_member")]


async def test_an_import_is_looked_at_every_few_seconds_and_then_less_often(ayda: Ayda):
    stands(ayda.predictor, status="running", files_total=800, files_read=3)
    await send(ayda, archive())
    assert await look(ayda) == SOONEST_S
    ayda.clock.advance(200)
    assert await look(ayda) == 20
    ayda.clock.advance(3600)
    assert await look(ayda) == LATEST_S
    assert await told(ayda) == []


async def test_its_end_is_told_with_what_was_taken_and_what_was_not(ayda: Ayda):
    stands(ayda.predictor)
    await send(ayda, archive())
    is_read(ayda.predictor, added=6, dropped={"other_sport": 2})
    assert await look(ayda) is None
    [notice] = await told(ayda)
    assert (notice["type"], notice["state"]["added"]) == ("import_over", 6)


async def test_one_that_failed_may_still_be_tried_again_and_is_given_up_later(ayda: Ayda):
    await send_and_fail(ayda)
    assert await look(ayda) is not None
    ayda.clock.advance(TRIED_AGAIN.total_seconds() + 60)
    assert await look(ayda) is None
    assert [each["state"]["status"] for each in await told(ayda)] == ["failed"]


async def send_and_fail(ayda: Ayda) -> None:
    stands(ayda.predictor)
    await send(ayda, archive())
    finished_at = (ayda.clock.now() + timedelta(seconds=5)).isoformat()
    stands(ayda.predictor, status="failed", detail="Why.", finished_at=finished_at)


async def test_nobody_looks_for_ever(ayda: Ayda):
    stands(ayda.predictor, status="running")
    await send(ayda, archive())
    ayda.clock.advance(LONGEST.total_seconds() + 1)
    assert await look(ayda) is None
    assert await told(ayda) == []


async def test_an_import_that_is_gone_is_followed_no_more(ayda: Ayda):
    stands(ayda.predictor)
    await send(ayda, archive())
    ayda.predictor.answers["GET", f"{IMPORTS}/{IMPORT_ID}"] = (404, problem(404, "import_not_found"))
    assert await look(ayda) is None
    assert await told(ayda) == []


async def test_an_outage_is_waited_out(ayda: Ayda):
    stands(ayda.predictor)
    await send(ayda, archive())
    ayda.predictor.down = True
    assert await look(ayda) is not None


async def test_who_leaves_hears_nothing_of_it(ayda: Ayda):
    stands(ayda.predictor)
    await send(ayda, archive())
    ayda.clock.advance(1)
    assert (await ayda.http.delete("/api/v1/me", headers=ayda.as_member())).status_code == 200
    assert await arguments(ayda, "follow_import") == []


async def test_the_same_archive_twice_is_followed_once(ayda: Ayda):
    stands(ayda.predictor)
    for _ in range(2):
        await send(ayda, archive())
    assert len(await arguments(ayda, "follow_import")) == 1


@pytest.mark.parametrize("status", [401, 500])
async def test_trouble_between_the_services_is_not_the_end_of_it(ayda: Ayda, status: int):
    stands(ayda.predictor)
    await send(ayda, archive())
    ayda.predictor.answers["GET", f"{IMPORTS}/{IMPORT_ID}"] = (status, problem(status, "trouble"))
    if status == 500:
        assert await look(ayda) is not None
    else:
        with pytest.raises(Exception, match="refused") as raised:
            await look(ayda)
        assert not isinstance(raised.value, Snooze)
