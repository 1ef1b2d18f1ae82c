"""Telling the predictor what happened to its athletes' activities, and that a connection has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, cast
from uuid import UUID

from sqlalchemy.orm import Session

from ayda_service.predictor.client import PredictorClient
from ayda_service.strava.store import ConnectionStore
from ayda_service.webhooks.jobs import FORWARD, work_on
from ayda_service.webhooks.models import WebhookEvent
from ayda_service.webhooks.store import InboxStore
from kernel.contracts.connection import StravaEvent
from kernel.errors import DomainError
from servicekit.data.database import Database
from servicekit.http.errors import UpstreamUnavailable
from servicekit.jobs import Job, JobQueue
from servicekit.jobs.outages import Outages

LADDER_S: Final = (1.0, 2.0, 4.0)
"""Brief 002. After the last one the events are dead letters, and nothing is left for the job to do."""
BATCH: Final = 200
MOST_BATCHES: Final = 5
"""In one job; then it is the others' turn."""
STEP: Final = 16
"""So many activities are told of before that is written down: no more is told again after a worker was killed."""
AT_ONCE: Final = 8
"""Deliveries under way in one process, whoever they are about."""
MOST_TRIES: Final = 4
"""Brief 002: one try and three more, then a dead letter."""

Told: TypeAlias = tuple[WebhookEvent, list[WebhookEvent]]
"""The event that speaks for an activity, and all of the activity's events."""


class NotPassedOn(Exception):
    """Some events were refused; they are tried again."""


class EventForwarding:
    """The work on events about activities. The inbox is its outbox: a row waits until the predictor has its event."""

    def __init__(self, database: Database, queue: JobQueue, predictor: PredictorClient | None) -> None:
        self._database = database
        self._queue = queue
        self._predictor = predictor
        self._outages = Outages(UpstreamUnavailable, "predictor_unavailable")
        self._room = asyncio.Semaphore(AT_ONCE)
        self._turns: dict[int, bool] = {}
        """Athletes being worked on by this process, and whether another job has asked for them meanwhile."""

    def job(self) -> Job:
        """The work on one athlete's events."""
        return Job(FORWARD, self.run, retry_delays_s=LADDER_S, timeout_s=120)

    async def run(self, args: Mapping[str, Any]) -> None:
        """Passes on what waits for one athlete: of each activity the last event, for the others say nothing more.

        Raises Snooze while the predictor is away, and NotPassedOn when it refused something.
        """
        owner_id = int(args["owner_id"])
        if owner_id in self._turns:
            # jobs of killed workers come back beside the athlete's new one: all would tell of the same events
            self._turns[owner_id] = True
            return
        more, batches = True, 0
        self._turns[owner_id] = False
        try:
            while more and batches < MOST_BATCHES:
                self._turns[owner_id] = False
                more = await self._batch(owner_id) or self._turns[owner_id]
                batches += 1
        finally:
            asked = self._turns.pop(owner_id)
        if more or asked:
            await self._database.write(lambda session: self._again(session, owner_id))

    def _again(self, session: Session, owner_id: int) -> None:
        if ConnectionStore(session).is_held(owner_id):  # else the athlete has gone, and is named no more
            work_on(self._queue, session, owner_id, about_athlete=False)

    async def _batch(self, owner_id: int) -> bool:
        """Whether more may wait than was read."""
        telegram_id, events, full = await self._database.write(lambda session: self._take(session, owner_id))
        if self._predictor is not None and events:
            await self._pass_on(self._predictor, telegram_id, events)
        return full

    def _take(self, session: Session, owner_id: int) -> tuple[str, Sequence[WebhookEvent], bool]:
        """Whose, what waits and is worth telling, and whether more may wait than was read; everything else is over."""
        store = InboxStore(session)
        events = store.waiting(owner_id, about_athlete=False, limit=BATCH)
        telegram_id = ConnectionStore(session).telegram_id_of(owner_id) if events else None
        if telegram_id is None or self._predictor is None:
            useful: list[WebhookEvent] = []
        else:
            useful = [each for each in events if each.event.is_about_activity]
        told = {each.id for each in useful}
        store.settle([each.id for each in events if each.id not in told], "ignored")
        return str(telegram_id), useful, len(events) == BATCH

    async def _pass_on(self, predictor: PredictorClient, telegram_id: str, events: Sequence[WebhookEvent]) -> None:
        refusals: list[str] = []
        activities = by_activity(events)
        for start in range(0, len(activities), STEP):
            refusals += await self._step(predictor, telegram_id, activities[start : start + STEP])
        if refusals:
            raise NotPassedOn(refusals[0])

    async def _step(self, predictor: PredictorClient, telegram_id: str, activities: Sequence[Told]) -> list[str]:
        """Tells of some activities and writes down what became of it; the reasons of those that were refused."""
        answers = await asyncio.gather(*(self._tell(predictor, telegram_id, last) for last, _ in activities))
        outages = [answer for answer in answers if isinstance(answer, UpstreamUnavailable)]
        told: list[UUID] = []
        refused: list[tuple[list[UUID], str]] = []
        for (_, same), answer in zip(activities, answers, strict=True):
            ids = [each.id for each in same]
            if answer is None:
                told += ids
            elif not isinstance(answer, UpstreamUnavailable):
                refused.append((ids, str(answer)))
        await self._database.write(lambda session: _write_down(session, told, refused))
        with self._outages.waited_out():
            if outages:
                raise outages[0]
        return [reason for _, reason in refused]

    async def _tell(self, predictor: PredictorClient, telegram_id: str, event: WebhookEvent) -> DomainError | None:
        async with self._room:
            try:
                await predictor.event(_message(telegram_id, event))
            except DomainError as error:
                return error
        return None


def _write_down(session: Session, told: Sequence[UUID], refused: Sequence[tuple[Sequence[UUID], str]]) -> None:
    store = InboxStore(session)
    store.settle(told, "done")
    for event_ids, error in refused:
        store.count_try(event_ids, error, most=MOST_TRIES)


def by_activity(events: Sequence[WebhookEvent]) -> list[Told]:
    """For each activity its last event and all of them. Of one second a deletion is the last: it is what gets checked.

    A creation outlives later updates: an activity nobody has seen yet has to be waited for.
    """
    grouped: dict[int, list[WebhookEvent]] = {}
    for event in events:
        grouped.setdefault(event.object_id, []).append(event)
    return [(_telling(same), same) for same in grouped.values()]


def _telling(same: Sequence[WebhookEvent]) -> WebhookEvent:
    last = max(same, key=lambda event: (event.event_time_s, event.aspect_type == "delete", event.id))
    created = [event for event in same if event.aspect_type == "create"]
    return created[-1] if last.aspect_type == "update" and created else last


def _message(telegram_id: str, event: WebhookEvent) -> StravaEvent:
    return StravaEvent(
        event_id=event.id,
        telegram_id=telegram_id,
        athlete_id=event.owner_id,
        object_type="activity",
        object_id=event.object_id,
        aspect_type=cast("Literal['create', 'update', 'delete']", event.aspect_type),
        updates=dict(event.updates),
        event_time=event.event_time_s,
    )
