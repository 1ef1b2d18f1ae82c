"""How far the predictor has read what a member has at Strava."""

from __future__ import annotations

from typing import Final

from ayda_service.errors import RefusedByPredictor
from ayda_service.predictor.client import PredictorClient, asking
from ayda_service.strava.service import ConnectionService
from kernel.contracts.sync import SyncNotice, SyncState
from servicekit.http.errors import UpstreamError, UpstreamRefused
from servicekit.strava.errors import NotConnected

_NOT_TOLD_YET: Final = "athlete_not_found"
_MOMENT_S: Final = 2.0


class SyncService:
    """What a member may know of their sync; it holds nothing."""

    def __init__(self, connections: ConnectionService, predictor: PredictorClient | None) -> None:
        self._connections = connections
        self._predictor = predictor

    async def state(self, telegram_id: int) -> SyncState:
        """Where it stands; `queued` for whom the predictor has yet to hear of.

        Raises NotConnected, PredictorNotConfigured and RefusedByPredictor.
        """
        status = await self._connections.status(telegram_id)
        if status.athlete_id is None or status.state != "connected":
            raise NotConnected
        try:
            async with asking(self._predictor) as predictor:
                return await predictor.sync_state(status.athlete_id)
        except RefusedByPredictor as refused:
            if refused.problem.code != _NOT_TOLD_YET:
                raise
        return _queued(status.athlete_id)

    async def notice(self, athlete_id: int) -> SyncNotice | None:
        """What is worth telling beside the connection; None when the predictor cannot say in a moment."""
        if self._predictor is None:
            return None
        try:
            state = await self._predictor.sync_state(athlete_id, timeout_s=_MOMENT_S)
        except UpstreamRefused as refused:
            untold = refused.problem is not None and refused.problem.code == _NOT_TOLD_YET
            return SyncNotice("queued", None, None, None, None) if untold else None
        except UpstreamError:
            return None
        return SyncNotice(state.status, state.last_success_at, state.code, state.detail, state.retry_at)


def _queued(athlete_id: int) -> SyncState:
    return SyncState(
        athlete_id=athlete_id,
        status="queued",
        activities_known=0,
        activities_read=0,
        started_at=None,
        finished_at=None,
        detail=None,
        profile_ready=False,
    )
