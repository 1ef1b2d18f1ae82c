"""INSERT that leaves an existing row alone, on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase


async def insert_if_absent(session: AsyncSession, model: type[DeclarativeBase], values: Mapping[str, Any]) -> bool:
    """Whether the row was new; a row that breaks any uniqueness rule is not inserted and raises nothing."""
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    key = model.__mapper__.primary_key[0]
    statement = make(model).values(**values).on_conflict_do_nothing().returning(key)
    return (await session.execute(statement)).first() is not None
