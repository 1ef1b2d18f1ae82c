"""The simulator's truth on disk: one SQLite file of (kind, key, value) rows, written before each answer goes out."""

from __future__ import annotations

import sqlite3
from collections import UserDict
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

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

    def load(self, kind: str, value_type: Any) -> dict[Any, Any]:
        """The value of every row of this kind by its key, in the order they were first written."""
        if self._connection is None:
            return {}
        rows = self._connection.execute("SELECT key, value FROM truth WHERE kind = ? ORDER BY rowid", (kind,))
        decode = msgspec.msgpack.Decoder(value_type, dec_hook=_from_row).decode
        return {msgspec.msgpack.decode(key): decode(value) for key, value in rows}

    def put(self, kind: str, key: Any, value: Any) -> None:
        """Remember a row as it is now for the next `save`; None removes it."""
        if self._connection is not None:
            row = None if value is None else msgspec.msgpack.encode(value, enc_hook=_to_row)
            self._waiting[kind, msgspec.msgpack.encode(key)] = row

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


def _to_row(array: np.ndarray[Any, Any]) -> tuple[str, bytes]:
    return array.dtype.str, array.tobytes()


def _from_row(_kind: type, row: tuple[str, bytes]) -> np.ndarray[Any, Any]:
    return np.frombuffer(row[1], dtype=row[0]).copy()


class Drawer(UserDict[K, V]):
    """A dict whose rows are also put into a store. A value changed in place is put back by assigning it again."""

    def __init__(self, store: Store, kind: str, value_type: type[V]) -> None:
        super().__init__()
        self._store = store
        self._kind = kind
        self.data = store.load(kind, value_type)

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self._store.put(self._kind, key, value)

    def __delitem__(self, key: K) -> None:
        super().__delitem__(key)
        self._store.put(self._kind, key, None)
