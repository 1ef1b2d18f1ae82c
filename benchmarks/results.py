"""What a run found, in one object."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.protocol import Scores


@dataclass(frozen=True, slots=True)
class Results:
    """Shares, not percent, but for `calibration`.

    `scores` per predictor, subset and measure; `scores_all_earlier` of the known methods on all earlier activities;
    `per_athlete` of Ayda in the order of the athletes; `calibration` per subset: percent of outings below each nominal
    quantile; `few` and `few_calibration` per number of earlier activities and whether a pace was stated ("2",
    "2 stated"), `few_by_kind` with the kind behind ("2 stated walk"); `lengths` per length of history; `repeats` per
    way to forecast a route that was gone before; `races` by `pairs` and `fields`, then hours of the race, as `races.py`
    of the evaluation folder scores them, empty where that has none; `newest_six` of Ayda with histories cut to their
    newest six; `onward` per station and way to tell what is still to come, as `replan.py` of that folder scores it.
    """

    scores: dict[str, Scores]
    scores_all_earlier: dict[str, Scores]
    per_athlete: list[Scores]
    calibration: dict[str, list[float]]
    few: dict[str, dict[str, float]]
    few_by_kind: dict[str, dict[str, float]]
    few_calibration: dict[str, list[float]]
    lengths: dict[str, dict[str, float]]
    repeats: dict[str, dict[str, float]]
    races: dict[str, Scores] = field(default_factory=dict)
    newest_six: Scores = field(default_factory=dict)
    onward: dict[str, Scores] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain dicts and lists, rounded."""
        rounded: dict[str, Any] = _rounded(asdict(self))
        return rounded


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return round(value, 4) if isinstance(value, float) else value
