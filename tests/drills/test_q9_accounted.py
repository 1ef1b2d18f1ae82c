"""Q9: each call to Strava declares what it counts in, and none that Strava counts is made without a permit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx

from simulators.strava.application.fault_menu import PlannedFault
from tests.drills.both_services import both_services
from tests.drills.test_f1_database_trouble import OWN_APP
from tests.servicekit.strava.support import StravaTransport
from tests.system.test_no_scans import lived

NUMBER: Final = re.compile(r"(?<=/)\d+")
OURS: Final = "ayda"
"""How both services call themselves; browsers go to Strava too."""
DECLARED: Final = {
    ("GET", "/api/v3/athlete"): "read",
    ("GET", "/api/v3/athlete/activities"): "read",
    ("GET", "/api/v3/activities/N"): "read",
    ("GET", "/api/v3/activities/N/streams"): "read",
    ("GET", "/api/v3/uploads/N"): "read",
    ("POST", "/api/v3/uploads"): "upload",
    ("POST", "/oauth/deauthorize"): "read",
    ("POST", "/oauth/revoke"): None,
    ("POST", "/oauth/token"): None,
    ("GET", "/api/v3/push_subscriptions"): None,
    ("POST", "/api/v3/push_subscriptions"): None,
    ("DELETE", "/api/v3/push_subscriptions/N"): None,
}
"""What each call that we make counts in at Strava."""


class Silent(StravaTransport):
    """Strava says nothing of its limits: what is counted here is what was permitted."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        for name in [each for each in answer.headers if "ratelimit" in each.lower()]:
            del answer.headers[name]
        return answer


async def test_whatever_a_member_does_every_call_that_strava_counts_had_a_permit(
    tmp_path: Path, figure: Callable[[str], None]
):
    own: dict[str, Any] = {"worker_embedded": True, **OWN_APP}
    async with both_services(tmp_path, road=Silent, of_predictor=own, erasures_file=tmp_path / "erasures") as both:
        # no token is revoked in the newer way, so that the older one is tried too
        both.simulator.faults.order(PlannedFault("html", "/oauth/revoke", method="POST", count=100, status=500))
        await lived(both)
        log = [each for each in both.simulator.request_log if each.user_agent == OURS]
        told = [await each.quota.status() for each in (both.ayda.app.litestar.state["parts"].strava, both.parts.strava)]
    made = Counter((each.method, NUMBER.sub("N", each.path)) for each in log)
    assert made.keys() <= DECLARED.keys(), "a call that has not declared what it counts in"
    judged = Counter(DECLARED[each.method, NUMBER.sub("N", each.path)] for each in log if each.counted)
    permitted = (sum(each.read.used[1] for each in told), sum(each.overall.used[1] for each in told))
    figure(
        f"Q9: {len(made)} kinds of calls, {made.total()} made, {judged.total()} counted by Strava, "
        f"{permitted[1]} permitted"
    )
    assert ("POST", "/oauth/deauthorize") in made
    assert permitted == (judged["read"], judged.total())
