from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from kernel.tracks.track import FloatArray


def even_slope(km: float, gradient: float) -> tuple[FloatArray, FloatArray]:
    distance_m = np.arange(0.0, 1000.0 * km + 1.0, 10.0)
    return distance_m, 500.0 + gradient * distance_m


def hills(km: float, gain_m_per_km: float, wave_m: float = 4000.0) -> tuple[FloatArray, FloatArray]:
    distance_m = np.arange(0.0, 1000.0 * km + 1.0, 10.0)
    height_m = gain_m_per_km * wave_m / 1000.0 / 2.0
    return distance_m, 500.0 + height_m * (1.0 - np.cos(2.0 * np.pi * distance_m / wave_m))


def activity(
    course: tuple[FloatArray, FloatArray],
    s_per_m: float | FloatArray,
    *,
    day: float = 0.0,
    sport: str = "trail_run",
    pause_s: float = 0.0,
) -> dict[str, Any]:
    """Paced evenly, or with one pace per step; a pause doubles the middle point."""
    distance_m, elevation_m = course[0].copy(), course[1]  # activities are told apart by their distances
    time_s = np.concatenate(([0.0], np.cumsum(np.diff(distance_m) * s_per_m)))
    if pause_s:
        middle = len(distance_m) // 2
        distance_m = np.insert(distance_m, middle, distance_m[middle])
        elevation_m = np.insert(elevation_m, middle, elevation_m[middle])
        time_s = np.insert(time_s, middle, time_s[middle])
        time_s[middle + 1 :] += pause_s
    return {"t": time_s, "d": distance_m, "ele": elevation_m, "sport": sport, "day": day}


class MadeUpShelf:
    """Stands for the folder of recordings, with a protocol that says about what the real one says."""

    def __init__(self, athletes: dict[str, Sequence[dict[str, Any]]]) -> None:
        self._athletes = athletes
        self.evaluate = SimpleNamespace(run=self._run, score=_score)
        self.tracks = SimpleNamespace(route=_route)

    def athletes(self) -> list[str]:
        return list(self._athletes)

    def activities(self, athlete: str) -> list[dict[str, Any]]:
        return list(self._athletes[athlete])

    @staticmethod
    def _run(
        predictor: Any, data: dict[str, Any], _: object, stride: int, newest: int | None = None
    ) -> list[dict[str, Any]]:
        rows = []
        for athlete, activities in data.items():
            for at in range(5, len(activities), stride):
                model = predictor.fit(activities[0 if newest is None else max(0, at - newest) : at])
                said = predictor.predict(model, *_route(activities[at]), activities[at]["sport"], {})
                p10, p50, p90 = said["moving"]
                true = activities[at]["t"][-1]
                rows.append({"a": athlete, "i": at, "tags": ["all"], "true": true, "p10": p10, "p50": p50, "p90": p90})
        return rows


def _route(made: dict[str, Any]) -> tuple[FloatArray, FloatArray]:
    if "route" not in made:
        going = np.concatenate(([True], np.diff(made["d"]) > 0))
        made["route"] = made["d"][going], made["ele"][going]
    found: tuple[FloatArray, FloatArray] = made["route"]
    return found


def _score(rows: Sequence[dict[str, Any]], subsets: Sequence[str]) -> dict[str, dict[str, float]]:
    scores = {}
    for subset in subsets:
        errors = [abs(row["p50"] / row["true"] - 1) for row in rows if subset in row["tags"]]
        if errors:
            scores[subset] = {
                "mape": float(np.mean(errors)),
                "mdape": float(np.median(errors)),
                "n": len(errors),
                "athletes": 1,
            }
    return scores
