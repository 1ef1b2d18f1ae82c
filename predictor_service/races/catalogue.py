"""The races the catalogue starts with.

A course here is an outline: a few control points written for this project, so that length, climb, descent and the
extreme heights agree with what is publicly known about the race. It is no recording, and says nothing about where the
course runs. Ids follow from the slugs and never change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

import numpy as np

from kernel.tracks import RouteGeometry, route_from_arrays

_NAMESPACE: Final = UUID("6b1f2f0e-5c0a-4a53-9d7e-3f1c8c0a7e21")


@dataclass(frozen=True, slots=True)
class DistanceOutline:
    """One course as (kilometre, metres above the sea) from start to finish."""

    slug: str
    name: str
    control_points: tuple[tuple[float, float], ...]

    def geometry(self) -> RouteGeometry:
        """The course through the control points, smoothed like any other."""
        distance_km, elevation_m = np.array(self.control_points, dtype=np.float64).T
        return route_from_arrays(distance_km * 1000.0, elevation_m)


@dataclass(frozen=True, slots=True)
class RaceOutline:
    """A race and its distances; `country` is ISO 3166-1 alpha-2, `time_zone` an IANA name."""

    slug: str
    name: str
    country: str
    time_zone: str
    distances: tuple[DistanceOutline, ...]

    @property
    def id(self) -> UUID:
        """The same on every machine, for ever."""
        return uuid5(_NAMESPACE, self.slug)

    def distance_id(self, distance: DistanceOutline) -> UUID:
        """The same on every machine, for ever."""
        return uuid5(_NAMESPACE, f"{self.slug}/{distance.slug}")


CATALOGUE: Final = (
    RaceOutline(
        "alpine-race",
        "Alpine Race Skyrunning",
        "KZ",
        "Asia/Almaty",
        (
            DistanceOutline(
                "vertical", "Vertical, 3.4 km (outline)", ((0, 2320), (1.6, 2700), (1.7, 2686), (3.44, 3164))
            ),
        ),
    ),
    RaceOutline(
        "berlin-marathon",
        "Berlin Marathon",
        "DE",
        "Europe/Berlin",
        (
            DistanceOutline(
                "marathon",
                "Marathon, 42.2 km (outline)",
                (
                    *((0, 38), (5, 33), (11, 43), (15, 35), (22, 53), (25, 45)),
                    *((28, 57), (33, 40), (36, 50), (38, 38), (40, 49), (42.195, 38)),
                ),
            ),
        ),
    ),
    RaceOutline(
        "irbis",
        "Irbis Race",
        "KZ",
        "Asia/Almaty",
        (
            DistanceOutline(
                "50k",
                "50 km (outline)",
                (
                    *((0, 2500), (10, 3300), (14, 2900), (22, 4000), (30, 2900)),
                    *((34, 3300), (40, 2700), (43, 3000), (50, 1800)),
                ),
            ),
        ),
    ),
    RaceOutline(
        "sierre-zinal",
        "Sierre-Zinal",
        "CH",
        "Europe/Zurich",
        (
            DistanceOutline(
                "31k",
                "31 km (outline)",
                (
                    *((0, 585), (1, 700), (7, 1900), (8.5, 1850), (12.5, 2250)),
                    *((14.5, 2100), (19, 2425), (21, 2300), (23, 2460), (31, 1685)),
                ),
            ),
        ),
    ),
    RaceOutline(
        "talgar-trail",
        "Talgar Trail",
        "KZ",
        "Asia/Almaty",
        (
            DistanceOutline(
                "25k",
                "25 km (outline)",
                ((0, 1150), (2.5, 1250), (7, 2250), (9, 1950), (12.5, 2650), (16, 2000), (18, 2500), (25, 1150)),
            ),
        ),
    ),
)
