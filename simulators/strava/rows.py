"""Rows of the store: activities with whatever is behind them, and values of which there is one."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import fields
from typing import Any, get_type_hints

import msgspec
import numpy as np

from simulators.strava.generator.recording import RecordingPlan
from simulators.strava.records import Activity, ManualEntry
from simulators.strava.store import Drawer, Store
from simulators.strava.track import RecordedTrack

_SOURCES: dict[str, type] = {"plan": RecordingPlan, "track": RecordedTrack, "manual": ManualEntry}
_HINTS = {name: kind for name, kind in get_type_hints(Activity).items() if name != "source"}


def activities_drawer(store: Store) -> Drawer[int, Activity]:
    """All activities, by id."""
    return Drawer(store, "activity", _encode_activity, _decode_activity)


def _encode_activity(activity: Activity) -> bytes:
    told = {field.name: getattr(activity, field.name) for field in fields(activity) if field.name != "source"}
    kind = next(kind for kind, source in _SOURCES.items() if isinstance(activity.source, source))
    return msgspec.msgpack.encode((told, kind, activity.source), enc_hook=_from_numpy)


def _decode_activity(row: bytes) -> Activity:
    told, kind, source = msgspec.msgpack.decode(row)
    known = {name: msgspec.convert(value, _HINTS[name]) for name, value in told.items() if name in _HINTS}
    return Activity(**known, source=msgspec.convert(source, _SOURCES[kind], dec_hook=_to_numpy))


def _from_numpy(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.tobytes()
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(f"{type(value)} cannot be kept.")


def _to_numpy(_kind: type, value: Any) -> Any:
    dtype, content = value
    return np.frombuffer(content, dtype=dtype).copy()


class Singles:
    """Values of which there is one: read at every save, written when they have changed, given back at the start."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._found = {msgspec.msgpack.decode(key): value for key, value in store.load("single")}
        self._readers: dict[str, tuple[Callable[[], Any], bytes | None]] = {}

    def bind(self, name: str, read: Callable[[], Any], write: Callable[[Any], object]) -> None:
        """Give the kept value to `write`, if there is one, and keep what `read` says from now on."""
        kept = self._found.get(name)
        if kept is not None:
            write(msgspec.msgpack.decode(kept))
        self._readers[name] = (read, kept)

    def bind_fields(self, name: str, owner: Any, attributes: Collection[str]) -> None:
        """Keep these attributes of an object."""

        def write(kept: dict[str, Any]) -> None:
            for attribute, value in kept.items():
                if attribute in attributes:
                    setattr(owner, attribute, tuple(value) if isinstance(value, list) else value)

        self.bind(name, lambda: {attribute: getattr(owner, attribute) for attribute in attributes}, write)

    def put(self) -> None:
        """Put what has changed into the store."""
        if not self._store.keeps:
            return
        for name, (read, kept) in self._readers.items():
            now = msgspec.msgpack.encode(read())
            if now != kept:
                self._store.put("single", msgspec.msgpack.encode(name), now)
                self._readers[name] = (read, now)
