from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from predictor_service.settings import Settings
from simulators.strava import SELF_UPGRADED_APP
from simulators.strava.application.fault_menu import PlannedFault
from tests.predictor.support import assert_problem
from tests.predictor.sync.house import House, house
from tests.predictor.sync.world import MEMBER


@pytest.fixture
async def here(sync_settings: Settings) -> AsyncIterator[House]:
    async with house(sync_settings) as made:
        yield made


async def test_a_sync_answers_in_the_words_of_the_brief(here: House):
    strava_id = await here.connect(5)
    answer = (await here.sync(athlete_id=strava_id)).json()
    assert {
        name: answer[name] for name in ("status", "synced_count", "new_count", "updated_count", "pages_fetched")
    } == {
        "status": "success",
        "synced_count": 5,
        "new_count": 5,
        "updated_count": 0,
        "pages_fetched": 2,
    }
    assert set(answer["rate_limit_status"]) >= {
        "requests_15min",
        "requests_day",
        "remaining_15min",
        "remaining_day",
        "reset_15min_seconds",
        "reset_day_seconds",
    }
    again = (await here.sync(athlete_id=strava_id, incremental="true", limit=30, max_pages=10)).json()
    assert (again["synced_count"], again["new_count"], again["updated_count"]) == (5, 0, 5)


async def test_the_rate_limits_are_strava_s_own_after_the_first_answer(here: House):
    here.simulator.quota.limits = SELF_UPGRADED_APP
    before = (await here.get("rate-limit-status")).json()
    assert (before["remaining_15min"], before["remaining_day"]) == (200, 2000)
    await here.sync(athlete_id=await here.connect(1))
    after = (await here.get("rate-limit-status")).json()
    assert after["read"]["limit"] == [200, 2000]
    assert after["share_read"] == {"used": [2, 2], "limit": [133, 1333]}
    assert (after["requests_15min"], after["remaining_15min"], after["remaining_day"]) == (2, 131, 1331)


async def test_status_and_history_tell_how_it_went(here: House):
    strava_id = await here.connect(6)
    queued = (await here.get("sync/status", athlete_id=strava_id)).json()
    assert (queued["status"], queued["profile_ready"]) == ("queued", False)
    await here.work()
    done = (await here.get("sync/status", athlete_id=strava_id)).json()
    assert (done["status"], done["activities_known"], done["activities_read"]) == ("success", 6, 6)
    assert done["profile_ready"] is True
    runs = (await here.get("sync/history", athlete_id=strava_id)).json()["runs"]
    assert [(run["status"], run["new_count"]) for run in runs] == [("success", 6)]


async def test_the_latest_import_shows_activities_without_names_and_places(here: House):
    strava_id = await here.connect(3)
    for query in ({"athlete_id": strava_id}, {}):
        answer = (await here.get("import-latest", **query)).json()
        assert len(answer["activities"]) == 3
        assert answer["sync"]["status"] == "success"
        assert "name" not in answer["activities"][0]


@pytest.mark.parametrize("path", ["sync/status", "sync/history", "import-latest"])
async def test_an_unknown_athlete_is_a_404(here: House, path: str):
    assert_problem(await here.get(path, athlete_id=99), 404, "athlete_not_found")
    assert_problem(await here.get("import-latest"), 404, "athlete_not_found")


async def test_what_only_the_athlete_can_mend_is_a_409(here: House):
    strava_id = await here.connect(3)
    here.simulator.authorizations.revoke_athlete(strava_id)
    assert_problem(await here.sync(athlete_id=strava_id), 409, "reauth_required")
    here.ayda.connect(MEMBER, strava_id)
    here.ayda.scope = "read"
    assert_problem(await here.sync(athlete_id=strava_id), 409, "scope_missing")


async def test_outages_are_503_with_a_time_to_come_back(here: House):
    strava_id = await here.connect(3)
    here.ayda.status = 500
    answer = await here.sync(athlete_id=strava_id)
    assert_problem(answer, 503, "tokens_unavailable")
    assert int(answer.headers["retry-after"]) > 0


