"""What every table of the house is made of: named constraints, instants, time-ordered keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import uuid_utils.compat
from advanced_alchemy.base import metadata_registry
from sqlalchemy import DateTime, Dialect, MetaData, Uuid
from sqlalchemy.types import TypeDecorator

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def bound(bind_key: str) -> str:
    """The key itself, with metadata of their own for the tables of the service that binds them by it."""
    metadata_registry.set(bind_key, new_metadata())
    return bind_key


def new_metadata() -> MetaData:
    """Metadata with a name for every constraint, so that migrations can drop what they made."""
    return MetaData(naming_convention=_NAMING)


def uuid7() -> UUID:
    """A new time-ordered UUID."""
    return uuid_utils.compat.uuid7()


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware datetimes in, aware UTC out, on both databases. A naive datetime is a ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None or value.utcoffset() is None:
            raise ValueError(f"{value!r} names no time zone, so it is no instant.")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002 - SQLAlchemy's own
        """In one call where `process_result_value` would be the third: most of what a long list of moments takes."""
        return _of_sqlite if dialect.name == "sqlite" else _of_postgres


def _of_sqlite(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value + "+00:00")


def _of_postgres(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


TYPES: Final[Mapping[Any, Any]] = {UUID: Uuid(), datetime: UtcDateTime()}
"""The columns of what models annotate: on SQLite an id is the text that it has always been."""
