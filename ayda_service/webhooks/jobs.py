"""Background shells of the work on events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ayda_service.webhooks.consent import ConsentCheck
from ayda_service.webhooks.passing_on import EndNotice, PassingOn
from ayda_service.webhooks.queueing import CHECK_CONSENT, FORWARD, NOTIFY_DISCONNECTED, WebhookJobs
from ayda_service.webhooks.store import InboxStore
from ayda_service.webhooks.subscription import SubscriptionKeeping
from kernel.retry import NOTICE_LADDER_S
from servicekit.data.database import Database
from servicekit.jobs import Job

LADDER_S: Final = (1.0, 2.0, 4.0)
"""Brief 002. After the last one the events are dead letters, and nothing is left for the job to do."""
PROBE_LADDER_S: Final = (60.0, 300.0, 1800.0, 7200.0)
TIDY_EVERY_S: Final = 60.0
TICK_S: Final = 60.0
LEFT_BEHIND: Final = timedelta(minutes=1)
"""Longer than any event waits whose job is alive and whose predictor answers."""
SETTLED_KEPT: Final = timedelta(days=7)
DEAD_KEPT: Final = timedelta(days=30)


class Tidying:
    """Finds events whose job was lost, and forgets old ones."""

    def __init__(self, database: Database, jobs: WebhookJobs, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._jobs = jobs
        self._now = now

    async def run(self, _args: Mapping[str, Any]) -> None:
        """One round."""
        now = self._now()
        async with self._database.reading() as session:
            left = await InboxStore(session).left_behind(now - LEFT_BEHIND, 500)
        async with self._database.transaction() as session:
            for owner_id, about_athlete in left:
                await self._jobs.work_on(owner_id, about_athlete=about_athlete, session=session)
            await InboxStore(session).purge(settled_before=now - SETTLED_KEPT, dead_before=now - DEAD_KEPT)


def webhook_jobs(
    passing_on: PassingOn,
    consent: ConsentCheck,
    end: EndNotice,
    tidying: Tidying,
    keeping: SubscriptionKeeping | None,
) -> list[Job]:
    """What a worker runs; without `keeping` nobody looks after the subscription."""
    jobs = [
        Job(FORWARD, passing_on.run, retry_delays_s=LADDER_S, timeout_s=120),
        Job(CHECK_CONSENT, consent.run, retry_delays_s=PROBE_LADDER_S, timeout_s=120),
        Job(NOTIFY_DISCONNECTED, end.run, retry_delays_s=NOTICE_LADDER_S, timeout_s=60),
        Job("tidy_webhooks", tidying.run, every_s=TIDY_EVERY_S),
    ]
    if keeping is not None:
        jobs.append(Job("keep_subscription", keeping.run, every_s=TICK_S))
    return jobs
