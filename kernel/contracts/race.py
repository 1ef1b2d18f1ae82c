"""The race catalogue."""

from __future__ import annotations

import msgspec

from kernel.contracts.prediction import RouteFacts


class RaceDistance(msgspec.Struct, frozen=True):
    """One distance of a race. `id` is the `distance_id` of a prediction."""

    id: str
    name: str
    facts: RouteFacts


class Race(msgspec.Struct, frozen=True):
    """A race. `id` is the `race_id` of a prediction."""

    id: str
    name: str
    country: str
    distances: list[RaceDistance]


class RaceList(msgspec.Struct, frozen=True):
    """Every race of the catalogue, by name."""

    races: list[Race]
