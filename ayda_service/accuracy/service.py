"""What a member may know of how right predictions were, and telling them when another outing was compared."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from ayda_service.errors import PredictionNotFound, id_in_path
from ayda_service.members.jobs import tell_member
from ayda_service.members.notices import Compared
from ayda_service.members.store import MemberStore
from ayda_service.predictor.client import PredictorClient, asking
from kernel.contracts.accuracy import Accuracy, ComparedOuting, NewsTaken, OutingCompared, OutingLink
from servicekit.data.database import Database
from servicekit.jobs import JobQueue

LARGEST_ID: Final = 2**63 - 1
"""Of a column: canonical ids of 19 digits may exceed it, and nobody has one of those."""


class AccuracyService:
    """The predictor's ledger as members see it; it holds nothing."""

    def __init__(self, database: Database, queue: JobQueue, predictor: PredictorClient | None) -> None:
        self._database = database
        self._queue = queue
        self._predictor = predictor

    async def accuracy(self, telegram_id: int) -> Accuracy:
        """How right predictions for a member were. Raises PredictorNotConfigured or RefusedByPredictor."""
        async with asking(self._predictor) as predictor:
            return await predictor.accuracy(str(telegram_id))

    async def link(self, telegram_id: int, prediction_id: str, link: OutingLink) -> Accuracy:
        """Has a prediction compared with the outing the member names. Raises PredictionNotFound, and as `accuracy`."""
        key = id_in_path(prediction_id, PredictionNotFound)
        async with asking(self._predictor) as predictor:
            return await predictor.link_outing(str(telegram_id), str(key), link)

    async def compared(self, news: OutingCompared) -> NewsTaken:
        """Has the member told of a compared outing, once."""
        return await self._database.write(lambda session: self._compared(session, news))

    def _compared(self, session: Session, news: OutingCompared) -> NewsTaken:
        telegram_id, outing = int(news.telegram_id), news.outing
        if telegram_id > LARGEST_ID or MemberStore(session).held(telegram_id) is None:
            return NewsTaken("ignored")
        key = f"compared:{outing.prediction_id}:{outing.activity_id}"
        tell_member(self._queue, session, telegram_id, _notice(outing), key=key)
        return NewsTaken("told")


def _notice(outing: ComparedOuting) -> Compared:
    learned = outing.learned
    return Compared(
        name=outing.course or "",
        predicted_p50_s=outing.said_s.p50,
        p10=outing.said_s.p10,
        p90=outing.said_s.p90,
        elapsed_s=outing.taken_s,
        climbs=None if learned is None else learned.climbs,
        flat=None if learned is None else learned.flat,
        prediction_id=outing.prediction_id,
        activity_id=outing.activity_id,
    )
