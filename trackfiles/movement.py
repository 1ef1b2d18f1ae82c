"""What a movement tells of how somebody moved: whether it can only have been on foot, and whether it cannot.

A bicycle at its slowest is as fast as a good runner, so that a file that names no sport is believed to tell of feet
only where it is slower than that, goes down no faster than feet do, and does not lie as level as water.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from kernel.pace import ActivityFeatures
from kernel.tracks import BadTrack, FloatArray, Recording

_PIECE_M: Final = 100.0
_USUAL_M_PER_S: Final = 3.5
"""4:46 min/km: of the rides that people record next to none is slower, stops left out."""
_FASTEST_M_PER_S: Final = 5.2
_FASTEST_SHARE: Final = 0.95
_LEVEL_M: Final = 2.0

_MOST_VEHICLES: Final = 3
_VEHICLE_SHARE: Final = 0.2
_SHORTEST_M: Final = 500.0
_AFTER_VEHICLES_M_PER_S: Final = 5.0
_AFTER_VEHICLES_SHARE: Final = 0.9

_BEST_S: Final = np.log([120.0, 600.0, 3600.0, 7300.0, 21_900.0, 86_400.0, 172_800.0, 518_400.0])
_BEST_M_PER_S: Final = np.array([7.6, 6.6, 5.95, 5.83, 4.57, 3.7, 2.85, 2.0])
"""World records on the flat: 800 m to six days."""
_MORE_THAN_BEST: Final = 1.25
"""What heights and positions may be wrong by."""


def only_on_foot(recording: Recording) -> bool:
    """Whether somebody who moved so was on foot, and not on a bicycle or in a boat."""
    speeds = _speeds(recording)
    if not len(speeds):
        return False
    low, high = np.percentile(recording.elevation_m, (5, 95))
    return bool(
        np.median(speeds) <= _USUAL_M_PER_S
        and np.quantile(speeds, _FASTEST_SHARE) <= _FASTEST_M_PER_S
        and high - low >= _LEVEL_M
    )


def refuse_vehicle(recording: Recording) -> None:
    """Raises BadTrack `vehicle` where what was cut out as vehicles leaves no outing on foot, but slower driving."""
    vehicles_m = [one.distance_m for one in recording.cuts if one.kind == "vehicle"]
    if not vehicles_m:
        return
    left_m = float(recording.distance_m[-1])
    speeds = _speeds(recording)
    often = len(vehicles_m) > _MOST_VEHICLES and sum(vehicles_m) > _VEHICLE_SHARE * (left_m + sum(vehicles_m))
    fast = len(speeds) > 0 and np.quantile(speeds, _AFTER_VEHICLES_SHARE) > _AFTER_VEHICLES_M_PER_S
    if often or fast or left_m < _SHORTEST_M:
        raise BadTrack("vehicle", "This moves as a vehicle does, and not as somebody on foot.")


def refuse_impossible(features: ActivityFeatures) -> None:
    """Raises BadTrack `impossible_pace` for more than a quarter above the best of the world, on the same ground."""
    best = float(np.interp(features.log_moving_s, _BEST_S, _BEST_M_PER_S))
    if features.log_unit_time - features.log_moving_s > math.log(_MORE_THAN_BEST * best):
        raise BadTrack(
            "impossible_pace",
            "Nobody goes this fast for so long on such ground: the times of this file were computed, or it was a ride.",
        )


def _speeds(recording: Recording) -> FloatArray:
    """Metres per second moved in each 100 m, stops left out."""
    length_m = float(recording.distance_m[-1] - recording.distance_m[0])
    edges = recording.distance_m[0] + np.linspace(0.0, length_m, max(1, round(length_m / _PIECE_M)) + 1)
    moved_s = np.diff(recording.moving_s_at(edges))
    speeds: FloatArray = np.diff(edges)[moved_s > 0] / moved_s[moved_s > 0]
    return speeds
