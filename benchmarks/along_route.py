"""How much of an outing's error builds up along the way: the numbers of `kernel.forecast.along`, fitted.

At share s of the expected time a recording is off from its own even course by log(t(s) / (s T)). If what is lost and
gained on the way is a Brownian motion in route time, the standard deviation of that is tau sqrt((1 - s) / s) with one
tau at every s. Robust (median absolute deviation), averaged over athletes, by climb per km.

The check: every outing is forecast from those before it, with cutoffs at a quarter, half, three quarters and the end
that it makes with the same stated chance each. How often it makes one, and all of them, is compared with the stated
joint chance, with the product of the single ones, and with the single one (errors that hang together entirely).

The recordings are those of the folder that AYDA_EVAL_DATA names.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import median_abs_deviation

from benchmarks.activities import outing_of
from kernel.contracts.prediction import Mode
from kernel.forecast import fit_profile, times_of
from kernel.forecast.along import drift_of
from kernel.forecast.pacing import pacing_of
from kernel.tracks.track import FloatArray

SHARES: Final = np.array([0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
GAIN_M_PER_KM: Final = (0.0, 5.0, 10.0, 20.0, 40.0, 1000.0)
SHORTEST_S: Final = 600.0
FEWEST: Final = 10
PLACES: Final = np.array([0.25, 0.5, 0.75, 1.0])
STATED: Final = (0.5, 0.75, 0.9)


def measure(folder: Path, stride: int) -> dict[str, Any]:
    """Tau at each share, for all recordings and by climb per km, and the overall figure of each."""
    sys.path.insert(0, str(folder))
    tracks = importlib.import_module("tracks")
    athletes = tracks.load(str(folder / "dev"))
    rows = [row for name, acts in athletes.items() for act in acts if (row := _row(name, act)) is not None]
    answer: dict[str, Any] = {"shares": SHARES.tolist(), "all": _tau(rows)}
    for low, high in pairwise(GAIN_M_PER_KM):
        answer[f"{low:.0f}-{high:.0f} m/km"] = _tau([row for row in rows if low <= row[1] < high])
    answer["check"] = check(athletes, stride)
    return answer


def _row(name: str, activity: Mapping[str, Any]) -> tuple[str, float, FloatArray] | None:
    """Athlete, metres of climb per km, log of time over even time at each share."""
    off = log_off(activity, SHARES)
    if off is None:
        return None
    route = outing_of(activity).route
    return name, 1000.0 * route.gain_m / route.length_m, off


def log_off(activity: Mapping[str, Any], shares: FloatArray, *, standing: bool = False) -> FloatArray | None:
    """Log of time over even time at these shares, with `standing` or without; None for less than ten minutes."""
    reached = _reached_s(activity, np.append(shares, 1.0), standing=standing)
    if reached is None:
        return None
    off: FloatArray = np.log(np.maximum(reached[:-1], 1.0) / reached[-1] / shares)
    return off


def _reached_s(activity: Mapping[str, Any], shares: FloatArray, *, standing: bool = False) -> FloatArray | None:
    """Seconds when these shares of the even course were reached, with `standing` or without; None below ten minutes."""
    outing, distance_m = outing_of(activity), activity["d"]
    moved_s = np.concatenate(([0.0], np.cumsum(np.where(np.diff(distance_m) > 0.02, np.diff(activity["t"]), 0.0))))
    if moved_s[-1] < SHORTEST_S:
        return None
    pacing = pacing_of(outing.route, outing.kind, float(moved_s[-1]))
    at_m = np.interp(shares, pacing.share, pacing.edges_m) * distance_m[-1] / pacing.edges_m[-1]
    last = np.append(np.diff(distance_m) > 1e-6, True)
    passed_s = activity["t"] if standing else moved_s
    reached: FloatArray = np.interp(at_m, distance_m[last], passed_s[last])
    return reached


def check(athletes: Mapping[str, Sequence[Mapping[str, Any]]], stride: int) -> dict[str, Any]:
    """For each stated chance: how often single cutoffs and all of them were made, averaged over athletes."""
    single: dict[float, list[FloatArray]] = {p: [] for p in STATED}
    joint: dict[float, list[tuple[float, float]]] = {p: [] for p in STATED}
    for activities in athletes.values():
        made = [each for i in range(FEWEST, len(activities), stride) if (each := _made(activities, i)) is not None]
        for p in STATED:
            single[p].append(np.mean([row[p][0] for row in made], axis=0))
            joint[p].append(
                (float(np.mean([row[p][0].all() for row in made])), float(np.mean([r[p][1] for r in made])))
            )
    answer = {}
    for p in STATED:
        all_made, stated = np.mean(joint[p], axis=0).round(3).tolist()
        answer[f"{p:.2f}"] = {
            "each_made": np.mean(single[p], axis=0).round(3).tolist(),
            "all_made": all_made,
            "stated_for_all": stated,
            "product": round(p ** len(PLACES), 3),
        }
    return answer


def _made(activities: Sequence[Mapping[str, Any]], target: int) -> dict[float, tuple[NDArray[np.bool_], float]] | None:
    """By stated chance: which cutoffs the outing made, and the stated chance of all."""
    outing = outing_of(activities[target])
    mode: Mode = "trail_run" if outing.kind == "run" else "hiking"
    earlier = [f for each in activities[:target] if (f := outing_of(each).features) is not None]
    profile = fit_profile(earlier, mode, today_day=1e9)
    reached = _reached_s(activities[target], PLACES)
    if profile is None or reached is None:
        return None
    times = times_of(outing.route, mode=mode, profile=profile)
    drift = drift_of(outing.route, times)
    spread, even = drift.spread_at(PLACES), np.ones(len(PLACES))
    made = {}
    for p in STATED:
        cutoff_s = PLACES * times.s_at(NormalDist().inv_cdf(p) * spread)
        made[p] = (reached <= cutoff_s, float(drift.chances_of_all(PLACES, p * even)[-1]))
    return made


def _tau(rows: Sequence[tuple[str, float, FloatArray]]) -> dict[str, Any]:
    """Tau by share and over shares, of athletes with at least ten such recordings."""
    by_athlete: dict[str, list[FloatArray]] = {}
    for name, _, log_off in rows:
        by_athlete.setdefault(name, []).append(log_off)
    enough = [np.array(each) for each in by_athlete.values() if len(each) >= FEWEST]
    if not enough:
        return {"recordings": 0}
    sd = [median_abs_deviation(each, axis=0, scale="normal") for each in enough]
    tau = np.sqrt(np.mean(np.square(sd), axis=0) * SHARES / (1 - SHARES))
    return {
        "recordings": sum(len(each) for each in enough),
        "athletes": len(enough),
        "tau_by_share": tau.round(4).tolist(),
        "tau": round(float(tau.mean()), 4),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; say so and succeed when the data is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.along_route", description=__doc__)
    parser.add_argument("--stride", type=int, default=1, help="check every n-th outing only")
    options = parser.parse_args(arguments)
    named = os.environ.get("AYDA_EVAL_DATA")
    if not named or not (Path(named) / "tracks.py").is_file():
        print("Nothing was measured: AYDA_EVAL_DATA names no folder with tracks.py and dev/.")
        return 0
    print(json.dumps(measure(Path(named).resolve(), options.stride), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
