"""Telling the predictor about connections and members about lost ones, however long the way to them is closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from ayda_service.members.jobs import tell_member
from ayda_service.members.notices import ConnectionLost
from ayda_service.members.store import MemberStore
from ayda_service.predictor.client import PredictorClient
from ayda_service.strava.store import ConnectionStore
from kernel.contracts.connection import StravaConnected, StravaDisconnected
from kernel.retry import NOTICE_LADDER_S
from servicekit.data.database import Database
from servicekit.http.errors import UpstreamUnavailable
from servicekit.jobs import Job, JobQueue
from servicekit.jobs.outages import Outages

NOTIFY_CONNECTED: Final = "notify_connected"
NOTIFY_DISCONNECTED: Final = "notify_disconnected"
ERASE_AT_PREDICTOR: Final = "erase_at_predictor"


OnTold: TypeAlias = Callable[[Session, int], None]
"""Told of a member once the predictor has forgotten whom they were connected with before."""


class Notices:
    """What the predictor has to hear, as jobs put with the commit of what they are about: their rows are the outbox."""

    def __init__(self, queue: JobQueue, *, wanted: bool) -> None:
        """Not `wanted`: this ayda runs without a predictor, and nobody is told."""
        self._queue = queue
        self._wanted = wanted

    def connected(self, session: Session, telegram_id: int, athlete_id: int, member_id: UUID) -> None:
        """A member is connected to this athlete."""
        args = {"telegram_id": str(telegram_id), "athlete_id": athlete_id, "member_id": str(member_id)}
        self._add(session, NOTIFY_CONNECTED, args, priority=10)

    def ended(self, session: Session, telegram_id: int, athlete_id: int) -> None:
        """A connection has ended at Strava."""
        self._add(session, NOTIFY_DISCONNECTED, {"telegram_id": str(telegram_id), "athlete_id": athlete_id}, priority=5)

    def forget(
        self,
        session: Session,
        person: str,
        athlete_id: int | None,
        *,
        receipt: str | None = None,
        member_id: UUID | None = None,
    ) -> None:
        """What is known of a member, or of one athlete only, has to go; `receipt` is the one that waits for it.

        `member_id`: who they were here. No notice about that one that is still on its way brings them back there.
        """
        member = None if member_id is None else str(member_id)
        args = {"receipt": receipt, "person": person, "athlete": athlete_id, "member": member}
        self._add(session, ERASE_AT_PREDICTOR, args, priority=20)

    def _add(self, session: Session, name: str, args: Mapping[str, Any], *, priority: int) -> None:
        if self._wanted:
            self._queue.add(session, name, args, priority=priority)


class Connections:
    """What is true of connections when a notice about one is delivered."""

    def __init__(self, database: Database, notices: Notices, told: OnTold) -> None:
        self._database = database
        self._notices = notices
        self._told = told

    async def told(self, telegram_id: str) -> None:
        """The predictor has heard of what became of this member's connection."""
        await self._database.write(lambda session: self._told(session, int(telegram_id)))

    async def holds(self, telegram_id: str, athlete_id: int) -> bool:
        """Whether this member is still connected to this athlete."""
        return await self._database.read(
            lambda session: ConnectionStore(session).telegram_id_of(athlete_id) == int(telegram_id)
        )

    async def take_back(self, notice: StravaConnected) -> None:
        """Has the predictor forget a connection it was told of while that ended, and a member who left with it."""
        await self._database.write(lambda session: self._take_back(session, notice))

    def _take_back(self, session: Session, notice: StravaConnected) -> None:
        stayed = MemberStore(session).known({int(notice.telegram_id)})
        athlete_id = notice.athlete_id if stayed else None
        self._notices.forget(session, notice.telegram_id, athlete_id, member_id=notice.member_id)


class Delivery:
    """Tells the predictor about connections; twice does no harm, and nothing that is stale is told.

    An outage costs no attempt, so it never ends in the dead letters; only refusals, which someone must repair, do.
    """

    def __init__(self, connections: Connections, predictor: PredictorClient) -> None:
        self._connections = connections
        self._predictor = predictor
        self._outages = Outages(UpstreamUnavailable, "predictor_unavailable")

    def jobs(self) -> tuple[Job, Job]:
        """The delivery of one notice of a connection, and of one of its end."""
        return (
            Job(NOTIFY_CONNECTED, self.connected, retry_delays_s=NOTICE_LADDER_S, timeout_s=30),
            Job(NOTIFY_DISCONNECTED, self.ended, retry_delays_s=NOTICE_LADDER_S, timeout_s=60),
        )

    async def connected(self, args: Mapping[str, Any]) -> None:
        """Tells that a member has connected, unless that is over. Raises Snooze while the predictor is away."""
        member_id = args.get("member_id")
        notice = StravaConnected(
            args["telegram_id"], args["athlete_id"], None if member_id is None else UUID(member_id)
        )
        if not await self._connections.holds(notice.telegram_id, notice.athlete_id):
            return
        with self._outages.waited_out():
            await self._predictor.connected(notice)
        await self._connections.told(notice.telegram_id)
        if not await self._connections.holds(notice.telegram_id, notice.athlete_id):
            await self._connections.take_back(notice)

    async def ended(self, args: Mapping[str, Any]) -> None:
        """Tells that a connection has ended, unless it was made again. Raises Snooze while the predictor is away."""
        notice = StravaDisconnected(telegram_id=args["telegram_id"], athlete_id=args["athlete_id"])
        if await self._connections.holds(notice.telegram_id, notice.athlete_id):
            return
        with self._outages.waited_out():
            receipt = await self._predictor.disconnected(notice)
        await self._connections.told(notice.telegram_id)
        structlog.get_logger(__name__).info("strava_data_erased", athlete_id=notice.athlete_id, **receipt.erased)


def tell_lost(queue: JobQueue, session: Session, athlete_id: int, fence: int) -> None:
    """Has whoever holds this athlete told to connect again: Strava no longer honours the connection."""
    telegram_id = ConnectionStore(session).telegram_id_of(athlete_id)
    if telegram_id is not None:
        key = f"strava_reauth_required-{athlete_id}-{fence}"
        tell_member(queue, session, telegram_id, ConnectionLost(), key=key)
