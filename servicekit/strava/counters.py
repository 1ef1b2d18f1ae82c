"""Counters that add atomically, in this process or in Redis: those of the `limits` library.

Its own windows start at the first hit, so windows are part of the counters' names here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Final, TypeVar

from limits.aio.storage import MemoryStorage, Storage

from servicekit.base.shared_counters import SharedCounters

T = TypeVar("T")
_ADD_ALL: Final = """
local counts = {}
for i, key in ipairs(KEYS) do
    counts[i] = redis.call("incrby", key, ARGV[1])
    redis.call("expire", key, ARGV[i + 1])
end
return counts
"""


class QuotaStoreDown(Exception):
    """The counters cannot be reached."""


class QuotaStore:
    """Named counters that add atomically: of this process, unless another storage is given."""

    def __init__(self, storage: Storage | None = None) -> None:
        self._storage = storage or MemoryStorage()
        self._texts: dict[str, str] = {}

    async def add(self, key: str, amount: int, ttl_s: int) -> int:
        """Adds and returns the new count; the counter is forgotten after `ttl_s`. Raises QuotaStoreDown."""
        return await self._told(self._storage.incr(key, ttl_s, amount=amount))

    async def count(self, key: str) -> int:
        """The count, 0 for a counter that is not there. Raises QuotaStoreDown."""
        return await self._told(self._storage.get(key))

    async def keep(self, key: str, text: str, ttl_s: int) -> None:  # noqa: ARG002 - a process does not last so long
        """Keeps a text in place of the last one; it is forgotten after `ttl_s`. Raises QuotaStoreDown."""
        self._texts[key] = text

    async def kept(self, key: str) -> str | None:
        """The text; None where there is none. Raises QuotaStoreDown."""
        return self._texts.get(key)

    async def add_all(self, amount: int, ttls_s: Mapping[str, int]) -> list[int]:
        """Adds to several counters, each with its time to be forgotten: the new counts. Raises QuotaStoreDown."""
        return [await self.add(key, amount, ttl_s) for key, ttl_s in ttls_s.items()]

    async def count_all(self, keys: Sequence[str]) -> list[int]:
        """The counts of several counters. Raises QuotaStoreDown."""
        return [await self.count(key) for key in keys]

    async def _told(self, answer: Awaitable[T]) -> T:
        try:
            return await answer
        except self._storage.base_exceptions as error:
            raise QuotaStoreDown(type(error).__name__) from error

    async def close(self) -> None:
        """Lets go of connections."""


class AppQuotaStore(QuotaStore):
    """The counters of one Strava app among those of others, each under names of its own."""

    def __init__(self, all_apps: QuotaStore, app: str) -> None:
        """`app`: its client id, which is no secret."""
        super().__init__()
        self._all_apps = all_apps
        self._app = app

    def _named(self, key: str) -> str:
        return f"app-{self._app}/{key}"

    async def add(self, key: str, amount: int, ttl_s: int) -> int:
        return await self._all_apps.add(self._named(key), amount, ttl_s)

    async def count(self, key: str) -> int:
        return await self._all_apps.count(self._named(key))

    async def keep(self, key: str, text: str, ttl_s: int) -> None:
        await self._all_apps.keep(self._named(key), text, ttl_s)

    async def kept(self, key: str) -> str | None:
        return await self._all_apps.kept(self._named(key))

    async def add_all(self, amount: int, ttls_s: Mapping[str, int]) -> list[int]:
        return await self._all_apps.add_all(amount, {self._named(key): ttl_s for key, ttl_s in ttls_s.items()})

    async def count_all(self, keys: Sequence[str]) -> list[int]:
        return await self._all_apps.count_all([self._named(key) for key in keys])

    async def close(self) -> None:
        await self._all_apps.close()


class RedisQuotaStore(QuotaStore):
    """Counters all processes share. Several are asked for in one message: a call to Strava needs a dozen."""

    def __init__(self, url: str, *, prefix: str = "ayda", timeout_s: float = 1.0) -> None:
        """Accepts `redis://host:port/db`. Connects at the first use."""
        self._counters = SharedCounters(url, prefix=prefix, timeout_s=timeout_s)
        super().__init__(self._counters.storage)
        bridge: Any = self._counters.storage.bridge
        self._bridge, self._add_all = bridge, bridge.get_connection().register_script(_ADD_ALL)

    async def add_all(self, amount: int, ttls_s: Mapping[str, int]) -> list[int]:
        named = [self._bridge.prefixed_key(key) for key in ttls_s]
        counts: list[int] = await self._told(self._add_all(named, [amount, *ttls_s.values()]))
        return counts

    async def count_all(self, keys: Sequence[str]) -> list[int]:
        named = [self._bridge.prefixed_key(key) for key in keys]
        return [int(count or 0) for count in await self._told(self._bridge.get_connection().mget(named))]

    async def keep(self, key: str, text: str, ttl_s: int) -> None:
        await self._told(self._counters.keep(key, text, ttl_s))

    async def kept(self, key: str) -> str | None:
        return await self._told(self._counters.kept(key))

    async def close(self) -> None:
        await self._counters.close()
