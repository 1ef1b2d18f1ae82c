"""What comparing a club costs, and what is lost by looking its people up in tables instead of asking their profiles.

    python -m benchmarks.club [--database sqlite|postgres|both] [--json]

Made-up people on made-up courses. Both services run in this process, each on a database of its own, and speak HTTP to
each other without a network between them; times are medians of rounds that take turns. Quote the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.club_house import CLUB, FIRST, MOST, NOW, ROUTE_ID, Someone, both_services, people
from benchmarks.kernel_speed import rounds_ms
from benchmarks.made_up import hills
from benchmarks.service_load.servers import databases
from kernel.club.groups import pace_groups
from kernel.club.matching import Outlook, likeness
from kernel.contracts.club import GroupsRequest
from kernel.contracts.prediction import PredictRequest
from kernel.forecast import predict, times_of
from kernel.forecast.distribution import Z90
from kernel.forecast.pace_table import table_of, times_of_many
from kernel.tracks import RouteGeometry, route_from_arrays
from servicekit.base.logs import configure_logs

COURSES_KM: Final = (3, 7, 12, 21, 34, 50, 80, 120)
_ONE: Final = "a prediction"
_MANY: Final = "distributions of 1,000"
GOALS: Final = {
    f"{_MANY} / {_ONE}": "<= 10",
    f"{_MANY} / {_ONE}, CPU": "<= 10",
    "matches in a club of 300": "<= 1000 ms with groups",
    "groups in a club of 300": "<= 1000 ms with matches",
}
_ROUNDS: Final = 15


def off(members: Sequence[Someone], routes: Sequence[RouteGeometry]) -> dict[str, float]:
    """By how many percent medians from tables differ from those of the profiles, and the deviations by how much."""
    median, doubt = [], []
    for route in routes:
        told = times_of_many(route, "trail_run", [each.table for each in members])
        for i, each in enumerate(members):
            times = times_of(route, mode="trail_run", profile=each.profile)
            median.append(100 * abs(float(told.log_time_s[i]) - np.log(times.p50_s)))
            doubt.append(100 * abs(float(told.log_time_sd[i]) - np.log(times.p90_s / times.p10_s) / (2 * Z90)))
    return {
        f"{name} off by %, {share} of 100": float(np.percentile(values, share))
        for name, values in (("median", median), ("deviation", doubt))
        for share in (50, 95, 100)
    }


def kernel_ms(members: Sequence[Someone], route: RouteGeometry) -> dict[str, float]:
    """What the kernel takes for one prediction and for a thousand people's times, and for a club's answers."""
    thousand = [members[i % len(members)].table for i in range(MOST)]
    told = times_of_many(route, "trail_run", [each.table for each in members[:CLUB]])
    columns = (told.log_time_s, told.log_time_sd, told.climb, told.descent)
    outlooks = {f"{i:04}": Outlook(*(float(column[i]) for column in columns)) for i in range(CLUB)}
    own, someone = outlooks["0000"], members[0]
    taken = rounds_ms(
        {
            "kernel: a prediction, profile at hand": lambda: predict(
                replace(route), mode="trail_run", profile=someone.profile
            ),
            "kernel: times of 1,000": lambda: times_of_many(replace(route), "trail_run", thousand),
            "kernel: a table": lambda: table_of(someone.profile, someone.curve),
            "kernel: likeness to 299": lambda: [likeness(own, other) for other in outlooks.values()],
            "kernel: groups of 300": lambda: pace_groups(outlooks),
        },
        _ROUNDS,
    )
    return {name: statistics.median(each) for name, each in taken.items()}


async def services_ms(kind: str, members: Sequence[Someone]) -> dict[str, float]:
    """Milliseconds of each question, asked where a member's request arrives in ayda."""
    with tempfile.TemporaryDirectory() as name, databases(kind, Path(name)) as urls:
        async with both_services(urls, Path(name), members) as ayda:
            predictor, route = ayda.predictor, str(ROUTE_ID)
            if predictor is None:
                raise RuntimeError("ayda has no predictor.")
            everybody = [str(FIRST + i) for i in range(MOST)]
            asked = PredictRequest(telegram_id=str(FIRST), gpx_file_id=route)
            works: dict[str, Callable[[], Awaitable[object]]] = {
                _ONE: lambda: predictor.predict(asked),
                _MANY: lambda: predictor.distributions(route, everybody, "trail_run"),
                "matches in a club of 300": lambda: ayda.club.matches(FIRST, NOW, route, "trail_run"),
                "groups in a club of 300": lambda: ayda.club.groups(FIRST, NOW, GroupsRequest(route)),
            }
            clock_ms, cpu_ms = await _taken(works)
    figures = {what: statistics.median(each) for what, each in clock_ms.items()}
    for name, taken in (("", clock_ms), (", CPU", cpu_ms)):
        pairs = zip(taken[_MANY], taken[_ONE], strict=True)
        figures[f"{_MANY} / {_ONE}{name}"] = statistics.median(many / one for many, one in pairs)
    return figures


async def _taken(
    works: Mapping[str, Callable[[], Awaitable[object]]],
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Milliseconds on the clock and on a processor of each call, after one to warm up; they take turns."""
    clocks = (time.perf_counter, time.process_time)
    taken: tuple[dict[str, list[float]], ...] = tuple({name: [] for name in works} for _ in clocks)
    for turn in range(_ROUNDS + 1):
        for what, work in works.items():
            begun_s = [clock() for clock in clocks]
            await work()
            for clock, begun, each in zip(clocks, begun_s, taken, strict=True):
                if turn:
                    each[what].append(1000 * (clock() - begun))
    return taken[0], taken[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="sqlite")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    configure_logs("WARNING", "console")
    members = people(CLUB)
    routes = [route_from_arrays(*hills(1000.0 * km, km)) for km in COURSES_KM]
    found = {"made-up people": {**off(members[:60], routes), **kernel_ms(members, routes[3])}}
    for kind in ["sqlite", "postgres"] if options.database == "both" else [options.database]:
        found[kind] = asyncio.run(services_ms(kind, members))
    if options.json:
        rounded = {group: {name: round(value, 3) for name, value in each.items()} for group, each in found.items()}
        print(json.dumps(rounded))
        return 0
    for group, each in found.items():
        print(group)
        for name, value in each.items():
            print(f"  {name:42s}{value:10.2f}  {GOALS.get(name, '')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
