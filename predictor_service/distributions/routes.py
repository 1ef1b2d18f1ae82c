"""HTTP: how long one course takes many people."""

from __future__ import annotations

from typing import Final

from litestar import Router, post
from litestar.params import JSONBody

from kernel.contracts.distribution import Distributions, DistributionsRequest
from predictor_service.distributions.service import DistributionService
from servicekit.web.telegram_ids import checked_telegram_id

MAX_DISTRIBUTIONS_BYTES: Final = 1024 * 1024


def distribution_routes(service: DistributionService) -> Router:
    """`/distributions`."""

    @post(
        "/distributions", operation_id="Distributions", status_code=200, request_max_body_size=MAX_DISTRIBUTIONS_BYTES
    )
    async def distributions(data: JSONBody[DistributionsRequest]) -> Distributions:
        """What to expect of each of these people on a stored course, in the order of the request.

        Only what may be shown to others is told; who has no figures has a reason. Needs no Idempotency-Key.
        """
        for telegram_id in data.telegram_ids:
            checked_telegram_id(telegram_id)
        return await service.expected(data)

    return Router("/", route_handlers=[distributions], tags=["distributions"])
