"""What follows when a member connects Strava."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.contracts.connection import ErasureReceipt, StravaConnected, StravaDisconnected, SyncTriggered
from predictor_service.athletes.store import AthleteStore, ErasedMemberStore


class AthleteService:
    """Athletes as ayda announces them."""

    def __init__(
        self,
        start_sync: Callable[[Session, UUID], None],
        forget_strava: Callable[[Session, UUID], dict[str, int]],
        forget: Callable[[str], None],
        *,
        leave: Callable[[Session, str], dict[str, int]] | None,
        now: Callable[[], datetime],
    ) -> None:
        """See `SyncSchedule.start`, `ErasureService.forget_strava` and `OwnApp.leave`; `forget` is about memory."""
        self._start_sync = start_sync
        self._forget_strava = forget_strava
        self._forget = forget
        self._leave = leave
        self._now = now

    def connected(self, session: Session, notice: StravaConnected) -> SyncTriggered:
        """Finds or creates the athlete, links their Strava id and has them synced first; again, it does the same again.

        Whoever held that Strava id before loses it, and what came from it; so does an athlete who comes with another
        Strava account. A notice about a member who was erased meanwhile brings nobody back.
        """
        store = AthleteStore(session)
        store.take_turn(notice.telegram_id)
        if notice.member_id is not None and ErasedMemberStore(session).has(notice.member_id):
            return SyncTriggered(status="erased", user_id="")
        athlete = store.find_or_create(notice.telegram_id, self._now())
        foreign = store.others_with(notice.athlete_id, athlete.id)
        if athlete.strava_athlete_id != notice.athlete_id:
            foreign.append(athlete.id)
        for former in foreign:
            self._forget_strava(session, former)
        store.set_strava_id(athlete.id, notice.athlete_id, self._now())
        self._start_sync(session, athlete.id)
        return SyncTriggered(status="sync_triggered", user_id=str(athlete.id))

    def forget(self, notice: StravaDisconnected) -> None:
        """Drops what this process remembers of the member's access: once `disconnected` is committed."""
        self._forget(notice.telegram_id)

    def disconnected(self, session: Session, notice: StravaDisconnected) -> ErasureReceipt:
        """Erases what came from Strava and fits the profiles from what is left; again, there is nothing to erase.

        A notice about another Strava account than the athlete's present one erases nothing.
        """
        athlete = AthleteStore(session).by_telegram_id(notice.telegram_id)
        if athlete is None or athlete.strava_athlete_id not in {None, notice.athlete_id}:
            return ErasureReceipt("erased", {})
        left = {} if self._leave is None else self._leave(session, notice.telegram_id)
        return ErasureReceipt("erased", {**left, **self._forget_strava(session, athlete.id)})


def is_known(session: Session, telegram_id: str) -> bool:
    """Whether this person is stored; if so nobody erases them until the transaction ends."""
    return AthleteStore(session).held(telegram_id) is not None
