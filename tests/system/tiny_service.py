"""A service of a few lines in a process of its own, under either server and with limits small enough to wait for.

`python -m tests.system.tiny_service SERVER PORT '{"head_s": 1}'`
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import msgspec
import structlog
from litestar import Request, get, post
from litestar.response import Stream

from cli import stopping
from servicekit.base.logs import configure_logs
from servicekit.web.app import Edge, WebApp, build_app
from servicekit.web.flood import visitor_of
from servicekit.web.guarded import Guarded
from servicekit.web.guarded_h11 import GuardedH11
from servicekit.web.limits import Limits
from servicekit.web.lines import LinesResponse
from servicekit.web.proxies import Proxies
from servicekit.web.server import listen, protocol_class, serving

PIECE = b"x" * 65_536
PIECES = 400
"""26 MB: more than the kernel keeps for who does not read."""


@get("/large", operation_id="Large")
async def large() -> Stream:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(PIECES):
            yield PIECE

    return Stream(pieces())


@get("/", operation_id="Small", sync_to_thread=False)
def small() -> str:
    return "small"


@get("/visitor", operation_id="Visitor", sync_to_thread=False)
def visitor(request: Request[Any, Any, Any]) -> dict[str, str]:
    return {"visitor": visitor_of(request.scope), "scheme": request.scope["scheme"]}


@post("/", operation_id="Echo", status_code=200)
async def echo(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return {"body": (await request.body()).decode(), "headers": dict(request.headers)}


class Tick(msgspec.Struct):
    """A line of an answer that never ends by itself."""

    number: int


@asynccontextmanager
async def ticking(request: Request[Any, Any, Any]) -> AsyncIterator[AsyncGenerator[Tick, None]]:
    async def ticks() -> AsyncGenerator[Tick, None]:
        number = 0
        while True:
            number += 1
            yield Tick(number)
            await asyncio.sleep(0.05)

    await request.body()
    try:
        yield ticks()
    finally:
        structlog.get_logger(__name__).info("work_ended")


@post("/lines", operation_id="Lines", status_code=200)
async def lines(request: Request[Any, Any, Any]) -> LinesResponse:
    return LinesResponse(partial(ticking, request), {})


def tiny_app(limits: Limits, proxies: Proxies) -> WebApp:
    routes = [large, small, visitor, echo, lines]
    return build_app(
        title="tiny", version="1", route_handlers=routes, problems={}, edge=Edge(limits=limits, proxies=proxies)
    )


async def serve(port: int, limits: Limits, proxies: Proxies, protocol: type[Guarded]) -> None:
    async with AsyncExitStack() as stack:
        listener = listen("127.0.0.1", port, limits)
        app = tiny_app(limits, proxies)
        served = serving(app, listener, limits=limits, is_proxy=proxies.__contains__, protocol=protocol)
        await asyncio.wait([await stack.enter_async_context(served)])


def main() -> None:
    server, port, told = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
    proxies = Proxies.parse(told.pop("proxies", "192.0.2.1"))
    if descriptors := told.pop("descriptors", None):
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    limits = Limits(**told)
    configure_logs("INFO", "json")
    if server == "granian":
        from servicekit.web.granian_server import serve_with_granian  # noqa: PLC0415 - an extra

        serve_with_granian(partial(tiny_app, limits, proxies), listen("127.0.0.1", port, limits), limits)
        stopping.say()
        return
    protocol = GuardedH11 if server == "h11" else protocol_class()
    stopping.until_stopped(serve(port, limits, proxies, protocol))


if __name__ == "__main__":
    main()
