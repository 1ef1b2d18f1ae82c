"""Cutting a line of people, fastest first, into groups that wait as little as possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.tracks.track import FloatArray

_NEVER: Final = np.iinfo(np.int64).max // 2


@dataclass(frozen=True, slots=True)
class GroupCut:
    """Where the groups end in the line, each before this place; what all wait together; how many equals it parts.

    Everybody waits for the slowest of their group at the finish: `waiting_min` adds up all these minutes.
    """

    ends: tuple[int, ...]
    waiting_min: float
    parted: int


def best_cuts(time_min: FloatArray, *, least: int, most: int, groups: int) -> tuple[GroupCut | None, ...]:
    """The best cut of people into one group, into two, and so on up to `groups`; None where sizes allow none.

    `time_min` are minutes over the course, ascending; each group has `least` to `most` people. The best cut is the one
    that parts the fewest equals, and among those the one that waits least. Dynamic programming over where the last
    group begins, which finds the optimum because a group costs the same whatever the others are: O(groups n^2).
    """
    people = len(time_min)
    waiting, allowed = _waiting(time_min, least, most)
    parts = np.zeros(people + 1, dtype=np.int64)
    parts[1:people] = time_min[1:] == time_min[:-1]
    parted, total = np.full(people + 1, _NEVER), np.full(people + 1, np.inf)
    parted[0], total[0] = 0, 0.0
    begins, cuts = [], []
    for _ in range(groups):
        reached = allowed & (parted < _NEVER)[:, None]
        candidates = np.where(reached, (parted + parts)[:, None], _NEVER)
        parted = candidates.min(axis=0)
        waits = np.where(reached & (candidates == parted), total[:, None] + waiting, np.inf)
        begins.append(waits.argmin(axis=0))
        total = waits.min(axis=0)
        found = parted[people] < _NEVER
        cuts.append(GroupCut(_ends(begins, people), float(total[people]), int(parted[people])) if found else None)
    return tuple(cuts)


def _waiting(time_min: FloatArray, least: int, most: int) -> tuple[FloatArray, NDArray[np.bool_]]:
    """What the people from one place (rows) to another (columns) wait as a group, and whether they may be one."""
    places = np.arange(len(time_min) + 1)
    size = places[None, :] - places[:, None]
    allowed = (size >= max(1, least)) & (size <= most)
    so_far = np.concatenate(([0.0], np.cumsum(time_min)))
    slowest = np.concatenate(([0.0], time_min))
    waiting = size * slowest[None, :] - (so_far[None, :] - so_far[:, None])
    return np.maximum(waiting, 0.0), allowed


def _ends(begins: list[NDArray[np.intp]], people: int) -> tuple[int, ...]:
    ends = [people]
    for begin in reversed(begins):
        ends.append(int(begin[ends[-1]]))
    return tuple(reversed(ends[:-1]))
