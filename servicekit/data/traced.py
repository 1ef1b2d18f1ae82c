"""A span for each unit of work of a request or a job: which of our functions it was, how long it took, how it ended.

It knows neither statements nor what they are sent with. The wait for a thread, a connection and a lock is part of it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from servicekit.base.spans import part_told
from servicekit.data.trouble import DATABASE_TROUBLE

if TYPE_CHECKING:
    from servicekit.base.metrics import Metrics

UnitKind: TypeAlias = Literal["read", "write"]
_UNTOLD: Final = nullcontext()


def unit_told(
    metrics: Metrics | None, dialect: str, kind: UnitKind, work: Callable[..., Any]
) -> AbstractContextManager[None]:
    """The block in which a unit is waited for and done; of what it raises only trouble of the database is a failure."""
    if metrics is None or metrics.spans is None:
        return _UNTOLD
    told = {"db.system.name": dialect, "code.function.name": _name_of(work)}
    return part_told(metrics.spans, f"database {kind}", "client", told, faults=DATABASE_TROUBLE)


def _name_of(work: Any) -> str:
    """Where it is written: `ayda_service.updates.jobs.Answering._all`."""
    while isinstance(work, partial):
        work = work.func
    written = work if hasattr(work, "__qualname__") else type(work)
    places = f"{written.__module__}.{written.__qualname__}".split(".")
    return ".".join(place for place in places if not place.startswith("<"))
