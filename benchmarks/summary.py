"""Rows to figures: each is an average within an athlete first, then over athletes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np

from benchmarks.protocol import Row

NOMINAL: Final = tuple(range(5, 100, 5))
"""Percent."""

FEWEST_ROWS: Final = 5


def errors(rows: Iterable[Row]) -> dict[str, float]:
    """MAPE, median APE, bias, coverage and width of the 80 % band, and how many rows and athletes they rest on."""
    athletes = _athletes(rows)
    if not athletes:
        return {}
    per = [_of_athlete(own) for own in athletes]
    means = {key: float(np.mean([one[key] for one in per])) for key in per[0]}
    return {**means, "n": float(sum(len(own) for own in athletes)), "athletes": float(len(per))}


def calibration(rows: Iterable[Row]) -> list[float]:
    """Percent of outings that took at most the forecast's 5, 10 .. 95 % quantile; empty below five rows."""
    ranks = [np.array([row["rank"] for row in own]) for own in _athletes(rows)]
    if not ranks:
        return []
    return [100.0 * float(np.mean([(rank <= nominal / 100.0).mean() for rank in ranks])) for nominal in NOMINAL]


def errors_by(rows: Iterable[Row], group: Callable[[Row], str]) -> dict[str, dict[str, float]]:
    """`errors` of each group that has enough rows, in the order in which groups appear."""
    return {name: found for name, own in _groups(rows, group).items() if (found := errors(own))}


def calibration_by(rows: Iterable[Row], group: Callable[[Row], str]) -> dict[str, list[float]]:
    """`calibration` of each group that has enough rows, in the order in which groups appear."""
    return {name: calibration(own) for name, own in _groups(rows, group).items() if _athletes(own)}


def _groups(rows: Iterable[Row], group: Callable[[Row], str]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(group(row), []).append(row)
    return groups


def _athletes(rows: Iterable[Row]) -> list[list[Row]]:
    per: dict[str, list[Row]] = {}
    for row in rows:
        per.setdefault(row["a"], []).append(row)
    return [own for own in per.values() if len(own) >= FEWEST_ROWS]


def _of_athlete(rows: Sequence[Row]) -> dict[str, float]:
    true, low, middle, high = (np.array([row[key] for row in rows]) for key in ("true", "p10", "p50", "p90"))
    relative = middle / true - 1.0
    return {
        "mape": float(np.abs(relative).mean()),
        "mdape": float(np.median(np.abs(relative))),
        "bias": float(relative.mean()),
        "cov80": float(((true >= low) & (true <= high)).mean()),
        "below": float((true < low).mean()),
        "above": float((true > high).mean()),
        "width": float(np.median((high - low) / middle)),
    }
