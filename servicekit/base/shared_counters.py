"""Counters in Redis that several processes share, through the `limits` library, which adds atomically; and texts."""

from __future__ import annotations

from typing import Any

from limits.aio.storage import RedisStorage
from limits.storage import storage_from_string

_CONNECTIONS = 16


class SharedCounters:
    """A storage of `limits` in a Redis, and its connections. Connects at the first use."""

    def __init__(self, url: str, *, prefix: str, timeout_s: float) -> None:
        """Accepts `redis://host:port/db`; nothing takes longer than `timeout_s`, which bounds each step of it."""
        from redis.asyncio import BlockingConnectionPool, Redis  # noqa: PLC0415 - an extra: only who has a Redis installs it

        # the client's own pool refuses the 101st caller instead of letting it wait
        pool: Any = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=timeout_s,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
        )
        self._pool, self._prefix = pool, prefix
        self._redis: Any = Redis(connection_pool=pool)
        storage: Any = storage_from_string(
            f"async+{url}", implementation="redispy", key_prefix=prefix, connection_pool=pool
        )
        self.storage: RedisStorage = storage

    async def keep(self, key: str, text: str, ttl_s: int) -> None:
        """Keeps a text beside the counters, for so long."""
        await self._redis.set(f"{self._prefix}:{key}", text, ex=ttl_s)

    async def kept(self, key: str) -> str | None:
        """The text, if it is there."""
        found = await self._redis.get(f"{self._prefix}:{key}")
        return found.decode("ascii", "replace") if isinstance(found, bytes) else found

    async def close(self) -> None:
        """Closes the connections."""
        await self._pool.aclose()
