"""No receipt stays `pending` while nobody works on it: what it waits for is a job, until it is done."""

from __future__ import annotations

from typing import Final, get_args

import pytest

from ayda_service.me.models import AtPredictor, AtStrava
from servicekit.jobs import Snooze
from tests.ayda.me.test_own_data import ERASED, erase, receipt
from tests.ayda.strava.test_revocations import arguments
from tests.ayda.support import Ayda
from tests.ayda.webhooks.support import job

BY_ITSELF: Final = {"pending"}
OVER_AT_STRAVA: Final = {"revoked", "not_connected", "connected_again", "given_up"}
OVER_AT_PREDICTOR: Final = {"done", "not_configured"}


def test_every_word_of_a_receipt_is_accounted_for():
    assert set(get_args(AtStrava)) == BY_ITSELF | OVER_AT_STRAVA
    assert set(get_args(AtPredictor)) == BY_ITSELF | OVER_AT_PREDICTOR


async def work(ayda: Ayda, kind: str) -> None:
    (args,) = await arguments(ayda, kind)
    await job(ayda, kind).run(args)


async def test_what_waits_for_both_neighbours_goes_on_however_long_they_are_away(ayda: Ayda):
    await ayda.connect()
    ayda.strava.down = ayda.predictor.down = True
    shown = await erase(ayda)
    assert (shown["strava"], shown["predictor"]) == ("pending", "pending")
    for kind in ("revoke_at_strava", "erase_at_predictor"):
        with pytest.raises(Snooze):
            await work(ayda, kind)
    ayda.clock.advance(3600)
    ayda.strava.down = ayda.predictor.down = False
    await work(ayda, "revoke_at_strava")
    await work(ayda, "erase_at_predictor")
    now = (await receipt(ayda, shown["id"])).json()
    assert (now["strava"], now["predictor"]) == ("revoked", "done")
    assert now["finished_at"] is not None


async def test_a_strava_that_stays_away_is_given_up_after_a_day_and_the_receipt_says_so(ayda: Ayda):
    await ayda.connect()
    ayda.strava.down = True
    shown = await erase(ayda)
    ayda.clock.advance(25 * 3600)
    await work(ayda, "revoke_at_strava")
    assert (await receipt(ayda, shown["id"])).json()["strava"] == "given_up"


async def test_a_predictor_that_refuses_to_erase_is_asked_again_until_it_does(ayda: Ayda):
    shown = await erase(ayda)
    good = ayda.predictor.answers["DELETE", ERASED]
    ayda.predictor.answers["DELETE", ERASED] = (422, {"code": "validation_failed", "detail": "No.", "status": 422})
    with pytest.raises(Snooze):
        await work(ayda, "erase_at_predictor")
    ayda.predictor.answers["DELETE", ERASED] = good
    await work(ayda, "erase_at_predictor")
    assert (await receipt(ayda, shown["id"])).json()["predictor"] == "done"
