"""What the predictor's answers cost when a thousand people have a thousand activities each, beside sixty each.

    python -m benchmarks.growth [--database sqlite|postgres|both] [--json]

The rows are written in bulk; everything is asked as the services ask each other. Counted is processor time of the
predictor's own threads (of the rebuild: of this process), milliseconds for each answer, medians of five rounds.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from benchmarks.growth.measures import FEW, MANY, grown, sync_of_a_long_past
from benchmarks.service_load.house import furnished, predictor_database

GOALS: Final = {"profile": "<= 1.2 x", "batch": "<= 1.2 x", "predict": "<= 1.2 x", "rebuild": "<= 15 ms"}
_SYNC_GOALS: Final = {"first_profile_s": "<= 8", "cpu_ms_of_a_known_activity": "<= 1"}


def measure(kind: str) -> dict[str, Any]:
    """All figures on one database."""
    with tempfile.TemporaryDirectory() as name, furnished(kind, Path(name)) as house:
        sync = sync_of_a_long_past(house)
        return {**grown(house, predictor_database(house)), "sync": sync}


def table(kind: str, found: dict[str, Any]) -> str:
    """The figures of one database beside the goals."""
    few, many = found[f"cpu_ms_at_{FEW}"], found[f"cpu_ms_at_{MANY}"]
    lines = [f"{kind:28s}{FEW:>10d}{MANY:>10d}{'x':>8s}  goal"]
    for name, times in found["ratio"].items():
        lines.append(f"{name + ', CPU ms':28s}{few[name]:10.2f}{many[name]:10.2f}{times:8.2f}  {GOALS[name]}")
    lines += [f"{name:28s}{each:10.2f}  {_SYNC_GOALS.get(name, '')}" for name, each in found["sync"].items()]
    return "\n".join(lines)


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if not Path("/proc/self/task").is_dir():
        print("Nothing was measured: what each thread spends on a processor is read from /proc, which Linux has.")
        return 0
    kinds = ["sqlite", "postgres"] if asked.database == "both" else [asked.database]
    found = {kind: measure(kind) for kind in kinds}
    print(json.dumps(found, indent=1) if asked.json else "\n\n".join(table(*each) for each in found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
