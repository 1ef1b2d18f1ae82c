"""The figures of ayda, and who hears of its alarms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy.orm import Session

from ayda_service.messages.service import SEND, Outbox
from ayda_service.predictor.client import PredictorClient
from ayda_service.settings import Settings
from ayda_service.sight.administrator import Administrator
from ayda_service.sight.models import AlarmRow
from ayda_service.sight.store import SightStore
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.data.trouble import DatabaseUnavailable
from servicekit.http.errors import UpstreamError, UpstreamUnavailable
from servicekit.jobs import Job, JobQueue
from servicekit.sight.alarms import ENUMERATED, KINDS, UNREACHED, Alarm
from servicekit.sight.figures import Figures, measure_figures
from servicekit.sight.store import ELSEWHERE
from servicekit.sight.watchman import Others, Watchman
from servicekit.strava.quotas import AnyQuotas
from servicekit.web.enumeration import Enumeration
from servicekit.web.health import Degraded

_HOUR: Final = timedelta(hours=1)
UNTOLD: Final = (
    "The bot cannot write to the chat of ADMIN_CHAT_ID, so nobody there hears of alarms; whoever reads it has to write "
    "to the bot first. Everything else works."
)


class Sight:
    """Reads the figures."""

    def __init__(self, database: Database, queue: JobQueue, quota: AnyQuotas, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._queue = queue
        self._quota = quota
        self._now = now

    async def figures(self) -> Figures:
        """How things stand."""
        queue, quota = await self._queue.stats(), await self._quota.status()
        return Figures(queue=queue, quota=quota, **await self._database.read(self._counted))

    def _counted(self, session: Session) -> dict[str, Any]:
        store, now = SightStore(session), self._now()
        oldest_at = store.oldest_event_at()
        return {
            "failures_in_a_row": store.failures_in_a_row(),
            "counts": {"connections": store.connections(), "uploads": store.uploads(), "events": store.events()},
            "events_wait_s": 0.0 if oldest_at is None else max(0.0, (now - oldest_at).total_seconds()),
            "token_operations": store.token_operations(now - _HOUR),
        }


def open_watchman(
    settings: Settings,
    database: Database,
    queue: JobQueue,
    quota: AnyQuotas,
    predictor: PredictorClient | None,
    *,
    metrics: Metrics,
    now: Callable[[], datetime],
) -> Watchman:
    """Over the table of ayda's alarms; those of the predictor are told of here, as it has no way to anybody."""
    sight, chat_id = Sight(database, queue, quota, now=now), settings.telegram.admin_chat_id
    measure_figures(metrics, sight.figures)
    others: list[Others] = [] if predictor is None else [partial(alarms_of, predictor)]
    if settings.telegram.updates == "off" or chat_id is None:
        return Watchman(database, AlarmRow, sight.figures, metrics, now=now, others=others)
    told = Administrator(database, Outbox(queue, now=now), chat_id, now=now)
    others.append(told.alarms)
    return Watchman(database, AlarmRow, sight.figures, metrics, now=now, tell=told.tell, others=others)


def sent_at_once(settings: Settings, jobs: Sequence[Job]) -> Callable[[], Awaitable[None]] | None:
    """The sending of what waits for the administrator's chat, by whoever calls it; None without such a chat."""
    chat_id = settings.telegram.admin_chat_id
    if chat_id is None:
        return None
    send = next(job for job in jobs if job.name == SEND)
    return partial(send.run, {"chat_id": chat_id})


async def somebody_is_told(watchman: Watchman) -> None:
    """Raises Degraded when there is a chat to be told of alarms, and the bot could not write to it."""
    with suppress(DatabaseUnavailable):  # of which its own check tells
        if any(alarm.name == UNREACHED for alarm in await watchman.standing()):
            raise Degraded(UNTOLD)


async def enumerated(enumeration: Enumeration) -> Sequence[Alarm]:
    """The alarm that a key has asked this process about very many people within the last hour."""
    people = enumeration.people()
    return [Alarm(ENUMERATED, people)] if people else []


async def alarms_of(predictor: PredictorClient) -> Sequence[Alarm]:
    """The predictor's alarms under its name, or the one alarm that it does not answer."""
    try:
        found = (await predictor.alarms()).alarms
    except UpstreamUnavailable:
        return [Alarm("PredictorAway", 1.0)]
    except UpstreamError:  # it answers, and is of another version
        return []
    return [Alarm(f"predictor{ELSEWHERE}{each.name}", each.figure) for each in found if each.name in KINDS]
