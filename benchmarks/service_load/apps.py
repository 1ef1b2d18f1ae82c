"""What the servers of the benchmark serve; each function is an app factory, and loads what it needs and no more."""

from __future__ import annotations

import os
from typing import Any, Final

from litestar import Litestar, Router, get

_SAID: Final = b'{"status":"ok"}'


@get("/")
async def _hello() -> dict[str, str]:
    return {"status": "ok"}


async def _answer(scope: Any, _receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_SAID))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": _SAID})


def asgi() -> Any:
    """The same answer with nothing around it: what the server alone costs."""
    return _answer


def bare() -> Any:
    """Litestar and a JSON answer: what the ratios are to."""
    return Litestar([_hello], openapi_config=None, logging_config=None)


def empty() -> Any:
    """The frame of a service around the same answer, open at `/` and behind the API key at `/guarded`."""
    from servicekit.base.clock import utc_now  # noqa: PLC0415
    from servicekit.base.logs import configure_logs  # noqa: PLC0415
    from servicekit.web.api_keys import ApiKeys, api_key_guard  # noqa: PLC0415
    from servicekit.web.app import build_app  # noqa: PLC0415
    from servicekit.web.doors import door  # noqa: PLC0415

    configure_logs("WARNING", "json")
    guard = api_key_guard(ApiKeys.parse(os.environ["CROSS_SERVICE_API_KEY"]), now=utc_now)
    guarded = Router("/guarded", route_handlers=[_hello], middleware=[door(guard)])
    return build_app(title="empty", version="1", route_handlers=[_hello, guarded], problems={})


def ayda() -> Any:
    """ayda, by its environment."""
    from ayda_service.app import from_environ  # noqa: PLC0415

    return from_environ()


def predictor() -> Any:
    """The predictor, by its environment."""
    from predictor_service.app import from_environ  # noqa: PLC0415

    return from_environ()


def strava() -> Any:
    """The simulated Strava."""
    from servicekit.base.clock import utc_now  # noqa: PLC0415
    from simulators.strava import Simulator, create_app  # noqa: PLC0415

    return create_app(Simulator(now=utc_now, seed=4242))
