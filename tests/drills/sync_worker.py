"""A worker of the predictor that syncs until it is killed, or until nothing is left to read.

`python -m tests.drills.sync_worker DATABASE_URL STRAVA_URL AHEAD_S PORTION TOKEN`: its clock is `AHEAD_S` ahead, so
that nobody waits for the leases of the dead. It reads whatever there is, however little that teaches.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime, timedelta
from functools import partial

import httpx

from predictor_service.models import JOBS
from predictor_service.neighbours import open_ayda, open_strava
from predictor_service.profiles.service import ProfileService
from predictor_service.settings import Settings
from predictor_service.strava.client import AthletesActivities
from predictor_service.strava.tokens import OrderedTokenSource
from predictor_service.sync.athlete_sync import AthleteSync
from predictor_service.sync.jobs import rescue_job, sync_jobs
from predictor_service.sync.plan import Portions
from predictor_service.sync.schedule import SyncSchedule
from predictor_service.sync.service import SyncService
from servicekit.base.clock import utc_now
from servicekit.base.logs import configure_logs
from servicekit.data.database import Database
from servicekit.jobs import SqlJobQueue
from servicekit.jobs.queue import Pace
from servicekit.web.api_keys import ApiKeys
from tests.predictor.support import KEY, VAULT

EVERYTHING = 10**6


async def main(url: str, strava_url: str, ahead_s: str, portion: str, token: str) -> None:
    ahead = timedelta(seconds=float(ahead_s))

    def now() -> datetime:
        return utc_now() + ahead

    settings = Settings(
        vault=VAULT, database_url=url, api_keys=ApiKeys.parse(KEY), strava_api_base=f"{strava_url}/api/v3",
        ayda_url="http://ayda.test", ayda_api_keys=ApiKeys.parse(KEY),
    )  # fmt: skip
    database = Database(url)
    queue = SqlJobQueue(database, JOBS, now=now, pace=Pace(poll_s=0.05))
    # a token that never ends: what ends one is other bars' business
    told = {**json.loads(token), "expires_at": int(now().timestamp()) + 6 * 3600}
    ayda = open_ayda(settings, now, httpx.MockTransport(lambda _: httpx.Response(200, json=told)))
    tokens = OrderedTokenSource(ayda)
    strava, quota = open_strava(settings, database, now)
    schedule, profiles = SyncSchedule(queue, now), ProfileService(database, now)
    syncs = AthleteSync(
        database, partial(AthletesActivities, strava, tokens), profiles.rebuild, schedule, now=now,
        portions=Portions(portion=int(portion), enough=EVERYTHING, least_worth=0.0),
    )  # fmt: skip
    service = SyncService(database, syncs, schedule, quota, tokens, now=now)
    sys.stdout.write("works\n")
    sys.stdout.flush()
    await queue.work([*sync_jobs(service, now, visit_every_s=None), rescue_job(service)])


if __name__ == "__main__":
    configure_logs("CRITICAL", "json", secrets=())
    asyncio.run(main(*sys.argv[1:]))
