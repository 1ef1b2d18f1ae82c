"""What an athlete's activities teach, told by their rows."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Final, NamedTuple
from uuid import UUID

from kernel.contracts.activity import LeftOutCode, Provenance, SportTag
from kernel.pace import ActivityFeatures
from predictor_service.activities.models import STRAVA
from predictor_service.activities.twins import TOLD_TWICE, told_again

_FROM: Final = attrgetter("sport", "provenance")


class Usable(NamedTuple):
    """A stored activity with features of this version, by the names of its columns.

    Thousands are looked at by name, for which a row of SQLAlchemy takes six times as long.
    """

    id: UUID
    started_at: datetime
    distance_m: float
    elapsed_time_s: float
    features_source: str | None
    switched_off_at: datetime | None
    left_out: LeftOutCode | None
    sport: SportTag
    provenance: Provenance
    features: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """The activities, oldest first; `again` are ids of those whose outing a better one tells, `on` those that count."""

    rows: Sequence[Usable]
    again: AbstractSet[UUID]
    on: Sequence[Usable]

    def features(self) -> list[ActivityFeatures]:
        """Of every activity that counts, oldest first."""
        return [ActivityFeatures.from_bytes(one.features) for one in self.on]

    def features_of_sent(self) -> list[ActivityFeatures]:
        """As `features`, of files alone: what Strava tells has no part in which of two tellings counts."""
        return taught_by(
            [one for one in self.rows if one.provenance != STRAVA and _by_itself(one, self.again)]
        ).features()

    def provenances(self) -> frozenset[tuple[SportTag, Provenance]]:
        """Where the activities that count came from, by sport."""
        return frozenset(map(_FROM, self.on))


def taught_by(rows: Sequence[Usable]) -> Taught:
    """What usable activities in the order of their starts teach, each outing once."""
    again = told_again(rows)
    on = [one for one in rows if one.switched_off_at is None and _by_itself(one, again)]
    return Taught(rows, again, [one for one in on if one.id not in again] if again else on)


def _by_itself(one: Usable, again: AbstractSet[UUID]) -> bool:
    """Whether nothing but its twin, if anything, is why it does not count."""
    return one.left_out is None or one.left_out == TOLD_TWICE or one.id in again
