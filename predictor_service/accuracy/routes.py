"""HTTP: how right forecasts were, and which outing went along a forecast course."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from litestar import Request, Response, Router, get, put
from litestar.params import FromPath, JSONBody
from sqlalchemy.orm import Session

from kernel.contracts.accuracy import Accuracy, OutingLink, OverallAccuracy
from predictor_service.accuracy.report import accuracy_of, overall_accuracy
from predictor_service.accuracy.service import LedgerService
from predictor_service.changes import Changes
from servicekit.data.database import Database
from servicekit.web.telegram_ids import checked_telegram_id


def accuracy_routes(database: Database, ledger: LedgerService, changes: Changes, now: Callable[[], datetime]) -> Router:
    """`/accuracy` and what is below `/athletes/{telegram_id}` about forecasts."""

    @get("/athletes/{telegram_id:str}/accuracy", operation_id="AthleteAccuracy")
    async def accuracy(telegram_id: FromPath[str]) -> Accuracy:
        """How right forecasts for an athlete were; of somebody unknown nothing is compared, which is no error."""
        whose = checked_telegram_id(telegram_id)
        return await database.read(lambda session: accuracy_of(session, whose, now()))

    @get("/accuracy", operation_id="OverallAccuracy")
    async def overall() -> OverallAccuracy:
        """How right forecasts were for everybody; it tells of nobody."""
        return await database.read(overall_accuracy)

    @put("/athletes/{telegram_id:str}/forecasts/{prediction_id:str}/outing", operation_id="LinkOuting")
    async def link(
        request: Request[Any, Any, Any],
        telegram_id: FromPath[str],
        prediction_id: FromPath[str],
        data: JSONBody[OutingLink],
    ) -> Response[Accuracy]:
        """Compares a forecast with the outing the athlete names, or, with null, with none of them ever."""
        whose = checked_telegram_id(telegram_id)

        def change(session: Session) -> Accuracy:
            ledger.link(session, whose, prediction_id, data.activity_id)
            session.flush()
            return accuracy_of(session, whose, now())

        return await changes.commit(request, await request.body(), change, about=whose)

    return Router("/", route_handlers=[accuracy, overall, link], tags=["accuracy"])
