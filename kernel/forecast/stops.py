"""Standing still: how much longer the clock runs than the athlete moves."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.fitted import USUAL_LOG_STOPS, USUAL_LOG_STOPS_SD, Kind
from kernel.forecast.fit import FittedProfile
from kernel.forecast.history import placed
from kernel.forecast.versions import Versions


@dataclass(frozen=True, slots=True)
class Stops:
    """Median (never below 0) and standard deviation of the logarithm of elapsed over moving time."""

    log_ratio: float
    sd: float


def stops_of(versions: Versions, profile: FittedProfile | None, kind: Kind) -> Stops:
    """What is to be expected on a route, the first of its versions.

    People stop more on winding and steep ground, each in their own measure.
    """
    if profile is None:
        return Stops(USUAL_LOG_STOPS[kind], USUAL_LOG_STOPS_SD)
    target = placed(versions.first(), profile.centre, day=profile.target_day, kind=kind)
    beyond_usual, sd, _ = profile.stops.at(target)
    return Stops(max(0.0, USUAL_LOG_STOPS[kind] + float(beyond_usual[0])), float(sd[0]))
