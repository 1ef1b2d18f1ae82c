"""HTTP: which of an athlete's activities count."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from litestar import Request, Response, Router, get, put
from litestar.params import FromPath, JSONBody, QueryParameter

from kernel.contracts.activity import KnownOuting, KnownOutings, OutingChoice
from predictor_service.changes import Changes
from predictor_service.outings.service import OutingChoices
from servicekit.data.database import Database
from servicekit.web.telegram_ids import checked_telegram_id

BeforeQuery = Annotated[
    str | None, QueryParameter(max_length=64, description="The `earlier` of the page before; left out, the newest.")
]


def outing_routes(database: Database, choices: OutingChoices, changes: Changes) -> Router:
    """`/athletes/{telegram_id}/outings`."""

    @get("/athletes/{telegram_id:str}/outings", operation_id="AthleteOutings")
    async def outings(telegram_id: FromPath[str], before: BeforeQuery = None) -> KnownOutings:
        """What an athlete's profiles rest on and what not, newest first; of somebody unknown nothing."""
        whose = checked_telegram_id(telegram_id)
        return await database.read(lambda session: choices.page(session, whose, before))

    @put("/athletes/{telegram_id:str}/outings/{outing_id:str}", operation_id="ChooseOuting")
    async def choose(
        request: Request[Any, Any, Any],
        telegram_id: FromPath[str],
        outing_id: FromPath[str],
        data: JSONBody[OutingChoice],
    ) -> Response[KnownOuting]:
        """Switches an outing on or off and rebuilds the athlete's profile; the same again changes nothing."""
        whose = checked_telegram_id(telegram_id)
        change = partial(choices.choose, telegram_id=whose, outing_id=outing_id, counts=data.counts)
        return await changes.commit(request, await request.body(), change, about=whose)

    return Router("/", route_handlers=[outings, choose], tags=["activities"])
