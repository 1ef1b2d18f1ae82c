"""The outings that a member's profile rests on, and switching one off."""

from __future__ import annotations

from ayda_service.errors import ActivityNotFound, id_in_path
from ayda_service.predictor.client import PredictorClient, asking
from kernel.contracts.activity import KnownOuting, KnownOutings, OutingChoice, OwnPaths, OwnPathsChoice


class OutingService:
    """The predictor's activities as their member sees them; it holds nothing."""

    def __init__(self, predictor: PredictorClient | None) -> None:
        self._predictor = predictor

    async def page(self, telegram_id: int, before: str | None) -> KnownOutings:
        """The newest outings of a member, or those before one. Raises PredictorNotConfigured or RefusedByPredictor."""
        earlier = None if before is None else _canonical(before)
        async with asking(self._predictor) as predictor:
            return await predictor.outings(str(telegram_id), earlier)

    async def choose(self, telegram_id: int, outing_id: str, choice: OutingChoice) -> KnownOuting:
        """Has an outing count, or not. Raises ActivityNotFound, and as `page`."""
        async with asking(self._predictor) as predictor:
            return await predictor.choose_outing(str(telegram_id), _canonical(outing_id), choice)

    async def paths(self, telegram_id: int) -> OwnPaths:
        """Whether a member's paths are remembered. Raises as `page`."""
        async with asking(self._predictor) as predictor:
            return await predictor.own_paths(str(telegram_id))

    async def choose_paths(self, telegram_id: int, choice: OwnPathsChoice) -> OwnPaths:
        """Has a member's paths remembered from now on, or all forgotten. Raises as `page`."""
        async with asking(self._predictor) as predictor:
            return await predictor.choose_own_paths(str(telegram_id), choice)


def _canonical(text: str) -> str:
    return str(id_in_path(text, ActivityNotFound))
