"""How right the forecast is on real recordings.

    python -m benchmarks.accuracy [--stride N] [--json]

measures the kernel beside simple baselines on the recordings of the folder that AYDA_EVAL_DATA names (the one that
holds `evaluate.py` and `dev/`). The protocol is that folder's: in time order, each activity with at least five earlier
ones is forecast from those alone. `fit` and `predict` are what the protocol calls.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.activities import outing_of
from benchmarks.baselines import BASELINES
from kernel.contracts.activity import SportTag
from kernel.contracts.prediction import Mode
from kernel.forecast import FittedProfile, fit_profile, times_of
from kernel.forecast.distribution import TimeDistribution
from kernel.pace import ActivityFeatures
from kernel.tracks.track import FloatArray

_SUBSETS = ("all", "hilly", "steep", "long", "cold")


@dataclass(slots=True)
class Athlete:
    """A history, fitted for a mode when that mode is first asked for."""

    features: list[ActivityFeatures]
    profiles: dict[Mode, FittedProfile | None] = field(default_factory=dict)

    def profile(self, mode: Mode) -> FittedProfile | None:
        """The fitted profile of a mode."""
        if mode not in self.profiles:
            self.profiles[mode] = fit_profile(self.features, mode, today_day=1e6)
        return self.profiles[mode]


def fit(history: Sequence[Mapping[str, Any]]) -> Athlete:
    """The model of an athlete's earlier activities."""
    return Athlete([features for activity in history if (features := outing_of(activity).features)])


def predict(
    model: Athlete, d: FloatArray, ele: FloatArray, sport: SportTag, shape: Mapping[str, Any]
) -> dict[str, tuple[float, float, float]]:
    """Quantiles of moving and of elapsed seconds for a route."""
    outing = outing_of({"d": d, "ele": ele, "sport": sport, "turn": shape.get("turn")})
    mode: Mode = "trail_run" if outing.kind == "run" else "hiking"
    profile = model.profile(mode)
    times = times_of(outing.route, mode=mode, profile=profile)
    pauses = profile.facts.pause_ratio if profile else 1.0
    return {"moving": _quantiles(times, 1.0), "elapsed": _quantiles(times, pauses)}


def _quantiles(times: TimeDistribution, factor: float) -> tuple[float, float, float]:
    return factor * times.p10_s, factor * times.p50_s, factor * times.p90_s


def measure(folder: Path, stride: int) -> dict[str, dict[str, dict[str, float]]]:
    """Scores per predictor and subset."""
    sys.path.insert(0, str(folder))
    protocol, tracks = importlib.import_module("evaluate"), importlib.import_module("tracks")
    data = tracks.load(str(folder / "dev"))
    predictors = {**BASELINES, "ayda": sys.modules[__name__]}
    return {name: protocol.score(protocol.run(one, data, None, stride), _SUBSETS) for name, one in predictors.items()}


def table(scores: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """MAPE per subset in percent, and how often the 80 % band held."""
    lines = [f"{'MAPE %':20s}" + "".join(f"{subset:>8s}" for subset in _SUBSETS) + "   median  held"]
    for name, score in scores.items():
        row = "".join(f"{100 * score[s]['mape']:8.1f}" if s in score else f"{'-':>8s}" for s in _SUBSETS)
        held = f"{100 * score['all']['cov80']:5.0f}" if "cov80" in score["all"] else "    -"
        lines.append(f"{name:20s}{row}   {100 * score['all']['mdape']:6.1f} {held}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the comparison; say so and succeed when the data is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--stride", type=int, default=1, help="score every n-th target only")
    parser.add_argument("--json", action="store_true", help="print the scores as JSON")
    options = parser.parse_args(arguments)
    named = os.environ.get("AYDA_EVAL_DATA")
    if not named or not (Path(named) / "evaluate.py").is_file():
        print(
            "No accuracy was measured: AYDA_EVAL_DATA names no folder with evaluate.py and dev/ "
            "(real recordings are not part of this project)."
        )
        return 0
    scores = measure(Path(named).resolve(), options.stride)
    print(json.dumps(scores, indent=1) if options.json else table(scores))
    return 0


if __name__ == "__main__":
    sys.exit(main())
