"""A day's reads among many athletes: the real ledger, classes and portions on a clock that is made up.

`python -m benchmarks.quota_sim --athletes 10,100,1000,10000 --json`. All connect at once; who asks what is in
`benchmarks.quota_load`, the judge of overruns is the simulator's own count. `first_in_first_out` is the same without
classes and reserve. `at_load`: all connect to an app whose events take that part of the reads since the day before.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from benchmarks.quota_load import Crowd, crowd_of
from benchmarks.quota_play import Play

TIERS: Final = ((200, 2_000), (3_000, 30_000))
"""What Strava gives an app of ten athletes, and what one for ten thousand needs (reads per quarter hour, per day)."""
HIGHEST_LOAD: Final = 0.7
LOADED_DAYS: Final = 3
LONGEST_DAYS: Final = 40
FEWEST_DAYS: Final = 3
FIFO_DAYS: Final = 2


async def run_of(athletes: int, *, seed: int = 14) -> dict[str, Any]:
    """The figures for so many athletes."""
    limit = next((tier for tier in TIERS if Crowd.urgent_reads(athletes) <= HIGHEST_LOAD * tier[1]), TIERS[-1])
    natural = Play(crowd_of(athletes, seed), limit)
    await natural.connect()
    await natural.until_half_looked(FEWEST_DAYS, LONGEST_DAYS)
    fifo = Play(crowd_of(athletes, seed), limit, classes=False)
    await fifo.connect()
    await fifo.days(FIFO_DAYS)
    loaded = Play(crowd_of(athletes, seed, urgent_reads=HIGHEST_LOAD * limit[1]), limit)
    await loaded.days(1)
    await loaded.connect()
    await loaded.days(LOADED_DAYS)
    return {
        "athletes": athletes,
        "read_limit": list(limit),
        "load": round(Crowd.urgent_reads(athletes) / limit[1], 3),
        **natural.figures(),
        "at_load": {"load": HIGHEST_LOAD, **loaded.figures()},
        "first_in_first_out": fifo.figures(),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--athletes", default="10,100,1000,10000", help="how many, separated by commas")
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    options = parser.parse_args(arguments)
    runs = []
    for athletes in (int(text) for text in options.athletes.split(",")):
        run = asyncio.run(run_of(athletes, seed=options.seed))
        runs.append(run)
        if not options.json:
            print(run)
    if options.json:
        sys.stdout.write(msgspec.json.encode({"runs": runs}).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
