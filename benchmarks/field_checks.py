"""Forecasts beside published results that nothing was fitted to.

    python -m benchmarks.field_checks

Two activities of one runner, with their kilometres; where a hundred-mile field is when; how wide fields are spread.
"""

from __future__ import annotations

from benchmarks.one_runner import kilometres, totals
from benchmarks.published import published
from benchmarks.race_fields import fade, levels, spreads, stations
from benchmarks.tables import Table


def field_tables() -> list[Table]:
    """All checks: what was published, what is forecast, and the ratio of forecast to published."""
    known = published()
    two = known.two_activities
    return [
        totals(two),
        *(kilometres(two, activity) for activity in two.activities),
        stations(known),
        fade(known),
        levels(known),
        spreads(known),
    ]


def main() -> None:
    """Print the tables."""
    print("\n\n".join(table.as_text() for table in field_tables()))


if __name__ == "__main__":
    main()
