"""A port for whoever watches over a process that serves nothing else."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from servicekit.web.app import build_app
from servicekit.web.limits import Limits
from servicekit.web.parts import ServiceParts
from servicekit.web.server import serving

_LIMITS: Final = Limits(connections=32)
"""Prometheus and a supervisor, and room for those that forget to hang up."""


@asynccontextmanager
async def seen(parts: ServiceParts, listener: socket.socket) -> AsyncIterator[None]:
    """`/metrics` and `/health` are answered for the length of the block. Raises NotServing.

    The port knows nobody and asks for no key: it belongs on a network that strangers do not reach.
    """
    app = build_app(
        title=f"{parts.name}, a worker",
        version="1",
        route_handlers=(),
        problems={},
        checks=parts.checks(worker=False),
        metrics=parts.metrics,
    )
    async with serving(app, listener, limits=_LIMITS):
        yield
