"""The simulator's truth on disk: one SQLite file of (kind, key, value) rows, written before each answer goes out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

K = TypeVar("K")
V = TypeVar("V")

_TABLE = "CREATE TABLE IF NOT EXISTS truth (kind TEXT, key BLOB, value BLOB NOT NULL, PRIMARY KEY (kind, key))"


class Store:
    """Rows kept in a file; without a path nothing is kept and writing costs nothing.

    What was saved survives a kill of the process; a power cut may lose the last moments.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._waiting: dict[tuple[str, bytes], bytes | None] = {}
        self._connection: sqlite3.Connection | None = None
        if path is not None:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.execute(_TABLE)

    @property
    def keeps(self) -> bool:
        """Whether there is a file."""
        return self._connection is not None

    def load(self, kind: str) -> list[tuple[bytes, bytes]]:
        """(key, value) of every row of this kind, in the order they were first written."""
        if self._connection is None:
            return []
        return self._connection.execute(
            "SELECT key, value FROM truth WHERE kind = ? ORDER BY rowid", (kind,)
        ).fetchall()

    def put(self, kind: str, key: bytes, value: bytes | None) -> None:
        """Remember a row for the next `save`; None removes it."""
        if self._connection is not None:
            self._waiting[kind, key] = value

    def save(self) -> None:
        """Write everything that waits, in one transaction."""
        if self._connection is None or not self._waiting:
            return
        waiting, self._waiting = self._waiting, {}
        kept = [(kind, key, value) for (kind, key), value in waiting.items() if value is not None]
        gone = [row for row, value in waiting.items() if value is None]
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(
            "INSERT INTO truth VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value", kept
        )
        self._connection.executemany("DELETE FROM truth WHERE kind = ? AND key = ?", gone)
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self.save()
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Drawer(MutableMapping[K, V]):
    """A dict whose rows are also put into a store. A value changed in place is put back by assigning it again."""

    def __init__(self, store: Store, kind: str, encode: Callable[[V], bytes], decode: Callable[[bytes], V]) -> None:
        self._store = store
        self._kind = kind
        self._encode = encode
        self._rows: dict[K, V] = {msgspec.msgpack.decode(key): decode(value) for key, value in store.load(kind)}

    def __getitem__(self, key: K) -> V:
        return self._rows[key]

    def __setitem__(self, key: K, value: V) -> None:
        self._rows[key] = value
        if self._store.keeps:
            self._store.put(self._kind, msgspec.msgpack.encode(key), self._encode(value))

    def __delitem__(self, key: K) -> None:
        del self._rows[key]
        if self._store.keeps:
            self._store.put(self._kind, msgspec.msgpack.encode(key), None)

    def __iter__(self) -> Iterator[K]:
        return iter(tuple(self._rows))

    def __len__(self) -> int:
        return len(self._rows)


def drawer(store: Store, kind: str, value_type: Any) -> Drawer[Any, Any]:
    """A drawer of dataclasses or plain values of this type."""
    return Drawer(
        store,
        kind,
        msgspec.msgpack.Encoder().encode,
        msgspec.msgpack.Decoder(value_type).decode if store.keeps else _never,
    )


def _never(_row: bytes) -> Any:
    raise AssertionError("A store without a file has no rows.")


class Counter(Iterator[int]):
    """Numbers one after another; `following` is the next one, and can be set."""

    def __init__(self, following: int) -> None:
        self.following = following

    def __next__(self) -> int:
        self.following += 1
        return self.following - 1
