"""Known methods, as predictors in the shape that the evaluation protocol asks for.

Each has `fit(history)` and `predict(model, d, ele, sport, shape)`; none has a band.
"""

from __future__ import annotations

from typing import Final

from benchmarks.baselines.eleven_bins import ElevenBins
from benchmarks.baselines.flat_pace import FromFlatPace
from benchmarks.baselines.history import ANYTHING_EVER, EVER_OF_KIND_FROM_THREE, NEWEST_OF_KIND, Baseline
from benchmarks.baselines.linear import KmGainLoss
from benchmarks.baselines.scaled import ScaledFormula, constant_pace_s, naismith_langmuir_s, of_relative_pace
from kernel.pace.formulas import minetti_factor, strava_gap_factor, tobler_speed_km_h
from kernel.tracks.track import FloatArray


def tobler_pace(gradient: FloatArray) -> FloatArray:
    """Relative pace by Tobler's hiking function."""
    return 1.0 / tobler_speed_km_h(gradient)


_TOBLER: Final = of_relative_pace(tobler_pace)
_MINETTI: Final = of_relative_pace(minetti_factor)
_STRAVA: Final = of_relative_pace(strava_gap_factor)

BASELINES: Final[dict[str, Baseline]] = {
    "constant pace": ScaledFormula(constant_pace_s),
    "Naismith-Langmuir, scaled": ScaledFormula(naismith_langmuir_s),
    "Tobler, scaled": ScaledFormula(_TOBLER),
    "Minetti GAP, from flat pace": FromFlatPace(_MINETTI),
    "Minetti GAP, scaled": ScaledFormula(_MINETTI),
    "Strava GAP, from flat pace": FromFlatPace(_STRAVA),
    "Strava GAP, scaled": ScaledFormula(_STRAVA),
    "11-bin profile, 1-km splits": ElevenBins(),
    "11-bin profile, newest 30": ElevenBins(NEWEST_OF_KIND),
    "linear: km, gain, loss": KmGainLoss(),
}

ON_ALL_EARLIER: Final[dict[str, Baseline]] = {
    "constant pace": ScaledFormula(constant_pace_s, ANYTHING_EVER),
    "Naismith-Langmuir, scaled": ScaledFormula(naismith_langmuir_s, EVER_OF_KIND_FROM_THREE),
    "Tobler, scaled": ScaledFormula(_TOBLER, EVER_OF_KIND_FROM_THREE),
    "Minetti GAP, from flat pace": FromFlatPace(_MINETTI, EVER_OF_KIND_FROM_THREE),
    "Minetti GAP, scaled": ScaledFormula(_MINETTI, EVER_OF_KIND_FROM_THREE),
    "Strava GAP, from flat pace": FromFlatPace(_STRAVA, EVER_OF_KIND_FROM_THREE),
    "Strava GAP, scaled": ScaledFormula(_STRAVA, EVER_OF_KIND_FROM_THREE),
    "11-bin profile, 1-km splits": ElevenBins(EVER_OF_KIND_FROM_THREE),
    "linear: km, gain, loss": KmGainLoss(EVER_OF_KIND_FROM_THREE),
}
"""The same methods on all earlier activities: of the target's kind once there are three, of both before (the constant
pace always of both). This is how they were compared before this project began."""
