"""HTTP: on the day."""

from __future__ import annotations

from litestar import Router, post
from litestar.params import JSONBody

from kernel.contracts.reforecast import Reforecast, ReforecastRequest
from kernel.forecast.onward import onward


def reforecast_routes() -> Router:
    """`/reforecasts`, for members and everybody else alike: all that counts is in the question."""

    @post("/reforecasts", operation_id="Reforecast", status_code=200, sync_to_thread=False)
    def reforecast(data: JSONBody[ReforecastRequest]) -> Reforecast:
        """What is to come after the last place that was passed; nothing is stored, and nobody is asked for."""
        return onward(data.expected, data.passed)

    return Router("/", route_handlers=[reforecast], tags=["on the day"])
