"""Telling the predictor what happened to its athletes' activities, and that a connection has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias, cast
from uuid import UUID

from sqlalchemy.orm import Session

from ayda_service.predictor.client import PredictorClient
from ayda_service.strava.store import ConnectionStore
from ayda_service.webhooks.jobs import FORWARD, work_on
from ayda_service.webhooks.models import WebhookEvent
from ayda_service.webhooks.store import InboxStore
from kernel.contracts.connection import MOST_EVENTS, EventBatch, StravaEvent
from kernel.errors import DomainError
from servicekit.base.metrics import Metrics
from servicekit.data.database import Database
from servicekit.http.errors import UpstreamUnavailable
from servicekit.jobs import Job, JobQueue
from servicekit.jobs.outages import Outages

LADDER_S: Final = (1.0, 2.0, 4.0)
"""Brief 002. After the last one the events are dead letters, and nothing is left for the job to do."""
BATCH: Final = 200
MOST_BATCHES: Final = 5
"""In one job; then it is the others' turn."""
STEP: Final = MOST_EVENTS
"""So many activities are told of in one request before that is written down: no more is told again after a worker was
killed."""
AT_ONCE: Final = 2
"""Batches under way in one process."""
_TAKES_S: Final = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
MOST_TRIES: Final = 4
"""Brief 002: one try and three more, then a dead letter."""

UNANSWERED: Final = "The predictor said nothing of this event."
Told: TypeAlias = tuple[int, WebhookEvent, list[WebhookEvent]]
"""Whose activity, the event that speaks for it, and all of its events."""
Refused: TypeAlias = tuple[list[UUID], str]


class NotPassedOn(Exception):
    """Some events were refused; they are tried again."""


