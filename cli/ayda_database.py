"""The database of ayda for commands that look after it: DATABASE_URL, from the environment or `.env`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from ayda_service.models import JOB_TABLE
from ayda_service.settings import DATABASE_URL
from cli.failure import Refused
from servicekit.base.clock import utc_now
from servicekit.base.settings import Reader, SettingsError, load_environ
from servicekit.data.database import Database
from servicekit.data.engine import database_url
from servicekit.jobs import JobQueue
from servicekit.jobs.choice import open_queue

T = TypeVar("T")


def on_ayda_database(work: Callable[[Database, JobQueue], Awaitable[T]]) -> T:
    """What `work` makes of ayda's database and queue. Raises Refused for a bad setting or a database that fails."""
    try:
        with Reader(load_environ()) as read:
            url = read.parsed("DATABASE_URL", database_url, DATABASE_URL)
        return asyncio.run(_opened(url, work))
    except SettingsError as error:
        raise Refused("bad_settings", f"{error}.") from None
    except SQLAlchemyError:
        raise Refused(
            "database_unusable", "The database cannot be used. Does it run, and is it migrated? See docs/operate.md."
        ) from None


async def _opened(url: str, work: Callable[[Database, JobQueue], Awaitable[T]]) -> T:
    database = Database(url)
    try:
        return await work(database, open_queue(database, JOB_TABLE, now=utc_now))
    finally:
        await database.close()
