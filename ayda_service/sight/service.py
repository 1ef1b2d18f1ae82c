"""The figures of ayda, and who hears of its alarms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy.orm import Session

from ayda_service.chats.store import ChatStore
from ayda_service.messages.content import Utterance
from ayda_service.messages.service import SEND, Outbox
from ayda_service.predictor.client import PredictorClient
from ayda_service.settings import Settings
from ayda_service.sight.models import AlarmRow
from ayda_service.sight.store import SightStore
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.http.errors import UpstreamError, UpstreamUnavailable
from servicekit.jobs import Job, JobQueue
from servicekit.sight.alarms import KINDS, Alarm
from servicekit.sight.figures import Figures, measure_figures
from servicekit.sight.store import ELSEWHERE
from servicekit.sight.watchman import Others, Watchman
from servicekit.strava.quotas import AnyQuotas
from servicekit.web.health import Degraded

_HOUR: Final = timedelta(hours=1)
_SIGNS: Final[Mapping[str, str]] = {"critical": "🔴", "warning": "🟡"}
_OVER: Final = "🟢"


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
    has_bot = settings.telegram.updates != "off"
    tell = partial(_say, Outbox(queue, now=now), chat_id) if has_bot and chat_id is not None else None
    elsewhere = None if predictor is None else partial(alarms_of, predictor)
    return Watchman(database, AlarmRow, sight.figures, metrics, now=now, tell=tell, elsewhere=elsewhere)


def sent_at_once(settings: Settings, jobs: Sequence[Job]) -> Callable[[], Awaitable[None]] | None:
    """The sending of what waits for the administrator's chat, by whoever calls it; None without such a chat."""
    chat_id = settings.telegram.admin_chat_id
    if chat_id is None:
        return None
    send = next(job for job in jobs if job.name == SEND)
    return partial(send.run, {"chat_id": chat_id})


async def alarms_of(predictor: PredictorClient) -> Sequence[Alarm]:
    """The predictor's alarms under its name, or the one alarm that it does not answer."""
    try:
        found = (await predictor.alarms()).alarms
    except UpstreamUnavailable:
        return [Alarm("PredictorAway", 1.0)]
    except UpstreamError:  # it answers, and is of another version
        return []
    return [Alarm(f"predictor{ELSEWHERE}{each.name}", each.figure) for each in found if each.name in KINDS]


def _say(outbox: Outbox, chat_id: int, session: Session, changes: Sequence[Change]) -> None:
    """One message for all that has changed, in the language that this chat is spoken to in."""
    voice = ChatStore(session).voice(chat_id)
    lines = [
        f"{_OVER if each.over else _SIGNS[kind_of(each.name).severity]} "
        f"{alarm_text(voice, each.name, each.figure, over=each.over)}"
        for each in changes
    ]
    outbox.say(session, chat_id, [Utterance(text="\n".join(lines))], about=None)
