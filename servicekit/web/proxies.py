"""Whose word about a visitor's address is believed, under every server alike."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from servicekit.web.head import head_of
from servicekit.web.visitors import address_of, written

SETTING: Final = "FORWARDED_ALLOW_IPS"
_TOLD: Final = frozenset({b"x-forwarded-for", b"x-forwarded-proto"})
_SENTENCE: Final = "must be addresses and networks, separated by commas; never *, which would believe everybody"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Proxies:
    """The networks whose machines stand for their visitors."""

    networks: tuple[Network, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """`10.0.0.7, 10.1.0.0/16, fd00::/8`. Raises ValueError with a sentence."""
        try:
            found = tuple(ipaddress.ip_network(each.strip()) for each in text.split(",") if each.strip())
        except ValueError:
            raise ValueError(_SENTENCE) from None
        if any(network.prefixlen == 0 for network in found):
            raise ValueError(_SENTENCE)
        return cls(found)

    def __contains__(self, host: object) -> bool:
        """Whether this address is one of theirs."""
        address = address_of(host) if isinstance(host, str) else None
        return address is not None and any(address in network for network in self.networks)


LOOPBACK: Final = Proxies((ipaddress.IPv4Network("127.0.0.1/32"), ipaddress.IPv6Network("::1/128")))


class BehindProxies:
    """An ASGI app around another one, which sees the visitor's address and scheme as a believed proxy tells them."""

    def __init__(self, app: ASGIApp, proxies: Proxies) -> None:
        hosts: Sequence[str] = [str(network) for network in proxies.networks]
        self._app = app
        self._believing = ProxyHeadersMiddleware(cast("Any", app), list(hosts))

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != ScopeType.HTTP:
            return self._app(scope, receive, send)
        client = scope.get("client")
        if client is not None:
            # a socket of both families shows ::ffff:10.0.0.7 for 10.0.0.7, and Granian gives the port as text
            scope["client"] = (written(client[0]), int(client[1]))
        if _TOLD.isdisjoint(head_of(scope).fields):
            return self._app(scope, receive, send)
        return self._believing(cast("Any", scope), cast("Any", receive), cast("Any", send))
