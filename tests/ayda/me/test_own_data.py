from __future__ import annotations

import asyncio
import json
from typing import Any

from ayda_service.models import Base
from ayda_service.settings import Settings
from servicekit.data.personal_rows import personal_tables
from tests.ayda.support import MEMBER, OTHER, Ayda, World, assert_problem, eventually, init_data

NAMES_NOBODY = {
    "alarm": "conditions of the service",
    "operator_action": "what operators did, to jobs and events",
    "erasure": "receipts outlive the member",
    "erasure_mark": "keyed hashes, for two days",
    "listed_erasures": "up to when a file is known",
    "job": "forgotten through the queue",
    "oauth_code_seen": "digests of codes, for an hour",
    "strava_outage": "one row about Strava",
    "strava_upload_slot": "three seats",
    "token_hand_out_chain": "the ends of the chain",
    "webhook_subscription": "the app's own",
}
ERASED = f"/api/v1/internal/athletes/{MEMBER}"


async def erase(ayda: Ayda, telegram_id: int = MEMBER) -> dict[str, Any]:
    answer = await ayda.http.delete("/api/v1/me", headers=ayda.as_member(telegram_id))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def receipt(ayda: Ayda, receipt_id: str, telegram_id: int = MEMBER) -> Any:
    return await ayda.http.get(f"/api/v1/me/erasures/{receipt_id}", headers=ayda.as_member(telegram_id))


async def predict(ayda: Ayda, telegram_id: int = MEMBER) -> None:
    body = {"gpx_file_id": "x"}
    answer = await ayda.http.post("/api/v1/predictions", json=body, headers=ayda.as_member(telegram_id))
    assert answer.status_code == 201, answer.text


async def test_an_erased_member_was_never_there(ayda: Ayda):
    athlete_id = await ayda.connect()
    await ayda.token()
    await predict(ayda)
    shown = await erase(ayda)
    assert (shown["what"], shown["strava"], shown["predictor"]) == ("everything", "revoked", "pending")
    once = ("member", "oauth_state", "strava_token", "prediction", "daily_use", "job")
    assert shown["erased_in_ayda"] == {**dict.fromkeys(once, 1), "token_hand_out": 2}  # connected, and handed out
    assert ayda.simulator.authorizations.of(athlete_id) is None
    assert_problem(await ayda.token(), 404, "user_not_found")
    ayda.clock.advance(1)
    exported = (await ayda.http.get("/api/v1/me/export", headers=ayda.as_member())).json()
    assert exported["ayda"] == {}


async def test_the_predictor_forgets_the_member_too(world: World, with_worker: Settings):
    async with world.running(with_worker) as ayda:
        await ayda.connect()
        shown = await erase(ayda)
        await eventually(lambda: bool(world.predictor.asked(ERASED)))
        async with asyncio.timeout(15):
            while not (now := (await receipt(ayda, shown["id"])).json())["finished_at"]:  # noqa: ASYNC110 - a condition
                await asyncio.sleep(0.02)
    assert now["predictor"] == "done"
    assert now["erased_in_predictor"] == {"athlete": 1}


async def test_erasing_touches_nobody_else(ayda: Ayda):
    await ayda.connect(MEMBER)
    other = await ayda.connect(OTHER)
    await erase(ayda, MEMBER)
    assert (await ayda.status(OTHER))["athlete_id"] == other


async def test_a_stranger_may_be_erased_and_had_nothing(ayda: Ayda):
    assert (await erase(ayda, 77))["erased_in_ayda"] == {}


async def test_without_a_predictor_there_is_nothing_to_wait_for(world: World, alone: Settings):
    async with world.running(alone) as ayda:
        await ayda.connect()
        shown = await erase(ayda)
        ayda.clock.advance(1)
        exported = (await ayda.http.get("/api/v1/me/export", headers=ayda.as_member())).json()
    assert shown["predictor"] == "not_configured"
    assert shown["finished_at"] is not None
    assert exported["predictor"] is None


async def test_a_receipt_is_shown_to_nobody_else(ayda: Ayda):
    shown = await erase(ayda)
    assert (await receipt(ayda, shown["id"])).status_code == 200
    for answer in (
        await receipt(ayda, shown["id"], OTHER),
        await receipt(ayda, "0" * 32),
        await receipt(ayda, "nonsense"),
    ):
        assert_problem(answer, 404, "receipt_not_found")


async def test_erasing_needs_a_proof_of_the_last_five_minutes(ayda: Ayda):
    await ayda.connect()
    stale = {"Authorization": f"tma {init_data(ayda.clock, age_s=301)}"}
    assert_problem(await ayda.http.delete("/api/v1/me", headers=stale), 401, "init_data_expired")
    assert (await ayda.status())["state"] == "connected"


async def test_an_export_has_both_services_and_no_secret(ayda: Ayda):
    athlete_id = await ayda.connect()
    await ayda.connect(OTHER)
    await predict(ayda)
    answer = await ayda.http.get("/api/v1/me/export", headers=ayda.as_member())
    assert answer.headers["content-disposition"].startswith("attachment")
    exported = answer.json()
    assert exported["ayda"]["strava_token"][0]["athlete_id"] == athlete_id
    assert "access_sealed" not in exported["ayda"]["strava_token"][0]
    assert exported["ayda"]["prediction"][0]["answer"]["times_s"]["moderate"] == 4860
    assert exported["predictor"] == {"athlete": [{"telegram_id": "x"}]}
    assert len(exported["ayda"]["member"]) == 1
    assert str(OTHER) not in json.dumps(exported)
    assert "sealed" not in answer.text


async def test_an_export_is_whole_or_not_at_all(ayda: Ayda, world: World):
    world.predictor.down = True
    answer = await ayda.http.get("/api/v1/me/export", headers=ayda.as_member())
    assert_problem(answer, 503, "upstream_unavailable")


def test_every_table_is_erased_with_its_person_or_names_nobody():
    names = ("telegram_id", "member_id", "athlete_id", "owner_id")
    reached = {table.name for table in personal_tables(Base.metadata, names)}
    assert {table.name for table in Base.metadata.sorted_tables} - reached - set(NAMES_NOBODY) == set()
