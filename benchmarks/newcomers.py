"""How right the forecast is with little or no history, which the folder's own protocol leaves out.

Few activities: every activity of every athlete, from the fifth on so that all k share their targets, is a fresh start.
It is forecast from only the k activities before it, k = 0..4, those of its own kind (running or walking) first. Each
start is made twice: saying nothing, and stating a flat pace. What people state is taken to be honest and round: the
median pace of the flat kilometres of the five other outings of that kind nearest before it (after it where there are
too few), to the nearest 15 s per km. The five are drawn apart from the k, because someone knows their pace before they
connect a single activity.

History length: every activity with at least fifty earlier ones is forecast from the k newest of them, so that all
points of the curve are scored on the same targets and athletes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from benchmarks.activities import Outing, outing_of, target_of
from benchmarks.ayda import athlete_of, share_within
from benchmarks.baselines.flat_pace import flat_paces_s_per_km
from benchmarks.protocol import Activity, Row, Shelf, said
from kernel.fitted import Kind

FEW: Final = (0, 1, 2, 3, 4)
LENGTHS: Final = (1, 2, 3, 5, 10, 20, 50, 100, 100_000)
FEWEST_FOR_LENGTHS: Final = 50

_STATED_FROM: Final = 5
_STATED_TO_S: Final = 15.0
_FEWEST_FLAT_KM: Final = 3


def newcomer_rows(shelf: Shelf, athlete: str, stride: int) -> dict[str, list[Row]]:
    """Rows per start, `k` and whether a pace was `stated`; and rows per `length` of history."""
    activities = shelf.activities(athlete)
    said(f"{athlete}  0 to 4 earlier activities")
    few = list(_few(shelf, athlete, activities, stride))
    said(f"{athlete}  history length")
    return {"few": few, "lengths": list(_lengths(shelf, athlete, activities, stride))}


def start_of(row: Row) -> str:
    """The name of a way to start: "2" earlier activities, or "2 stated" with a stated pace."""
    return f"{row['k']}{' stated' if row['stated'] else ''}"


def newest(past: Sequence[Outing], kind: Kind, count: int) -> list[Outing]:
    """The `count` newest outings, those of `kind` first."""
    same = [outing for outing in past if outing.kind == kind]
    other = [outing for outing in past if outing.kind != kind]
    return [*other, *same][-count:] if count else []


def stated_pace_s_per_km(outings: Sequence[Outing], at: int) -> float | None:
    """The flat pace that the athlete of these outings would state at number `at`; None if nothing flat is known."""
    kind = outings[at].kind
    before = [outing for outing in outings[:at] if outing.kind == kind][::-1]
    after = [outing for outing in outings[at + 1 :] if outing.kind == kind]
    known = [*before, *after]
    flat = flat_paces_s_per_km(known[:_STATED_FROM])
    if len(flat) < _FEWEST_FLAT_KM:
        flat = flat_paces_s_per_km(known)
    if len(flat) < _FEWEST_FLAT_KM:
        return None
    return _STATED_TO_S * round(float(np.median(flat)) / _STATED_TO_S)


def _few(shelf: Shelf, athlete: str, activities: Sequence[Activity], stride: int) -> Iterator[Row]:
    outings = [outing_of(activity) for activity in activities]
    for at in range(max(FEW), len(activities), stride):
        stated = stated_pace_s_per_km(outings, at)
        for count in FEW:
            past = newest(outings[:at], outings[at].kind, count)
            yield {"k": count, "stated": False, **_row(shelf, athlete, activities[at], past, None)}
            if stated is not None:
                yield {"k": count, "stated": True, **_row(shelf, athlete, activities[at], past, stated)}


def _lengths(shelf: Shelf, athlete: str, activities: Sequence[Activity], stride: int) -> Iterator[Row]:
    outings = [outing_of(activity) for activity in activities]
    for at in range(FEWEST_FOR_LENGTHS, len(activities), stride):
        for length in LENGTHS:
            past = newest(outings[:at], outings[at].kind, length)
            yield {"length": length, **_row(shelf, athlete, activities[at], past, None)}


def _row(
    shelf: Shelf, athlete: str, activity: Activity, past: Sequence[Outing], stated_s_per_km: float | None
) -> dict[str, Any]:
    """What happened and what was forecast, in the names of the protocol's rows."""
    distance_m, elevation_m = shelf.tracks.route(activity)
    target = target_of(distance_m, elevation_m, activity["sport"], activity)
    times = athlete_of(past).forecast(target, stated_s_per_km)
    happened = outing_of(activity)
    return {
        "a": athlete,
        "kind": target.kind,
        "true": happened.moving_s,
        "p10": times.p10_s,
        "p50": times.p50_s,
        "p90": times.p90_s,
        "rank": share_within(times, happened.moving_s),
    }
