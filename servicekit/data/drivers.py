"""Addresses of stores whose drivers are extras: one that names a store whose driver is missing is a wrong address."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import import_module
from typing import Final
from urllib.parse import urlsplit

PRODUCTION: Final = "pip install 'ayda[production]'"
TRACES: Final = "pip install 'ayda[traces]'"
OF_POSTGRESQL: Final = ("psycopg", "psycopg_pool", "procrastinate")


def with_drivers(names: Sequence[str], extra: str = PRODUCTION) -> None:
    """Raises ValueError when one of these packages cannot be used."""
    for name in names:
        try:
            import_module(name)
        except ImportError:
            raise ValueError(f"needs the package {name}, which is not installed: {extra}") from None


def redis_url(text: str) -> str:
    """The address of a Redis itself. Raises ValueError without quoting it: it may hold a password."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        raise ValueError("must be redis://HOST:PORT/NUMBER or rediss://...") from None
    if not usable or not re.fullmatch(r"/?\d*", parts.path, re.ASCII):
        raise ValueError("must be redis://HOST:PORT/NUMBER or rediss://...")
    with_drivers(("redis",))
    return text
