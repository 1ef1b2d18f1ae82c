"""What a request costs the services in CPU, beside bare Litestar that answers JSON, all in one run.

    python -m benchmarks.service_load [--database sqlite|postgres|both] [--rounds N] [--json]

Each server is a process of its own behind uvicorn, its load comes from outside over four open connections, on
loopback. Counted is what the kernel says the server's threads spent on a processor, which a busy machine changes by a
third where it doubles times on the clock. Rounds take turns; medians are shown, and ratios are those within a round.
No job is at work meanwhile.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.service_load.house import INTERNAL, MEMBER, House, furnished
from benchmarks.service_load.load import Call, many

BARE: Final = "bare Litestar JSON"
PROFILE: Final = "profile"
PREDICT: Final = "predict of 20 km"
DISTRIBUTIONS: Final = "distributions of 1,000"
LISTED: Final = 200
GOALS: Final = {
    PROFILE: ">= 0.25",
    "webhook": ">= 0.15",
    "token (warm)": ">= 0.15",
    PREDICT: ">= 0.03",
    "batch of 1,000": "<= 15 profiles",
    DISTRIBUTIONS: "<= 10 predictions",
    f"list page of {LISTED}": "<= 40 ms",
}
"""Ratios to bare Litestar, where not said otherwise."""


@dataclass(frozen=True)
class Case:
    """So many requests to one server in each round, after some to warm up."""

    name: str
    server: str
    requests: int
    call: Callable[[int], Call]
    warm: int = 20


def cases(house: House, rounds: int) -> list[Case]:
    """Everything that is measured; a call's number is never used twice where an answer is remembered."""
    key, member = house.key, str(MEMBER)
    profile = Call("GET", f"{INTERNAL}/profile?telegram_id={member}", key)
    token = Call("GET", f"/api/internal/strava/token?telegram_id={member}", key)
    batch = Call("POST", f"{INTERNAL}/profiles/batch", key, {"telegram_ids": house.crowd})
    compared = {"telegram_ids": house.crowd, "route_id": house.route_id, "purpose": "matching"}
    distributions = Call("POST", f"{INTERNAL}/distributions", key, compared)
    predict = Call("POST", f"{INTERNAL}/predict", key, {"telegram_id": member, "gpx_file_id": house.route_id})
    to_list = _to_list(house, rounds)

    def event(i: int) -> Call:
        told = {"object_type": "activity", "object_id": 10**12 + i, "aspect_type": "create", "updates": {}}
        whose = {"owner_id": house.member_strava_id, "subscription_id": house.subscription_id}
        return Call("POST", house.webhook_path, {}, {**told, **whose, "event_time": int(time.time())})

    def connected(i: int) -> Call:
        notice = {"telegram_id": str(10**12 + i), "athlete_id": 10**12 + i}
        return Call("POST", f"{INTERNAL}/strava/connected", key, notice)

    def listing(i: int) -> Call:
        return Call("POST", f"/strava/sync?athlete_id={to_list[i]}&limit={LISTED}&max_pages=1", key)

    return [
        Case(BARE, "bare", 1000, lambda _: Call("GET", "/", {}), warm=200),
        Case("empty build_app", "empty", 1000, lambda _: Call("GET", "/", {}), warm=200),
        Case("API key guard", "empty", 1000, lambda _: Call("GET", "/guarded/", key), warm=200),
        Case(PROFILE, "predictor", 300, lambda _: profile),
        Case("webhook", "ayda", 300, event),
        Case("token (warm)", "ayda", 300, lambda _: token),
        Case(PREDICT, "predictor", 100, lambda _: predict),
        Case("connected", "predictor", 200, connected),
        Case("batch of 1,000", "predictor", 8, lambda _: batch, warm=1),
        Case(DISTRIBUTIONS, "predictor", 8, lambda _: distributions, warm=1),
        Case(f"list page of {LISTED}", "predictor", 1, listing, warm=0),
    ]


def _to_list(house: House, rounds: int) -> list[int]:
    """Strava ids of connected athletes that nobody has listed yet: one for each round, and one to warm up."""
    ids = [house.new_strava_athlete(LISTED) for _ in range(rounds + 1)]
    for i, strava_id in enumerate(ids):
        house.connect(2 * MEMBER + i, strava_id)

    def connected(i: int) -> Call:
        notice = {"telegram_id": str(2 * MEMBER + i), "athlete_id": ids[i]}
        return Call("POST", f"{INTERNAL}/strava/connected", house.key, notice)

    many(house.servers["predictor"].url, connected, range(len(ids)))
    return ids


def measure(database: str, rounds: int) -> dict[str, dict[str, float]]:
    """For each case milliseconds of CPU per request, and the ratio of bare Litestar to it."""
    with tempfile.TemporaryDirectory() as name, furnished(database, Path(name)) as house:
        known, used = cases(house, rounds), dict[str, int]()
        spent: dict[str, list[float]] = {case.name: [] for case in known}
        for turn in range(rounds + 1):
            for case in known:
                ms = _cpu_ms(house, case, used)
                if turn:
                    spent[case.name].append(ms)
    return {
        case: {
            "cpu_ms": round(statistics.median(each), 3),
            "ratio": round(statistics.median(a / b for a, b in zip(spent[BARE], each, strict=True)), 4),
        }
        for case, each in spent.items()
    }


def _cpu_ms(house: House, case: Case, used: dict[str, int]) -> float:
    server = house.servers[case.server]

    def send(count: int) -> None:
        first = used.get(case.name, 0)
        used[case.name] = first + count
        many(server.url, case.call, range(first, first + count))

    send(case.warm)
    before_s = server.cpu_s()
    send(case.requests)
    return 1000 * (server.cpu_s() - before_s) / case.requests


def table(database: str, figures: dict[str, dict[str, float]]) -> str:
    """The figures of one database beside the goals."""
    lines = [f"{database:24s}{'CPU ms':>10s}{'ratio':>10s}  goal"]
    for name, each in figures.items():
        beside = f"; {each['cpu_ms'] / figures[PROFILE]['cpu_ms']:.1f} profiles" if "batch" in name else ""
        if name == DISTRIBUTIONS:
            beside = f"; {each['cpu_ms'] / figures[PREDICT]['cpu_ms']:.1f} predictions"
        lines.append(f"{name:24s}{each['cpu_ms']:10.2f}{each['ratio']:10.3f}  {GOALS.get(name, '')}{beside}")
    return "\n".join(lines)


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if not Path("/proc/self/task").is_dir():
        print("Nothing was measured: what each thread spends on a processor is read from /proc, which Linux has.")
        return 0
    kinds = ["sqlite", "postgres"] if asked.database == "both" else [asked.database]
    found: dict[str, Any] = {kind: measure(kind, max(1, min(asked.rounds, 20))) for kind in kinds}
    print(json.dumps(found, indent=1) if asked.json else "\n\n".join(table(*each) for each in found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
