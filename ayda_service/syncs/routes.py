"""HTTP: how far the reading of a member's Strava is."""

from __future__ import annotations

from litestar import Router, get

from ayda_service.syncs.service import SyncService
from ayda_service.telegram.identity import Member, MemberGuards
from kernel.contracts.sync import SyncState
from servicekit.web.doors import door


def sync_routes(service: SyncService, guards: MemberGuards) -> Router:
    """`/strava/sync`."""

    @get("/strava/sync", operation_id="OwnSync")
    async def sync(identity: Member) -> SyncState:
        """How many of the member's activities at Strava are known and read, and when that ended last.

        The predictor asks Strava by itself; this only tells.
        """
        return await service.state(identity.telegram_id)

    return Router("/", route_handlers=[sync], middleware=[door(guards.recent)], tags=["strava"])
