"""A process that works on counted jobs until it is killed: `python -m tests.drills.queue_worker DATABASE_URL LEASE_S`.

Each run leaves a row, and so does its effect: who reads them knows what happened to which job, and when.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Column, Float, Integer, Table, insert, select
from sqlalchemy.orm import Session

from servicekit.base.clock import utc_now
from servicekit.base.logs import configure_logs
from servicekit.data.columns import new_metadata
from servicekit.data.database import Database
from servicekit.jobs import Job, JobQueue, SqlJobQueue, job_table
from servicekit.jobs.procrastinate.queue import ProcrastinateJobQueue
from servicekit.jobs.queue import Pace

COUNT: Final = "count"
METADATA: Final = new_metadata()
JOBS: Final = job_table(METADATA)
WISH: Final = Table("wish", METADATA, Column("number", Integer(), primary_key=True))
"""Written in the transaction that puts the job of this number."""
RUN: Final = Table(
    "run",
    METADATA,
    Column("id", Integer(), primary_key=True),
    Column("number", Integer(), nullable=False),
    Column("pid", Integer(), nullable=False),
    Column("began_s", Float(), nullable=False),
)
EFFECT: Final = Table(
    "effect",
    METADATA,
    Column("id", Integer(), primary_key=True),
    # not unique: two runs at once would both find nothing, and show
    Column("number", Integer(), nullable=False, index=True),
)


def queue_on(database: Database, lease_s: float) -> JobQueue:
    """The queue production has on this database."""
    if database.dialect == "postgresql":
        return ProcrastinateJobQueue(database, now=utc_now, pace=Pace(lease_s, poll_s=0.5))
    return SqlJobQueue(database, JOBS, now=utc_now, pace=Pace(lease_s))


def take_effect(session: Session, number: int) -> None:
    if session.execute(select(EFFECT.c.id).where(EFFECT.c.number == number)).first() is None:
        session.execute(insert(EFFECT).values(number=number))


async def main(url: str, lease_s: str) -> None:
    database = Database(url)

    async def count(args: Mapping[str, Any]) -> None:
        number = args["number"]
        run = insert(RUN).values(number=number, pid=os.getpid(), began_s=time.time())
        await database.write(lambda session: session.execute(run))
        await asyncio.sleep(args["work_s"])
        await database.write(lambda session: take_effect(session, number))

    sys.stdout.write("works\n")
    sys.stdout.flush()
    await queue_on(database, float(lease_s)).work([Job(COUNT, count, retry_delays_s=(1.0,) * 100)])


if __name__ == "__main__":
    configure_logs("CRITICAL", "json", secrets=())
    asyncio.run(main(*sys.argv[1:]))
