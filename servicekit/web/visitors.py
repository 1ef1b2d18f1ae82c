"""Addresses on the network, as visitors are told apart."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final

UNKNOWN: Final = "unknown"
_V6_NETWORK_BITS: Final = 64
"""Of an IPv6 address: what one customer is given as a whole."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@lru_cache(4096)
def address_of(host: str) -> Address | None:
    """What the text says; an IPv4 address that is written as one of IPv6 is what it is. None for anything else."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


@lru_cache(4096)
def written(host: str) -> str:
    """The address in the one way in which it is written here; what is none, as it is."""
    return str(address_of(host) or host)


@lru_cache(4096)
def network_of(host: str) -> str:
    """Who asks from there: the address, of IPv6 only the network, which is one customer's whole."""
    address = address_of(host)
    if address is None:
        return UNKNOWN
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address.packed, _V6_NETWORK_BITS), strict=False))
