"""How long rows are kept: a list of rules per service, carried out once a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog
from sqlalchemy import MetaData
from sqlalchemy.orm import Session

from servicekit.data.database import Database
from servicekit.data.rows import delete_until
from servicekit.jobs import Job, JobQueue

DAY_S: Final = 86_400.0
_AT_ONCE: Final = 2_000
DEAD_KEPT: Final = timedelta(days=90)
"""Jobs that were given up, for whoever looks into them."""
RETENTION: Final = "retention"


@dataclass(frozen=True, slots=True)
class Keep:
    """Rows of `table` live for `life` after the instant in `column`; `why` is for those who read the rules."""

    table: str
    column: str
    life: timedelta
    why: str


def retention_job(
    database: Database, queue: JobQueue, metadata: MetaData, rules: Sequence[Keep], *, now: Callable[[], datetime]
) -> Job:
    """The daily job that deletes what the rules say, and dead letters of the queue after DEAD_KEPT.

    ValueError for a rule about a column there is not.
    """
    for rule in rules:
        if rule.table not in metadata.tables or rule.column not in metadata.tables[rule.table].columns:
            raise ValueError(f"There is no {rule.table}.{rule.column} to keep rows by.")

    def forget(rule: Keep, session: Session) -> int:
        column = metadata.tables[rule.table].columns[rule.column]
        return delete_until(session, column, now() - rule.life, most=_AT_ONCE)

    async def run(_args: Mapping[str, Any]) -> None:
        gone: Counter[str] = Counter()
        for rule in rules:
            while count := await database.write(partial(forget, rule)):
                gone[rule.table] += count
        while count := await database.write(lambda session: queue.forget_dead(session, now() - DEAD_KEPT, _AT_ONCE)):
            gone["dead_letters"] += count
        await database.forget_deleted()
        structlog.get_logger(__name__).info("retention_done", **gone)

    return Job(RETENTION, run, every_s=DAY_S)
