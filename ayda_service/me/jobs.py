"""What of an erasure has to wait: for the predictor, and for the jobs that still name the member."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from ayda_service.me.store import ReceiptStore
from ayda_service.me.traces import Traces
from ayda_service.predictor.client import PredictorClient
from ayda_service.strava.jobs import ERASE_AT_PREDICTOR, Notices
from ayda_service.strava.store import ConnectionStore
from kernel.contracts.connection import ErasureReceipt, StravaDisconnected
from kernel.retry import NOTICE_LADDER_S
from servicekit.data.database import Database
from servicekit.http.errors import UpstreamError, UpstreamUnavailable
from servicekit.jobs import Job, JobQueue, Snooze
from servicekit.jobs.outages import MOST_WAIT_S

RETRY_S: Final = 60.0
REFUSED_RETRY_S: Final = 600.0
TIDY: Final = "forget_deleted"
TIDY_AFTER_S: Final = 5.0


def tidy_job(database: Database) -> Job:
    """What follows once the jobs of an erasure are gone themselves: their arguments named the member."""
    return Job(TIDY, lambda _args: database.forget_deleted(), retry_delays_s=(RETRY_S,) * 10)


class EraseAtPredictor:
    """The job that has the predictor forget, however long it is away."""

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        notices: Notices,
        predictor: PredictorClient,
        traces: Traces,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._queue = queue
        self._traces = traces
        self._notices = notices
        self._predictor = predictor
        self._now = now

    def job(self) -> Job:
        """However long the predictor is away or refuses, no try is lost; a defect here is tried again for two days.

        What was promised stays `pending` on the receipt until it is done, also while an operator has the job.
        """
        return Job(ERASE_AT_PREDICTOR, self.run, retry_delays_s=NOTICE_LADDER_S, timeout_s=60)

    async def run(self, args: Mapping[str, Any]) -> None:
        try:
            receipt = await self._ask(args["person"], args["athlete"], args.get("member"))
        except UpstreamError as error:
            down = isinstance(error, UpstreamUnavailable)
            if not down:
                structlog.get_logger(__name__).error("predictor_refuses_to_erase", reason=str(error))
            raise Snooze(MOST_WAIT_S if down else REFUSED_RETRY_S, "predictor_unavailable") from error
        await self._database.write(lambda session: self._settle(session, args, receipt))

    async def _ask(self, person: str, athlete_id: int | None, member_id: str | None) -> ErasureReceipt:
        if athlete_id is None:
            return await self._predictor.erase(person, member_id=member_id)
        return await self._predictor.disconnected(StravaDisconnected(telegram_id=person, athlete_id=athlete_id))

    def _settle(self, session: Session, args: Mapping[str, Any], receipt: ErasureReceipt) -> None:
        self._traces.told(session, int(args["person"]))
        if args["receipt"] is not None:
            done = {"predictor": "done", "erased_in_predictor": receipt.erased}
            ReceiptStore(session).settle(UUID(args["receipt"]), done, self._now())
        self._queue.add(session, TIDY, {}, delay_s=TIDY_AFTER_S)
        anew = ConnectionStore(session).of_telegram_id(int(args["person"]))
        if anew is not None:  # connected anew while this waited
            self._notices.connected(session, int(args["person"]), anew.athlete_id, anew.member_id)
