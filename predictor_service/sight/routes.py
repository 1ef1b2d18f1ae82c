"""HTTP: the alarms that hold."""

from __future__ import annotations

from litestar import Router, get

from kernel.contracts.alarm import Alarms
from servicekit.sight.watchman import Watchman


def alarm_routes(watchman: Watchman) -> Router:
    """`/alarms`, for who has a way to the operator."""

    @get("/", operation_id="Alarms")
    async def alarms() -> Alarms:
        """The alarms of this service that hold and have lasted for long enough, the worst and oldest first."""
        return Alarms(await watchman.standing())

    return Router("/alarms", route_handlers=[alarms], tags=["operations"])
