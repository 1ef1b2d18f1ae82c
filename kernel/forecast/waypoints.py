"""The named places of a GPX as checkpoints: each where the course passes it, by everything that is known of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from kernel.contracts.prediction import CheckpointRequest
from kernel.contracts.route import Figure
from kernel.forecast.place_names import Told, told_by
from kernel.tracks import Finding, RouteGeometry, Track, Waypoint, along_m
from kernel.tracks.distance import EARTH_RADIUS_M
from kernel.tracks.track import FloatArray

MOST_CHECKPOINTS: Final = 200
NEAR_M: Final = 100.0

_MOST_LOOKED_AT: Final = 500
_STEP_M: Final = 20.0
_LONGEST_NAME: Final = 80
_SAME_PASS_M: Final = 400.0
_SAME_PLACE_M: Final = 60.0
_END_M: Final = 500.0
_END_SHARE: Final = 0.02
_SCALE: Final = 0.15
_MOST_FAR_NAMED: Final = 10
_MOST_PASSES: Final = 20


class PlacedWaypoints(NamedTuple):
    """Checkpoints in the order of the course, and the places that are none of it."""

    checkpoints: list[CheckpointRequest]
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Place:
    """A waypoint, what its name tells, the metres at which the course passes it, and those chosen."""

    name: str
    told: Told
    waypoint: Waypoint
    passes: FloatArray
    at_m: list[float]


def placed_waypoints(track: Track, route: RouteGeometry) -> PlacedWaypoints:
    """Named waypoints within 100 m of the track, at most 200, of the first 500 in the file.

    Of several passes the one is taken that the name tells: by kilometres in it, by being start or finish, by the order
    of its number. Waypoints at one place share its passes in the order of the file. Where nothing decides, each pass is
    a checkpoint, numbered.
    """
    named = [place for place in track.waypoints if place.name.strip()][:_MOST_LOOKED_AT]
    if not named:
        return PlacedWaypoints([], ())
    path, at_m = _path(track)
    places, far = [], []
    for waypoint in named:
        passes, off_m = _passes(waypoint, path, at_m)
        name = waypoint.name.strip()
        if len(passes):
            places.append(_Place(name, told_by(name), waypoint, np.minimum(passes, route.length_m), []))
        else:
            far.append((name[:_LONGEST_NAME], off_m))
    _assign(places, route.length_m)
    checkpoints = [one for place in places for one in _checkpoints(place)]
    return PlacedWaypoints(sorted(checkpoints, key=lambda c: c.at_m)[:MOST_CHECKPOINTS], _found(far))


def _found(far: Sequence[tuple[str, float]]) -> tuple[Finding, ...]:
    if not far:
        return ()
    names = [name for name, _ in far[:_MOST_FAR_NAMED]]
    away_m = round(max(off_m for _, off_m in far), 1)
    figures: dict[str, Figure] = {"count": float(len(far)), "names": names, "away_m": away_m}
    return (Finding("waypoints_off_course", figures),)


def _checkpoints(place: _Place) -> list[CheckpointRequest]:
    chosen = sorted(place.at_m)
    numbered = [f" ({number})" for number in range(1, len(chosen) + 1)] if len(chosen) > 1 else [""]
    return [
        CheckpointRequest(name=place.name[: _LONGEST_NAME - len(number)] + number, at_m=round(at_m, 1))
        for number, at_m in zip(numbered, chosen, strict=True)
    ]


def _assign(places: Sequence[_Place], length_m: float) -> None:
    """Chooses passes: first what names tell, then for places that share passes, then the rest."""
    scale = _scale(places, length_m)
    for place in places:
        if len(place.passes) == 1:
            place.at_m = place.passes.tolist()
        elif place.told.at_m:
            wanted = (scale * told_m for told_m in place.told.at_m)
            place.at_m = sorted({_nearest(place.passes, at_m) for at_m in wanted})
        elif place.told.end is not None:
            place.at_m = _end(place, length_m)
    for group in _at_one_place([place for place in places if not place.at_m]):
        others = (place for place in places if place.at_m and _same(place, group[0]))
        _share_out(group, [at_m for place in others for at_m in place.at_m])
    _by_order(places)


def _scale(places: Sequence[_Place], length_m: float) -> float:
    """Metres of the track per metre that names tell: official lengths differ from those of tracks."""
    known = [(float(p.passes[0]), p.told.at_m[0]) for p in places if len(p.passes) == 1 and len(p.told.at_m) == 1]
    known += [(length_m, p.told.at_m[0]) for p in places if p.told.end == "finish" and len(p.told.at_m) == 1]
    ratios = [at_m / told_m for at_m, told_m in known if told_m > 1000.0 and abs(at_m / told_m - 1.0) <= _SCALE]
    return float(np.median(ratios)) if ratios else 1.0


def _nearest(passes: FloatArray, at_m: float) -> float:
    return float(passes[int(np.argmin(np.abs(passes - at_m)))])


def _end(place: _Place, length_m: float) -> list[float]:
    """The pass at the end that a name such as `Finish` means, if the course passes there."""
    end_m = 0.0 if place.told.end == "start" else length_m
    nearest = _nearest(place.passes, end_m)
    return [nearest] if abs(nearest - end_m) <= max(_END_M, _END_SHARE * length_m) else []


def _at_one_place(places: Sequence[_Place]) -> list[list[_Place]]:
    groups: list[list[_Place]] = []
    for place in places:
        group = next((group for group in groups if _same(group[0], place)), None)
        if group is None:
            groups.append([place])
        else:
            group.append(place)
    return groups


def _same(one: _Place, other: _Place) -> bool:
    spots = [np.array(_on_sphere(np.array(p.waypoint.lat_deg), np.array(p.waypoint.lon_deg))) for p in (one, other)]
    return float(np.linalg.norm(spots[0] - spots[1])) * EARTH_RADIUS_M <= _SAME_PLACE_M


def _share_out(group: Sequence[_Place], taken: Sequence[float]) -> None:
    """Waypoints at one place get its passes in the order of the file; one alone gets all that are left."""
    free = [at_m for at_m in group[0].passes.tolist() if not any(abs(at_m - one) < _SAME_PASS_M for one in taken)]
    free = free or group[0].passes.tolist()
    if len(group) == 1:
        group[0].at_m = free[:_MOST_PASSES]
        return
    for number, place in enumerate(group):
        place.at_m = [free[min(number, len(free) - 1)]]


def _by_order(places: Sequence[_Place]) -> None:
    """Numbered places (`CP1`) are passed once: where the order of the file leaves one pass for it, it stands there."""
    ordered = [place for place in places if len(place.at_m) == 1 or place.told.number is not None]
    earliest, latest = _in_order(ordered, 1.0), _in_order(ordered[::-1], -1.0)[::-1]
    if len(earliest) == len(latest) == len(ordered):
        for place, first_m, last_m in zip(ordered, earliest, latest, strict=True):
            place.at_m = [at_m for at_m in place.at_m if first_m <= at_m <= last_m]


def _in_order(places: Sequence[_Place], onward: float) -> list[float]:
    """The first pass of each that is not before that of the place before it, as far as each has one."""
    reached, way = -math.inf, list[float]()
    for place in places:
        after = [onward * at_m for at_m in place.at_m if onward * at_m >= reached]
        if not after:
            break
        reached = min(after)
        way.append(onward * reached)
    return way


def _path(track: Track) -> tuple[FloatArray, FloatArray]:
    """Unit vectors along the track, one every 20 m, and the metres from its start."""
    distance_m = along_m(track)
    at_m = np.linspace(0.0, float(distance_m[-1]), max(2, math.ceil(distance_m[-1] / _STEP_M) + 1))
    path = np.column_stack([np.interp(at_m, distance_m, axis) for axis in _on_sphere(track.lat_deg, track.lon_deg)])
    path /= np.linalg.norm(path, axis=1, keepdims=True)
    return path, at_m


def _on_sphere(lat_deg: FloatArray, lon_deg: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Unit vectors, so that neither the antimeridian nor a pole is special."""
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    return np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)


def _passes(place: Waypoint, path: FloatArray, at_m: FloatArray) -> tuple[FloatArray, float]:
    """Metres from the start where the path is nearest to the place, once each time it comes near; how near it comes.

    Two within 400 m of way are one pass.
    """
    spot = np.array(_on_sphere(np.array(place.lat_deg), np.array(place.lon_deg)))
    off_m = EARTH_RADIUS_M * np.sqrt(np.maximum(2.0 - 2.0 * (path @ spot), 0.0))
    near = np.flatnonzero(off_m <= NEAR_M)
    if not len(near):
        return near.astype(np.float64), float(off_m.min())
    each = np.split(near, np.flatnonzero(np.diff(at_m[near]) > _SAME_PASS_M) + 1)
    return np.array([at_m[run[int(np.argmin(off_m[run]))]] for run in each]), float(off_m.min())
