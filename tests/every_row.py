"""All that a database holds, so that a test can see that nothing of it has changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import MetaData, select

from servicekit.data.database import Database


def every_row(database: Database, metadata: MetaData) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each table of these models, in a stable order."""
    with database.reading() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }
