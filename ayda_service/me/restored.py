"""A database that was restored from a backup: who of it was erased since, and erasing them again."""

from __future__ import annotations

from ayda_service.me.service import OwnDataService
from ayda_service.me.store import OwnDataStore
from ayda_service.members.service import Membership
from kernel.errors import DomainError
from servicekit.data.database import Database
from servicekit.data.erasure_list import ErasureList, StillThere


class RestoredDatabase(DomainError):
    """The list of erasures tells of some that this database does not know."""

    sentence = (
        "This database knows nothing of erasures that are on the list, so it was restored from a backup, or the last "
        "erasure was not committed. Run: ayda restore check --apply"
    )


class RestoredPeople:
    """What a restored database still has of people and connections that are on the list."""

    def __init__(self, database: Database, own_data: OwnDataService, membership: Membership) -> None:
        self._database = database
        self._own_data = own_data
        self._membership = membership

    async def refuse(self) -> None:
        """Raises RestoredDatabase when the database is older than the list, and has somebody to bring back."""
        if await self._database.read(self._membership.is_behind):
            raise RestoredDatabase

    async def found(self, erasures: ErasureList) -> StillThere:
        """Members who were erased after they joined, and those whose connection ended after it was made."""
        listed = erasures.read()
        rows = await self._database.read(lambda session: OwnDataStore(session).everybody())
        people, ended = list[int](), list[int]()
        for each in rows:
            if erasures.since(listed, "person", each.telegram_id, each.created_at):
                people.append(each.telegram_id)
            elif (
                each.athlete_id is not None
                and each.connected_at is not None
                and erasures.since(listed, "athlete", each.athlete_id, each.connected_at)
            ):
                ended.append(each.telegram_id)
        return StillThere(people, ended)

    async def erase_again(self, still_there: StillThere) -> None:
        """Erases them as when they asked for it; a worker tells Strava and the predictor."""
        for telegram_id in still_there.people:
            await self._own_data.erase_again(telegram_id, "everything")
        for telegram_id in still_there.connections:
            await self._own_data.erase_again(telegram_id, "strava")

    async def settle(self, erasures: ErasureList) -> None:
        """Nobody on the list is there any more, so the service may start."""
        last = erasures.last_at()
        if last is not None:
            await self._database.write(lambda session: self._membership.known_through(session, last))
