"""The ups and downs of a route, told by the places where it turns: between two of them it only rises or only falls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

Indices = NDArray[np.intp]


class Climbed(NamedTuple):
    """Heights at some places, and metres up and down from the start to each of them."""

    height_m: FloatArray
    up_m: FloatArray
    down_m: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """`turns` are the points of a route's grid at which its heights go the other way, and where they last moved.

    `begun` is what was climbed at the start and at each of them; by `counted` it becomes the route's gain and loss.
    """

    route: RouteGeometry
    turns: Indices
    begun: Climbed
    counted: tuple[float, float]

    def at(self, marks_m: FloatArray) -> Climbed:
        """What was climbed at distances from the start, so shared out that all of it is the route's gain and loss."""
        route, begun = self.route, self.begun
        run = route.distance_m[self.turns].searchsorted(marks_m, side="right")
        height_m: FloatArray = np.interp(marks_m, route.distance_m, route.elevation_m)
        risen_m = height_m - begun.height_m[run]
        up_m = (begun.up_m[run] + np.maximum(risen_m, 0.0)) * self.counted[0]
        return Climbed(height_m, up_m, (begun.down_m[run] - np.minimum(risen_m, 0.0)) * self.counted[1])


def relief_of(route: RouteGeometry) -> Relief:
    """The relief of a route."""
    turns = turning_points(route.elevation_m)
    height_m = route.elevation_m[np.concatenate(([0], turns))]
    step_m = height_m[1:] - height_m[:-1]
    up_m, down_m = (np.concatenate(([0.0], np.maximum(each, 0.0).cumsum())) for each in (step_m, -step_m))
    told = zip((route.gain_m, route.loss_m), (up_m[-1], down_m[-1]), strict=True)
    gain, loss = (float(metres / moved) if moved > 0 else 1.0 for metres, moved in told)
    return Relief(route, turns, Climbed(height_m, up_m, down_m), (gain, loss))


def turning_points(height_m: FloatArray) -> Indices:
    """Where a profile goes the other way, the first point of what is level there, and where it last moved."""
    up, down = height_m[1:] > height_m[:-1], height_m[1:] < height_m[:-1]
    (changes,) = ((up[1:] != up[:-1]) | (down[1:] != down[:-1])).nonzero()
    # steps of one kind, up or down or level, are a run: there are few
    first, end = np.concatenate(([0], changes + 1)), np.concatenate((changes + 1, [len(up)]))
    (moves,) = (up[first] | down[first]).nonzero()
    if not len(moves):
        return moves
    rising = up[first[moves]]
    turns: Indices = end[moves[np.concatenate((rising[1:] != rising[:-1], [True]))]]
    return turns
