"""How much of an outing's error builds up along the way: the numbers of `kernel.forecast.along`, fitted.

At share s of the expected time a recording is off from its own even course by log(t(s) / (s T)). If what is lost and
gained on the way is a Brownian motion in route time, the standard deviation of that is tau sqrt((1 - s) / s) with one
tau at every s. Robust (median absolute deviation), averaged over athletes, by climb per km; the recordings are those of
the folder that AYDA_EVAL_DATA names.
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
from typing import Any, Final

import numpy as np

from benchmarks.activities import outing_of
from kernel.forecast.pacing import pacing_of
from kernel.tracks.track import FloatArray

SHARES: Final = np.array([0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
GAIN_M_PER_KM: Final = (0.0, 5.0, 10.0, 20.0, 40.0, 1000.0)
SHORTEST_S: Final = 600.0
FEWEST: Final = 10
MAD_TO_SD: Final = 1.4826


def measure(folder: Path) -> dict[str, Any]:
    """Tau at each share, for all recordings and by climb per km, and the overall figure of each."""
    sys.path.insert(0, str(folder))
    tracks = importlib.import_module("tracks")
    athletes = tracks.load(str(folder / "dev"))
    rows = [row for name, acts in athletes.items() for act in acts if (row := _row(name, act, tracks)) is not None]
    answer: dict[str, Any] = {"shares": SHARES.tolist(), "all": _tau(rows)}
    for low, high in pairwise(GAIN_M_PER_KM):
        answer[f"{low:.0f}-{high:.0f} m/km"] = _tau([row for row in rows if low <= row[1] < high])
    return answer


def _row(name: str, activity: Mapping[str, Any], tracks: Any) -> tuple[str, float, FloatArray] | None:
    """Athlete, metres of climb per km, log of time over even time at each share."""
    outing, distance_m = outing_of(activity), activity["d"]
    moved_s = tracks.moving_cum(activity["t"], distance_m)
    if moved_s[-1] < SHORTEST_S:
        return None
    pacing = pacing_of(outing.route, outing.kind, float(moved_s[-1]))
    at_m = np.interp(SHARES, pacing.share, pacing.edges_m) * distance_m[-1] / pacing.edges_m[-1]
    last = np.append(np.diff(distance_m) > 1e-6, True)
    reached_s = np.interp(at_m, distance_m[last], moved_s[last])
    log_off = np.log(np.maximum(reached_s, 1.0) / moved_s[-1] / SHARES)
    return name, 1000.0 * outing.route.gain_m / outing.route.length_m, log_off


def _tau(rows: Sequence[tuple[str, float, FloatArray]]) -> dict[str, Any]:
    """Tau by share and over shares, of athletes with at least ten such recordings."""
    by_athlete: dict[str, list[FloatArray]] = {}
    for name, _, log_off in rows:
        by_athlete.setdefault(name, []).append(log_off)
    enough = [np.array(each) for each in by_athlete.values() if len(each) >= FEWEST]
    if not enough:
        return {"recordings": 0}
    sd = [MAD_TO_SD * np.median(np.abs(each - np.median(each, axis=0)), axis=0) for each in enough]
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
    parser.parse_args(arguments)
    named = os.environ.get("AYDA_EVAL_DATA")
    if not named or not (Path(named) / "tracks.py").is_file():
        print("Nothing was measured: AYDA_EVAL_DATA names no folder with tracks.py and dev/.")
        return 0
    print(json.dumps(measure(Path(named).resolve()), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
