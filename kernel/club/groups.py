"""Pace groups for a course: the best cut of the people, sorted by how long it takes them.

How many groups there are is decided by what one more of them saves: the mean waiting of a person in minutes, plus for
each group 1 % of the median time (no less than a minute), is as small as possible. One group is a cut, too: people who
are alike are not parted for the sake of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kernel.club.cut import GroupCut, best_cuts
from kernel.club.matching import APART, Outlook
from kernel.contracts.club import LEAST_GROUP, Hint
from kernel.errors import DomainError

MOST_GROUPS: Final = 6
GROUP_COST: Final = 0.01
"""Of the median time: a group more needs somebody who leads it, so it has to save each person about that."""
LEAST_COST_MIN: Final = 1.0
_Z90: Final = 1.2816
"""The standard normal score of P90."""
_STEP_MIN: Final = 5
_STEP_SHARE: Final = 0.05
_GAP_FELT: Final = 0.03


class GroupsImpossible(DomainError):
    """No cut keeps to the number and the sizes that were asked for."""

    def __init__(self, people: int, count: int | None, least: int, most: int) -> None:
        groups = f"{count} groups" if count is not None else f"at most {MOST_GROUPS} groups"
        super().__init__(f"{people} people cannot be cut into {groups} of {least} to {most}; ask for other groups.")


@dataclass(frozen=True, slots=True)
class PaceGroup:
    """People who go together, the fastest first.

    `waiting_min` is the mean gap to the slowest, at the finish. `time_range_min` is what eight in ten days of such a
    group take: the spread between its people and the doubt about each make it, so its ends are nobody's own times. It
    is in steps of five minutes, wider ones where 5 % of the time is more, and None for fewer than three people.
    """

    members: tuple[str, ...]
    waiting_min: float
    time_range_min: tuple[int, int] | None
    hint: Hint


def pace_groups(
    members: Mapping[str, Outlook], *, count: int | None = None, least: int = LEAST_GROUP, most: int | None = None
) -> list[PaceGroup]:
    """Groups for these people, the fastest group first; everybody is in one.

    As many groups as pay off, up to six, or `count` of them; with `least` to `most` people in each. Equals are parted
    only where the sizes leave no other way. Raises GroupsImpossible.
    """
    line = sorted(members, key=lambda name: (members[name].log_time_s, name))
    if not line:
        return []
    limit = len(line) if most is None else most
    time_min = np.array([math.exp(members[name].log_time_s) / 60.0 for name in line])
    cuts = best_cuts(time_min, least=least, most=limit, groups=count or MOST_GROUPS)
    if count is not None:
        cuts = cuts[-1:]
    cost_min = max(LEAST_COST_MIN, GROUP_COST * float(np.median(time_min)))
    possible = [cut for cut in cuts if cut is not None]
    if not possible:
        raise GroupsImpossible(len(line), count, least, limit)
    best = min(possible, key=lambda cut: (cut.parted, _score(cut, len(line), cost_min)))
    begins = (0, *best.ends[:-1])
    return [_group(line[begin:end], members) for begin, end in zip(begins, best.ends, strict=True)]


def _score(cut: GroupCut, people: int, cost_min: float) -> float:
    return cut.waiting_min / people + cost_min * len(cut.ends)


def _group(names: Sequence[str], members: Mapping[str, Outlook]) -> PaceGroup:
    outlooks = [members[name] for name in names]
    slowest_s = math.exp(outlooks[-1].log_time_s)
    gap_s = slowest_s - sum(math.exp(each.log_time_s) for each in outlooks) / len(outlooks)
    gap = max(0.0, gap_s)
    return PaceGroup(
        members=tuple(names),
        waiting_min=gap / 60.0,
        time_range_min=_time_range_min(outlooks) if len(outlooks) >= LEAST_GROUP else None,
        hint=_hint(gap / slowest_s, outlooks),
    )


def _time_range_min(outlooks: Sequence[Outlook]) -> tuple[int, int]:
    log_times = [each.log_time_s for each in outlooks]
    middle = sum(log_times) / len(log_times)
    between = sum((log_time - middle) ** 2 for log_time in log_times) / len(log_times)
    doubt = sum(each.log_time_sd**2 for each in outlooks) / len(outlooks)
    reach = _Z90 * math.sqrt(between + doubt)
    low_min, high_min = (math.exp(middle + side * reach) / 60.0 for side in (-1.0, 1.0))
    step_min = _STEP_MIN * max(1, round(_STEP_SHARE * math.exp(middle) / 60.0 / _STEP_MIN))
    return step_min * math.floor(low_min / step_min), step_min * math.ceil(high_min / step_min)


def _hint(gap_share: float, outlooks: Sequence[Outlook]) -> Hint:
    if gap_share > _GAP_FELT:
        return "wait_often"
    spread = max(
        max(slopes) - min(slopes) for slopes in ([each.climb for each in outlooks], [each.descent for each in outlooks])
    )
    return "wait_on_slopes" if spread > APART else "holds_together"