class EventForwarding:
    """The work on events about activities. The inbox is its outbox: a row waits until the predictor has its event."""

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        predictor: PredictorClient | None,
        *,
        took: Callable[[datetime], None] = lambda _received_at: None,
    ) -> None:
        """`took` hears of each event that the predictor was told of when it was received."""
        self._database = database
        self._queue = queue
        self._predictor = predictor
        self._outages = Outages(UpstreamUnavailable, "predictor_unavailable")
        self._took = took
        self._room = asyncio.Semaphore(AT_ONCE)
        self._turns: dict[int, bool] = {}
        """Athletes being worked on by this process, and whether another job has asked for them meanwhile."""

    def job(self) -> Job:
        """The work on one athlete's events."""
        return Job(FORWARD, self.run, retry_delays_s=LADDER_S, timeout_s=120)

    async def run(self, args: Mapping[str, Any]) -> None:
        """Passes on what waits for one athlete: of each activity the last event, for the others say nothing more.

        Where that leaves room in a batch, what waits for others goes along, so that their jobs find nothing to do.

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
        told, full = await self._database.write(lambda session: self._take(session, owner_id))
        if self._predictor is not None and told:
            await self._pass_on(self._predictor, told)
        return full

    def _take(self, session: Session, owner_id: int) -> tuple[list[Told], bool]:
        """What waits and is worth telling, and whether more may wait than was read; everything else is over."""
        store = InboxStore(session)
        events = store.waiting(owner_id, about_athlete=False, limit=BATCH)
        telegram_id = ConnectionStore(session).telegram_id_of(owner_id) if events else None
        if telegram_id is None or self._predictor is None:
            useful: list[Told] = []
        else:
            useful = by_activity([(each, telegram_id) for each in events if each.event.is_about_activity])
        told = {each.id for _, _, same in useful for each in same}
        store.settle([each.id for each in events if each.id not in told], "ignored")
        return useful, len(events) == BATCH

    async def _pass_on(self, predictor: PredictorClient, told: Sequence[Told]) -> None:
        refusals: list[str] = []
        for start in range(0, len(told), STEP):
            async with self._room:
                refusals += await self._step(predictor, told[start : start + STEP])
        if refusals:
            raise NotPassedOn(refusals[0])

    async def _step(self, predictor: PredictorClient, own: Sequence[Told]) -> list[str]:
        """Tells of one athlete's activities and writes down what became of it; the reasons of those that were refused.

        What others had going along is only settled when it was taken: of refusals their own jobs keep the count.
        """
        taken_care_of, room = list(self._turns), STEP - len(own)
        along = await self._database.read(lambda session: _along(session, taken_care_of, room))
        with self._outages.waited_out():
            try:
                refused = await _tell(predictor, [*own, *along])
            except UpstreamUnavailable:
                raise
            except DomainError as refusal:
                # whatever is wrong with the batch, one athlete's events are judged without the others'
                refused = await _tell_alone(predictor, own, None if along else refusal)
                along = []
        taken = [each.id for _, last, same in (*own, *along) if last.id not in refused for each in same]
        counted = [([each.id for each in same], refused[last.id]) for _, last, same in own if last.id in refused]
        await self._database.write(lambda session: _write_down(session, taken, counted))
        for _, last, same in (*own, *along):
            for event in same if last.id not in refused else ():
                self._took(event.received_at)
        return [reason for _, reason in counted]


def _along(session: Session, taken_care_of: Collection[int], room: int) -> list[Told]:
    """What others have waiting whom no job of this process works for."""
    if room < 1:
        return []
    waiting = InboxStore(session).others_waiting(taken_care_of, room)
    return by_activity([(each, telegram_id) for each, telegram_id in waiting if each.event.is_about_activity])


async def _tell_alone(predictor: PredictorClient, own: Sequence[Told], refusal: DomainError | None) -> dict[UUID, str]:
    """As `_tell`; whatever is refused as a whole, or was by this `refusal`, is refused event by event."""
    try:
        if refusal is None:
            return await _tell(predictor, own)
    except UpstreamUnavailable:
        raise
    except DomainError as again:
        refusal = again
    return {last.id: str(refusal) for _, last, _ in own}


async def _tell(predictor: PredictorClient, told: Sequence[Told]) -> dict[UUID, str]:
    """Why events were refused, by the ids of those that spoke. Raises what the predictor says of the whole batch."""
    batch = EventBatch([_message(telegram_id, last) for telegram_id, last, _ in told])
    results = {result.event_id: result for result in await predictor.events(batch)}
    refused = {}
    for _, last, _ in told:
        result = results.get(str(last.id))
        if result is None or result.status == "refused":
            refused[last.id] = UNANSWERED if result is None else f"{result.code}: {result.detail}"
    return refused


def _write_down(session: Session, told: Sequence[UUID], refused: Sequence[Refused]) -> None:
    store = InboxStore(session)
    store.settle(told, "done")
    for event_ids, error in refused:
        store.count_try(event_ids, error, most=MOST_TRIES)


def by_activity(events: Sequence[tuple[WebhookEvent, int]]) -> list[Told]:
    """For each activity of a member its last event and all of them.

    Of one second a deletion is the last: it is what gets checked. A creation outlives later updates: an activity
    nobody has seen yet has to be waited for.
    """
    grouped: dict[tuple[int, int], list[WebhookEvent]] = {}
    for event, telegram_id in events:
        grouped.setdefault((telegram_id, event.object_id), []).append(event)
    return [(telegram_id, _telling(same), same) for (telegram_id, _), same in grouped.items()]


def _telling(same: Sequence[WebhookEvent]) -> WebhookEvent:
    last = max(same, key=lambda event: (event.event_time_s, event.aspect_type == "delete", event.id))
    created = [event for event in same if event.aspect_type == "create"]
    return created[-1] if last.aspect_type == "update" and created else last


def _message(telegram_id: int, event: WebhookEvent) -> StravaEvent:
    return StravaEvent(
        event_id=event.id,
        telegram_id=str(telegram_id),
        athlete_id=event.owner_id,
        object_type="activity",
        object_id=event.object_id,
        aspect_type=cast("Literal['create', 'update', 'delete']", event.aspect_type),
        updates=dict(event.updates),
        event_time=event.event_time_s,
    )


def took_of(metrics: Metrics, now: Callable[[], datetime]) -> Callable[[datetime], None]:
    """Measures how long events take from the moment they were received until the predictor has them."""
    what = "From the receipt of an event until the predictor was told of it."
    lasted = metrics.histogram("webhook_processing_seconds", what, _TAKES_S)
    return lambda received_at: lasted.observe(max(0.0, (now() - received_at).total_seconds()))
