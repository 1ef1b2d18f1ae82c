"""Q8: with Redis away both services say so, are ready all the same and work on half of the static share."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from servicekit.base.settings import Secret
from servicekit.strava.quota import QUOTA_ALONE
from tests.ayda.support import MEMBER
from tests.drills.both_services import both_services
from tests.drills.test_x10_erasure import predictor_athlete, told

pytestmark = pytest.mark.system

OUTINGS = 3
STATIC = [200 // 2, 2000 // 2]
"""Half of two thirds of brief 000's 300 and 3000."""


@pytest.fixture
def nobody() -> Secret:
    """The address of a Redis that has stopped."""
    with socket.socket() as stopped:
        stopped.bind(("127.0.0.1", 0))
        port = stopped.getsockname()[1]
    return Secret(f"redis://127.0.0.1:{port}/0")


async def test_readiness_is_degraded_and_says_what_still_works(tmp_path: Path, nobody: Secret):
    async with both_services(tmp_path, redis_url=nobody, of_predictor={"redis_url": nobody}) as both:
        for service in (both.ayda.http, both.predictor):
            ready = await service.get("/health/ready")
            assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
            assert ready.json()["degraded"] == {"redis": QUOTA_ALONE}


async def test_who_waits_is_served_within_the_static_share_and_nobody_says_that_strava_is_used_up(
    tmp_path: Path, nobody: Secret, figure: Callable[[str], None]
):
    async with both_services(tmp_path, redis_url=nobody, of_predictor={"redis_url": nobody}) as both:
        strava_id = both.simulator.add_athlete(activities=OUTINGS, specials=False)
        await both.ayda.connect(MEMBER, strava_id)
        await told(both, MEMBER)
        asked = await both.predictor.post("/strava/sync", params={"athlete_id": strava_id})
        assert (asked.status_code, asked.json()["status"], asked.json()["new_count"]) == (200, "success", OUTINGS)
        limits = (await both.predictor.get("/strava/rate-limit-status")).json()
        assert limits["share_read"]["limit"] == STATIC
        assert limits["remaining_15min"] == STATIC[0] - limits["requests_15min"]
        figure(
            f"Q8: Redis away: who waited was served, {limits['remaining_15min']} reads left of {STATIC[0]} a quarter "
            f"where {2 * STATIC[0]} are the share"
        )
        await both.sync(await predictor_athlete(both, MEMBER))
        state = (await both.predictor.get("/strava/sync/status", params={"athlete_id": strava_id})).json()
        assert (state["status"], state["code"]) == ("waiting", "quota_exhausted")
        assert "cannot be reached" in state["detail"]
        assert "used up" not in state["detail"]
        assert state["retry_at"] is not None
