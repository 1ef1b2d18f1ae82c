"""A process that works on uploads until it is killed.

`python -m tests.drills.upload_worker DATABASE_URL STRAVA_URL [LEASE_S]`
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace

from ayda_service.models import JOB_TABLE
from ayda_service.parts import assemble
from servicekit.base.clock import utc_now
from servicekit.base.logs import configure_logs
from servicekit.data.database import Database
from servicekit.jobs import JobQueue, SqlJobQueue
from servicekit.jobs.procrastinate.queue import ProcrastinateJobQueue
from servicekit.jobs.queue import Pace
from tests.ayda.uploads.bench import settings_for

# a busy machine must not make a living worker look dead five times over
LEASE_S = 2.0


def quick_queue(database: Database, lease_s: float = LEASE_S) -> JobQueue:
    """The queue production would have on this database, quick to notice a dead worker."""
    if database.dialect == "postgresql":
        return ProcrastinateJobQueue(database, now=utc_now, pace=Pace(lease_s, poll_s=0.05))
    return SqlJobQueue(database, JOB_TABLE, now=utc_now, pace=Pace(lease_s, poll_s=0.05))


async def main(url: str, strava_url: str, lease_s: str = str(LEASE_S)) -> None:
    base = {"strava_oauth_base": strava_url, "strava_api_base": f"{strava_url}/api/v3"}
    parts = assemble(replace(settings_for(url), **base), now=utc_now)
    queue = quick_queue(parts.database, float(lease_s))
    sys.stdout.write("works\n")
    sys.stdout.flush()
    await queue.work(parts.jobs)


if __name__ == "__main__":
    configure_logs("CRITICAL", "json", secrets=())
    asyncio.run(main(*sys.argv[1:]))
