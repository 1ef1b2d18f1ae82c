"""HTTP: whether an athlete's paths are remembered."""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Request, Response, Router, get, put
from litestar.params import FromPath, JSONBody

from kernel.contracts.activity import OwnPaths, OwnPathsChoice
from predictor_service.changes import Changes
from predictor_service.paths.service import PathChoices
from servicekit.data.database import Database
from servicekit.web.telegram_ids import checked_telegram_id


def path_routes(database: Database, choices: PathChoices, changes: Changes) -> Router:
    """`/athletes/{telegram_id}/own-paths`."""

    @get("/athletes/{telegram_id:str}/own-paths", operation_id="OwnPaths")
    async def state(telegram_id: FromPath[str]) -> OwnPaths:
        """Whether the athlete's paths are remembered, since when, and of how many outings."""
        whose = checked_telegram_id(telegram_id)
        return await database.read(lambda session: choices.state(session, whose))

    @put("/athletes/{telegram_id:str}/own-paths", operation_id="ChooseOwnPaths")
    async def choose(
        request: Request[Any, Any, Any], telegram_id: FromPath[str], data: JSONBody[OwnPathsChoice]
    ) -> Response[OwnPaths]:
        """Remembers paths from now on, or forgets them all at once; the same again changes nothing."""
        whose = checked_telegram_id(telegram_id)
        seen = await database.read(lambda session: choices.seen(session, whose))
        change = partial(choices.choose, telegram_id=whose, choice=data, seen=seen)
        return await changes.commit(request, await request.body(), change, about=whose)

    return Router("/", route_handlers=[state, choose], tags=["activities"])
