"""Whether an athlete's paths are remembered, as the athlete says it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.contracts.activity import OwnPaths, OwnPathsChoice
from predictor_service.athletes.store import AthleteStore, Seen
from predictor_service.paths.memory import PathMemory
from predictor_service.paths.store import PathStore


class PathChoices:
    """The wish as the athlete says it."""

    def __init__(
        self, memory: PathMemory, rebuild: Callable[[Session, UUID], None], now: Callable[[], datetime]
    ) -> None:
        """`rebuild` fits an athlete's profiles anew."""
        self._memory = memory
        self._rebuild = rebuild
        self._now = now

    @staticmethod
    def state(session: Session, telegram_id: str) -> OwnPaths:
        """Whether paths are remembered, since when, and of how many outings; of somebody unknown none are."""
        athlete = AthleteStore(session).held(telegram_id)
        memory = None if athlete is None else PathStore(session).memory(athlete.id)
        if memory is None:
            return OwnPaths(remembered=False, since=None, outings=0)
        return OwnPaths(remembered=True, since=memory.since, outings=PathStore(session).count(memory.athlete_id))

    @staticmethod
    def seen(session: Session, telegram_id: str) -> Seen:
        """What is known of the athlete when the wish arrives, for `choose`."""
        return AthleteStore(session).seen(telegram_id)

    def choose(self, session: Session, telegram_id: str, choice: OwnPathsChoice, seen: Seen) -> OwnPaths:
        """Begins to remember, or forgets everything at once; the same again changes nothing.

        An athlete who is not known yet is created. Raises ErasedMeanwhile.
        """
        athletes, before = AthleteStore(session), self.state(session, telegram_id)
        if choice.remembered:
            athlete = athletes.find_or_create(telegram_id, self._now(), seen)
            athletes.lock(athlete.id)
            self._memory.begin(session, athlete.id)
        elif before.remembered and (known := athletes.held(telegram_id)) is not None:
            athletes.lock(known.id)
            PathStore(session).end(known.id)
            self._rebuild(session, known.id)
        return self.state(session, telegram_id)
