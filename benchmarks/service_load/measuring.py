"""Rounds of requests that take turns, and what they say."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.service_load.cases import ASGI, BARE, BATCH, PREDICT, PROFILE, TOKEN, WEBHOOK, Case, cases
from benchmarks.service_load.house import House, furnished
from benchmarks.service_load.load import many
from benchmarks.service_load.servers import Kind

COMPARED: Final = {"token": TOKEN, "profile": PROFILE, "webhook": WEBHOOK, "predict": PREDICT}


@dataclass
class Seen:
    """One case round by round: CPU ms of a request, requests a second; and how long each request took, in ms."""

    cpu_ms: list[float] = field(default_factory=list)
    per_s: list[float] = field(default_factory=list)
    each_ms: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """Medians of the rounds, and the usual percentiles of all requests."""
        ranked = sorted(self.each_ms)
        return {
            "cpu_ms": round(statistics.median(self.cpu_ms), 4),
            "requests_per_s": round(statistics.median(self.per_s), 1),
            "p50_ms": round(ranked[len(ranked) // 2], 3),
            "p99_ms": round(ranked[int(0.99 * (len(ranked) - 1))], 3),
        }


def measure(database: str, server: Kind, rounds: int, longest_s: float) -> dict[str, Any]:
    """The figures of one server on one database; after `longest_s` no further round begins, but one is always made."""
    with tempfile.TemporaryDirectory() as name, furnished(database, Path(name), server) as house:
        known, used = cases(house, rounds), dict[str, int]()
        seen = {case.name: Seen() for case in known}
        begun_s = time.monotonic()
        for turn in range(rounds + 1):
            if turn > 1 and time.monotonic() - begun_s > longest_s:
                break
            for case in known:
                _ask(house, case, used, seen[case.name] if turn else Seen())
    return summed_up(seen)


def _ask(house: House, case: Case, used: dict[str, int], seen: Seen) -> None:
    server = house.servers[case.server]

    def numbers(count: int) -> range:
        first = used.get(case.name, 0)
        used[case.name] = first + count
        return range(first, first + count)

    many(server.url, case.call, numbers(case.warm), at_once=case.at_once)
    before_s = server.cpu_s()
    burst = many(server.url, case.call, numbers(case.requests), at_once=case.at_once)
    seen.cpu_ms.append(1000 * (server.cpu_s() - before_s) / case.requests)
    seen.per_s.append(case.requests / burst.all_s)
    seen.each_ms += [1000 * each_s for each_s in burst.each_s]


def summed_up(seen: dict[str, Seen]) -> dict[str, Any]:
    """Ratios within each round, their medians, and the raw figures.

    `ratio_to_litestar` compares processor time, `on_the_clock` requests a second, which the load's own process and
    whoever else works on the machine bound too.
    """
    rounds = len(seen[BARE].cpu_ms)

    def cpu(case: str, other: str) -> float:
        return statistics.median(seen[case].cpu_ms[i] / seen[other].cpu_ms[i] for i in range(rounds))

    def clock(case: str, other: str) -> float:
        return statistics.median(seen[case].per_s[i] / seen[other].per_s[i] for i in range(rounds))

    return {
        "ratio_to_litestar": {name: round(cpu(BARE, case), 4) for name, case in COMPARED.items()},
        "batch_1000_over_profile": round(cpu(BATCH, PROFILE), 1),
        "on_the_clock": {name: round(clock(case, BARE), 4) for name, case in COMPARED.items()},
        "litestar_to_asgi": round(cpu(ASGI, BARE), 4),
        "rounds": rounds,
        "raw": {case: each.figures() for case, each in seen.items()},
    }
