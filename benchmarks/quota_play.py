"""One queue of jobs and one ledger on a clock that is made up, as the predictor's workers have them."""

from __future__ import annotations

import heapq
import itertools
import math
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import quantiles
from typing import Any, Final

from benchmarks.quota_load import DAY_S, Asked, Crowd
from kernel.strava.quota import QUARTER_S, Limits, Priority, QuotaExhausted
from predictor_service.sync.plan import Portions
from predictor_service.sync.schedule import AT_ONCE, LATER, NAMED, PAUSE_S
from servicekit.strava.counters import QuotaStore
from servicekit.strava.quota import QuotaLedger
from simulators.strava.application.quota import Quota, RateLimits

MIDNIGHT_S: Final = 1_790_035_200.0
READ_S: Final = 0.15
"""Between two reads: four jobs at once, of which each read takes 0.6 s."""
ON_ITS_WAY_S: Final = 10.0
"""An event of a window's last seconds may be read in the next: that is no lack of quota."""
PER_PAGE: Final = 200
PORTIONS: Final = Portions()
RANKS: Final = {
    Priority.INTERACTIVE: NAMED + 1,
    Priority.WEBHOOK: NAMED,
    Priority.FIRST_LOOK: AT_ONCE,
    Priority.DEEP: LATER,
}
"""Where each stands in the queue of jobs."""


@dataclass(slots=True)
class Task:
    """A job: reads that are left of it, and what it is."""

    athlete: int
    reads: int
    priority: Priority
    asked_s: float
    waited: bool = False


@dataclass(slots=True)
class Lane:
    """Jobs that are alike to the ledger, the one that is due first in front.

    With a gate nobody of them asks while one of them would be refused: of ten thousand that wait, each would be.
    """

    gated: bool
    waiting: list[tuple[float, int, Task]] = field(default_factory=list)
    opens_s: float = 0.0


@dataclass(slots=True)
class Tally:
    """What happened."""

    used: list[int] = field(default_factory=list)
    backlog: list[bool] = field(default_factory=list)
    overruns: int = 0
    lags_s: list[float] = field(default_factory=list)
    late_windows: int = 0
    refused_interactive: int = 0
    first_looks_s: list[float] = field(default_factory=list)
    deep: dict[int, int] = field(default_factory=dict)
    quarters: Counter[tuple[int, Priority]] = field(default_factory=Counter)
    """Reads of each priority in each quarter of an hour since the beginning."""


