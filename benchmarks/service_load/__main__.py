"""What a request costs the services in CPU, beside bare Litestar that answers JSON, all in one run.

    python -m benchmarks.service_load [--database sqlite|postgres|both] [--server uvicorn|granian|both]
                                      [--rounds N] [--seconds S] [--json]

Each app is a process of its own, its load comes from outside over sixteen open connections, on loopback. Counted is
what the kernel says the server's threads spent on a processor, which a busy machine changes by a third where it doubles
times on the clock; requests a second and how long each took stand beside it. Rounds take turns; medians are shown, and
ratios are those within a round. No job is at work meanwhile, and the databases' own processes are not counted.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final, get_args

from benchmarks.service_load.cases import BATCH, DISTRIBUTIONS, LIST_PAGE, PREDICT, PROFILE, TOKEN, WEBHOOK
from benchmarks.service_load.measuring import measure
from benchmarks.service_load.servers import Kind

GOALS: Final = {
    PROFILE: ">= 0.4",
    WEBHOOK: ">= 0.3",
    TOKEN: ">= 0.3",
    PREDICT: ">= 0.05",
    BATCH: "<= 10 profiles",
    DISTRIBUTIONS: "<= 10 predictions",
    LIST_PAGE: "<= 40 ms",
}
"""Ratios to bare Litestar, where not said otherwise."""
_MOST_ROUNDS: Final = 20
_BESIDE: Final = {BATCH: (PROFILE, "profiles"), DISTRIBUTIONS: (PREDICT, "predictions")}


def table(title: str, found: dict[str, Any]) -> str:
    """The figures of one server on one database beside the goals."""
    raw = found["raw"]
    bare_ms = raw["bare Litestar JSON"]["cpu_ms"]
    lines = [f"{title:24s}{'CPU ms':>10s}{'ratio':>10s}{'req/s':>9s}{'p50 ms':>9s}{'p99 ms':>9s}  goal"]
    for name, each in raw.items():
        other, what = _BESIDE.get(name, (name, ""))
        beside = f"; {each['cpu_ms'] / raw[other]['cpu_ms']:.1f} {what}" if what else ""
        clock = f"{each['requests_per_s']:9.0f}{each['p50_ms']:9.2f}{each['p99_ms']:9.2f}"
        ratio = bare_ms / each["cpu_ms"]
        lines.append(f"{name:24s}{each['cpu_ms']:10.3f}{ratio:10.3f}{clock}  {GOALS.get(name, '')}{beside}")
    return "\n".join(lines)


def _both(asked: str, known: list[str]) -> list[str]:
    return known if asked == "both" else [asked]


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--server", choices=["uvicorn", "granian", "both"], default="both")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=60.0, help="no further round of a server begins after these")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if not Path("/proc/self/task").is_dir():
        print("Nothing was measured: what each thread spends on a processor is read from /proc, which Linux has.")
        return 0
    rounds = max(1, min(asked.rounds, _MOST_ROUNDS))
    found: dict[str, dict[str, Any]] = {}
    for database in _both(asked.database, ["sqlite", "postgres"]):
        of_servers = {
            kind: measure(database, kind, rounds, asked.seconds)
            for kind in get_args(Kind)
            if kind in _both(asked.server, list(get_args(Kind)))
        }
        found[database] = in_json(of_servers)
        if not asked.json:
            print("\n\n".join(table(f"{database}, {kind}", each) for kind, each in of_servers.items()), end="\n\n")
    if asked.json:
        print(json.dumps(found, indent=1))
    return 0


def in_json(of_servers: dict[Kind, dict[str, Any]]) -> dict[str, Any]:
    """What is compared is where it was worst; everything of each server stands beside it."""
    each = list(of_servers.values())
    return {
        "ratio_to_litestar": {
            name: min(one["ratio_to_litestar"][name] for one in each) for name in each[0]["ratio_to_litestar"]
        },
        "batch_1000_over_profile": max(one["batch_1000_over_profile"] for one in each),
        "servers": of_servers,
    }


if __name__ == "__main__":
    sys.exit(main())
