"""What uvicorn's protocols for HTTP/1.1 have to do so that their connections are counted and watched."""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

import uvicorn

from servicekit.web.connections import OpenConnection, OpenConnections, bare_close
from servicekit.web.limits import Limits
from servicekit.web.visitors import network_of

_NO_ROOM: Final = bare_close("503 Service Unavailable", "retry-after: 5")


class GuardedConfig(uvicorn.Config):
    """uvicorn's configuration, which its protocols are handed, and what ours need beside it."""

    def __init__(self, app: Any, limits: Limits, connections: OpenConnections, **options: Any) -> None:
        super().__init__(app, **options)
        self.limits = limits
        self.guests = connections


class Guarded(asyncio.Protocol):
    """To be mixed into one of uvicorn's protocols."""

    client: tuple[str, int] | None
    config: uvicorn.Config
    transport: asyncio.Transport

    @property
    def limits(self) -> Limits:
        """What the server was started with."""
        return cast("GuardedConfig", self.config).limits

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As uvicorn does it, unless there is no room."""
        super().connection_made(transport)
        address = network_of(self.client[0] if self.client else "")
        if not self._guests.admit(self._seen_from_outside, address):
            self.transport.write(_NO_ROOM)
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """As uvicorn does it."""
        self._guests.leave(self._seen_from_outside)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As uvicorn does it; then looks whether this is still to become a request."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        self._guests.received(self._seen_from_outside, len(data))

    @property
    def _guests(self) -> OpenConnections:
        return cast("GuardedConfig", self.config).guests

    @property
    def _seen_from_outside(self) -> OpenConnection:
        return cast("OpenConnection", self)