class Play:
    """Plays days. Without `classes` everybody stands in one line and nothing is kept for anybody."""

    def __init__(self, crowd: Crowd, read_limit: tuple[int, int], *, classes: bool = True) -> None:
        self.crowd = crowd
        self._classes = classes
        self._now_s = MIDNIGHT_S
        quarter, day = read_limit
        overall = (2 * quarter, 2 * day)
        limits = Limits(read_limit, overall)
        self._ledger = QuotaLedger(QuotaStore(), now=lambda: datetime.fromtimestamp(self._now_s, UTC), limits=limits)
        self._judge = Quota(RateLimits(*overall, quarter, day))
        self._order = itertools.count()
        ranks = RANKS if classes else dict.fromkeys(RANKS, 0)
        by_rank = {rank: Lane(gated=rank < NAMED) for rank in sorted(set(ranks.values()), reverse=True)}
        self._lanes = list(by_rank.values())
        self._lane_of = {priority: by_rank[rank] for priority, rank in ranks.items()}
        self._later: list[tuple[float, int, Task]] = []
        self._left = {number: max(0, history - PORTIONS.first_look) for number, history in enumerate(crowd.histories)}
        self._day_limit = day
        self.tally = Tally()

    async def connect(self) -> None:
        """All athletes connect now."""
        for athlete, history in enumerate(self.crowd.histories):
            pages = math.ceil(history / PER_PAGE) + 1
            reads = pages + min(history, PORTIONS.first_look)
            await self._ledger.newcomer()
            self._put(Task(athlete, reads, Priority.FIRST_LOOK, self._now_s), self._now_s)

    async def days(self, count: int) -> None:
        """Plays so many days more."""
        for _ in range(count):
            await self._day(self.crowd.day(len(self.tally.used)))

    async def until_half_looked(self, fewest: int, most: int) -> None:
        """Plays until half of the athletes have a first look."""
        await self.days(fewest)
        while len(self.tally.first_looks_s) < len(self.crowd.histories) / 2 and len(self.tally.used) < most:
            await self.days(1)

    async def _day(self, asked: Any) -> None:
        arrivals: deque[Asked] = deque(asked)
        begin_s = self._now_s - self._now_s % DAY_S
        end_s, used = begin_s + DAY_S, 0
        while self._now_s < end_s:
            while arrivals and begin_s + arrivals[0].at_s <= self._now_s:
                self._arrive(arrivals.popleft(), begin_s)
            while self._later and self._later[0][0] <= self._now_s:
                due_s, _, task = heapq.heappop(self._later)
                self._put(task, due_s)
            lane = next((each for each in self._lanes if each.waiting and each.opens_s <= self._now_s), None)
            if lane is not None:
                used += await self._read(lane)
                continue
            nexts = [end_s, *(each.opens_s for each in self._lanes if each.waiting)]
            nexts += [begin_s + arrivals[0].at_s] if arrivals else []
            nexts += [self._later[0][0]] if self._later else []
            self._now_s = max(self._now_s, min(nexts))
        self.tally.used.append(used)
        waiting = itertools.chain(self._later, *(lane.waiting for lane in self._lanes))
        self.tally.backlog.append(any(task.priority <= Priority.FIRST_LOOK for _, _, task in waiting))

    def _arrive(self, asked: Asked, begin_s: float) -> None:
        at_s = begin_s + asked.at_s
        self._put(Task(-1, asked.reads, asked.priority, at_s), at_s)

    def _put(self, task: Task, due_s: float) -> None:
        lane = self._lane_of[task.priority]
        heapq.heappush(lane.waiting, (due_s, next(self._order), task))
        if lane.opens_s > self._now_s:
            self._refused(task)

    async def _read(self, lane: Lane) -> int:
        """One read of the first job of a lane, if it may; how many reads that were."""
        first = heapq.heappop(lane.waiting)
        task = first[2]
        try:
            await self._ledger.acquire("read", task.priority if self._classes else Priority.INTERACTIVE)
        except QuotaExhausted as refused:
            self._wait(lane, first, refused.retry_at_s)
            return 0
        self.tally.overruns += not self._judge.take(self._now_s, read=True)
        self.tally.quarters[int((self._now_s - MIDNIGHT_S) // QUARTER_S), task.priority] += 1
        task.reads -= 1
        if task.priority is Priority.DEEP:
            self._left[task.athlete] -= 1
            self.tally.deep[task.athlete] = self.tally.deep.get(task.athlete, 0) + 1
        if task.reads:  # a job that has begun goes on before others begin
            heapq.heappush(lane.waiting, first)
        else:
            self._done(task)
        self._now_s += READ_S
        return 1

    def _wait(self, lane: Lane, first: tuple[float, int, Task], until_s: float) -> None:
        if not lane.gated:
            self._refused(first[2])
            heapq.heappush(self._later, (until_s, next(self._order), first[2]))
            return
        heapq.heappush(lane.waiting, first)
        lane.opens_s = until_s
        for _, _, task in lane.waiting if not self._classes else ():
            self._refused(task)

    def _refused(self, task: Task) -> None:
        if task.priority is Priority.INTERACTIVE and not task.waited:
            self.tally.refused_interactive += 1
        task.waited = True

    def _done(self, task: Task) -> None:
        lag_s = self._now_s - task.asked_s
        if task.priority is Priority.WEBHOOK:
            self.tally.lags_s.append(lag_s)
            self.tally.late_windows += self._now_s // QUARTER_S > (task.asked_s + ON_ITS_WAY_S) // QUARTER_S
        if task.priority is Priority.FIRST_LOOK:
            self.tally.first_looks_s.append(lag_s)
        if task.priority <= Priority.FIRST_LOOK and self._left[task.athlete] > 0:
            portion = min(PORTIONS.portion, self._left[task.athlete])
            next_one = Task(task.athlete, portion, Priority.DEEP, self._now_s)
            heapq.heappush(self._later, (self._now_s + PAUSE_S, next(self._order), next_one))

    def figures(self) -> dict[str, Any]:
        """What came of it."""
        tally = self.tally
        with_backlog = [used for used, backlog in zip(tally.used, tally.backlog, strict=True) if backlog]
        looked = sorted(tally.first_looks_s)
        half = math.ceil(len(self.crowd.histories) / 2)
        return {
            "days": len(tally.used),
            "overruns": tally.overruns,
            "events": len(tally.lags_s),
            "webhook_same_window": _share(len(tally.lags_s) - tally.late_windows, len(tally.lags_s)),
            "webhook_lag_p99_s": _p99(tally.lags_s),
            "interactive_refused": tally.refused_interactive,
            "used_share": round(min(with_backlog) / self._day_limit, 4) if with_backlog else None,
            "days_with_backlog": len(with_backlog),
            "first_look_p50_s": round(looked[half - 1], 1) if len(looked) >= half else None,
            "jain": _jain([tally.deep.get(one, 0) for one, left in self._left.items() if left > 0]),
        }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 5) if whole else None


def _p99(values: list[float]) -> float | None:
    return round(quantiles(values, n=100)[98], 1) if len(values) > 1 else None


def _jain(served: list[int]) -> float | None:
    """Jain's index of what those got who still want more: 1 is the same for each."""
    total, squares = sum(served), sum(each * each for each in served)
    return round(total * total / (len(served) * squares), 4) if squares else None
