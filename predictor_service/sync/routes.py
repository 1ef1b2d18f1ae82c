"""HTTP of the sync (brief 003)."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Router, get, post
from litestar.params import FromQuery, QueryParameter

from kernel.contracts.sync import RateLimitStatus, SyncHistory, SyncResult, SyncState
from predictor_service.sync.listing import Pages
from predictor_service.sync.service import SyncService
from predictor_service.sync.shown import LatestImport
from servicekit.web.doors import Guard, door

MOST_PER_PAGE: Final = 200
MOST_PAGES: Final = 100

AthleteIdQuery = Annotated[int, QueryParameter(name="athlete_id", ge=1, le=2**63 - 1)]
AnyAthleteQuery = Annotated[int | None, QueryParameter(name="athlete_id", ge=1, le=2**63 - 1)]
Incremental = FromQuery[bool]
LimitQuery = Annotated[int, QueryParameter(ge=1, le=MOST_PER_PAGE)]
PagesQuery = Annotated[int, QueryParameter(ge=1, le=MOST_PAGES)]


def sync_routes(service: SyncService, guard: Guard) -> Router:
    """Everything about syncs below `/strava`."""

    @post("/sync", operation_id="SyncNow", status_code=200)
    async def sync_now(
        athlete_id: AthleteIdQuery,
        incremental: Incremental = True,  # noqa: FBT002 - a query parameter
        limit: LimitQuery = 30,
        max_pages: PagesQuery = 10,
    ) -> SyncResult:
        """Lists the activities of an athlete (by Strava id) now; their details are read in the background."""
        return await service.sync_now(athlete_id, Pages(incremental, limit, max_pages))

    @get("/import-latest", operation_id="ImportLatest")
    async def import_latest(
        athlete_id: AnyAthleteQuery = None,
        incremental: Incremental = True,  # noqa: FBT002 - a query parameter
    ) -> LatestImport:
        """Syncs one page and shows the newest activities, of this athlete or of the one who connected last."""
        return await service.import_latest(athlete_id, incremental=incremental)

    @get("/rate-limit-status", operation_id="RateLimitStatus")
    async def rate_limit_status() -> RateLimitStatus:
        """How much of Strava's quota is used and left, and when it resets."""
        return await service.rate_limits()

    @get("/sync/status", operation_id="SyncStatus")
    async def sync_status(athlete_id: AthleteIdQuery) -> SyncState:
        """Where the sync of an athlete (by Strava id) stands, also while it runs."""
        return await service.state(athlete_id)

    @get("/sync/history", operation_id="SyncHistory")
    async def sync_history(athlete_id: AthleteIdQuery) -> SyncHistory:
        """The last runs for an athlete (by Strava id), newest first."""
        return await service.history(athlete_id)

    handlers = [sync_now, import_latest, rate_limit_status, sync_status, sync_history]
    return Router("/strava", route_handlers=handlers, middleware=[door(guard)], tags=["sync"])
