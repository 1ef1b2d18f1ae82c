"""What of a person is erased, and what when only a connection of theirs has ended: rows, and jobs that name them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sqlalchemy.orm import Session

from ayda_service.me.store import OwnDataStore
from ayda_service.members.service import Membership
from servicekit.data.personal_rows import Keys
from servicekit.jobs import JobQueue

NAMES: Final = ("telegram_id", "member_id", "athlete_id", "owner_id")


class Traces:
    """Erases inside the caller's unit of work."""

    def __init__(self, queue: JobQueue, membership: Membership, *, forget: Callable[[int], None]) -> None:
        """`forget` takes what was made of a member's predictions out of this process's memory."""
        self._queue = queue
        self._forget = forget
        self.membership = membership

    def of_person(self, session: Session, person: Keys) -> dict[str, int]:
        """Everything that names the person; how much of each table."""
        for telegram_id in person.get("telegram_id", ()):
            self._forget(int(telegram_id))
        return self._erase(session, person)

    def of_connection(self, session: Session, telegram_id: int, athlete_id: int) -> dict[str, int]:
        """What Strava gave of an athlete, and the answers that were made of it, when their connection ends.

        The member is held `alone`, and what is put about the athlete with the same commit is put after this. Nothing
        but the consent that Strava has yet to end names them afterwards, so nobody has to remember who they were.
        """
        predictions = self._erase_answers(session, telegram_id)
        erased = self._erase(session, {"athlete_id": [athlete_id], "owner_id": [athlete_id]})
        self.membership.listed(session, "athlete", athlete_id)
        return _without_none({"prediction": predictions, **erased})

    def told(self, session: Session, telegram_id: int) -> None:
        """The predictor has forgotten an athlete, too: so go the answers that it made of them until then."""
        if self.membership.ends(session, telegram_id):
            self._erase_answers(session, telegram_id)

    def _erase_answers(self, session: Session, telegram_id: int) -> int:
        member = self.membership.alone(session, telegram_id)
        if member is None:
            return 0
        self.membership.mark(session, telegram_id, "strava")
        self._forget(telegram_id)
        return OwnDataStore(session).erase_personal_predictions(member.id)

    def _erase(self, session: Session, keys: Keys) -> dict[str, int]:
        erased = OwnDataStore(session).erase(keys)
        return _without_none({**erased, "job": self._forget_jobs(session, keys)})

    def _forget_jobs(self, session: Session, keys: Mapping[str, Sequence[object]]) -> int:
        named = [(name, value) for name in NAMES for value in keys.get(name, ())]
        return sum(self._queue.forget(session, name, str(value)) for name, value in named)


def _without_none(counts: Mapping[str, int]) -> dict[str, int]:
    return {table: count for table, count in counts.items() if count}