async def test_without_any_source_of_tokens_a_sync_is_refused(settings: Settings):
    async with house(settings) as here:
        strava_id = await here.connect(3)
        assert_problem(await here.sync(athlete_id=strava_id), 503, "tokens_not_configured")
        assert_problem(await here.get("import-latest"), 503, "tokens_not_configured")


async def test_an_empty_quota_is_a_result_that_says_until_when(here: House):
    strava_id = await here.connect(3)
    now_s = here.simulator.clock.now_s()
    here.simulator.quota.set_usage(now_s, overall=None, read=(300, 300))
    answer = (await here.sync(athlete_id=strava_id)).json()
    assert (answer["status"], answer["code"]) == ("waiting", "strava_rate_limit")
    assert answer["rate_limit_status"]["remaining_15min"] == 0
    state = (await here.get("sync/status", athlete_id=strava_id)).json()
    assert (state["status"], state["code"], state["retry_at"]) == ("waiting", answer["code"], answer["retry_at"])
    knocks = len(here.simulator.request_log.matching("GET", "/api/v3/"))
    assert (await here.sync(athlete_id=strava_id)).json()["status"] == "waiting"
    assert len(here.simulator.request_log.matching("GET", "/api/v3/")) == knocks, "nobody knocks on a shut door"


async def test_who_waits_for_a_silent_strava_gets_an_answer_in_time_and_the_sync_goes_on_by_itself(
    sync_settings: Settings,
):
    async with house(sync_settings, silent=True) as here, asyncio.timeout(60):
        strava_id = await here.connect(3)
        here.predictor.http.headers["X-Deadline-Ms"] = "1500"
        late = assert_problem(await here.sync(athlete_id=strava_id), 504, "deadline_exceeded")
        if "retry_at" in late:
            assert datetime.fromisoformat(late["retry_at"]) == here.clock()
        else:  # on a busy machine the end of the request's own time is noticed first, and that knows of no sync
            assert late["detail"].startswith("The time the caller gave for this request ran out")
        del here.predictor.http.headers["X-Deadline-Ms"]
        state = {"status": "running"}
        while state["status"] == "running":  # the work is given back while its caller is answered
            state = (await here.get("sync/status", athlete_id=strava_id)).json()
        assert (state["status"], state["detail"]) == ("queued", None)
        runs = (await here.get("sync/history", athlete_id=strava_id)).json()["runs"]
        assert [run["status"] for run in runs] == ["queued"]


async def test_a_refusal_that_nobody_foresaw_is_told_in_a_sentence(here: House):
    strava_id = await here.connect(3)
    here.simulator.faults.order(PlannedFault("html", "/api/v3/athlete/activities", count=9, status=403))
    answer = await here.sync(athlete_id=strava_id)
    assert_problem(answer, 502, "strava_refused")
    assert "status 403" in answer.json()["detail"]
    state = (await here.get("sync/status", athlete_id=strava_id)).json()
    assert (state["status"], state["detail"]) == ("failed", answer.json()["detail"])


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"athlete_id": "x"},
        {"athlete_id": 0},
        {"athlete_id": 2**63},
        {"athlete_id": 1, "limit": 0},
        {"athlete_id": 1, "limit": 201},
        {"athlete_id": 1, "max_pages": 0},
        {"athlete_id": 1, "incremental": "maybe"},
    ],
)
async def test_a_bad_query_is_a_422(here: House, query: dict[str, Any]):
    assert_problem(await here.sync(**query), 422, "validation_failed")


async def test_everything_needs_the_key(here: House):
    here.predictor.http.headers.pop("X-API-Key")
    for path in ("rate-limit-status", "import-latest", "sync/status", "sync/history"):
        assert_problem(await here.get(path, athlete_id=1), 401, "invalid_api_key")
    assert_problem(await here.sync(athlete_id=1), 401, "invalid_api_key")


async def test_a_connection_is_synced_by_the_worker_to_a_profile(sync_settings: Settings):
    async with house(replace(sync_settings, worker_embedded=True)) as here:
        strava_id = await here.connect(6)
        for _ in range(200):
            state = (await here.get("sync/status", athlete_id=strava_id)).json()
            if state["status"] == "success":
                break
            await asyncio.sleep(0.05)
        assert state["profile_ready"] is True
        profile = (await here.predictor.profile(MEMBER)).json()
        assert profile["has_profile"] is True
