"""Reading who a request comes from."""

from __future__ import annotations

from typing import Any

from litestar import Request

from ayda_service.telegram.identity import CONNECT_MAX_AGE_S, READ_MAX_AGE_S, Doorkeeper, Identity
from ayda_service.telegram.init_data import InvalidInitData

AnyRequest = Request[Any, Any, Any]


def identify(doorkeeper: Doorkeeper, request: AnyRequest, *, fresh: bool = False) -> Identity:
    """Who asks; `fresh` for what changes a connection. Raises InvalidInitData or InitDataExpired."""
    presented = request.headers.getall("Authorization", [])
    if len(presented) != 1:
        raise InvalidInitData
    return doorkeeper.identify(presented[0], max_age_s=CONNECT_MAX_AGE_S if fresh else READ_MAX_AGE_S)
