"""What can be wrong with a database itself, told apart from what is wrong with a statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from kernel.errors import DomainError

Trouble = Literal[
    "away", "busy", "damaged", "full", "locked", "not_migrated", "read_only", "refused", "too_slow", "in_doubt"
]
"""`busy`: our own threads and connections are all taken; `in_doubt`: nobody knows whether the commit arrived."""
LASTING: Final[frozenset[Trouble]] = frozenset({"damaged", "not_migrated", "refused"})
"""What somebody has to put right; the others pass."""
RETRY_AFTER_S: Final = 2.0

_DEADLOCK: Final = "40P01"
_SQLITE: Final[dict[int, Trouble]] = {
    3: "refused", 5: "locked", 6: "locked", 8: "read_only", 9: "too_slow", 10: "away", 11: "damaged", 13: "full",
    14: "away", 23: "refused", 26: "damaged",
}  # fmt: skip
"""By primary result code; https://www.sqlite.org/rescode.html."""
_SQLITE_ERROR: Final = 1
_SQLITE_NO_SCHEMA: Final = ("no such table", "no such column", "has no column named")
_POSTGRES: Final[dict[str, Trouble]] = {
    "25006": "read_only", "3D000": "refused", "40001": "locked", "40P01": "locked", "42501": "refused",
    "42703": "not_migrated", "42P01": "not_migrated", "53100": "full", "55P03": "locked", "57014": "too_slow",
    "08": "away", "28": "refused", "53": "busy", "57": "away", "58": "away", "XX": "damaged",
}  # fmt: skip
"""By code, or by the class of codes; https://www.postgresql.org/docs/current/errcodes-appendix.html."""


class DatabaseUnavailable(DomainError):
    """The database cannot be used now; nothing of the unit of work was kept, unless `kind` says `in_doubt`."""

    sentence = "The database does not answer at the moment; please try again in a few seconds."

    def __init__(
        self, kind: Trouble, *, cut_off: bool = False, crossed: bool = False, retry_after_s: float = RETRY_AFTER_S
    ) -> None:
        """`cut_off`: a connection died, so that another one may serve.

        `crossed`: two units waited for each other, and this one was ended so that the other goes on.
        """
        super().__init__()
        self.kind: Trouble = kind
        self.cut_off = cut_off
        self.crossed = crossed
        self.retry_after_s = retry_after_s


DATABASE_TROUBLE: Final = (DatabaseUnavailable, SQLAlchemyError, OSError)
"""Whatever keeps a unit of work from being done that is no fault of what it does."""


@contextmanager
def trouble_told() -> Iterator[None]:
    """Raises DatabaseUnavailable for errors that are the database's own; all others pass as they are."""
    try:
        yield
    except NoFreeConnection as error:
        raise DatabaseUnavailable("busy") from error
    except DBAPIError as error:
        kind = trouble_of(error)
        if kind is None:
            raise
        crossed = getattr(error.orig, "sqlstate", None) == _DEADLOCK
        raise DatabaseUnavailable(kind, cut_off=error.connection_invalidated, crossed=crossed) from error


def tell(error: DatabaseUnavailable) -> None:
    """To the log. What the driver says may name an address and is left out."""
    cause = error.__cause__
    driver = getattr(cause, "orig", None) or cause
    structlog.get_logger(__name__).error("database_unavailable", kind=error.kind, reason=type(driver).__name__)


def trouble_of(error: DBAPIError) -> Trouble | None:
    """What is wrong with the database; None when it is the statement that was wrong."""
    driver = error.orig
    code = getattr(driver, "sqlite_errorcode", None)
    if code is not None:
        return _of_sqlite(code, str(driver))
    state = getattr(driver, "sqlstate", None)
    if state is not None:
        return _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    # a driver that has no code speaks of the connection, not of a statement
    away = error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return "away" if away else None


def _of_sqlite(code: int, said: str) -> Trouble | None:
    primary = code & 0xFF
    if primary == _SQLITE_ERROR:
        return "not_migrated" if any(missing in said for missing in _SQLITE_NO_SCHEMA) else None
    return _SQLITE.get(primary)
