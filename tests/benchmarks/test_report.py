from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from benchmarks import ablation
from benchmarks.contenders import AYDA
from benchmarks.newcomers import FEW, LENGTHS
from benchmarks.protocol import DATA_VARIABLE, NO_DATA, SUBSETS, merged, rows_of, scores_of
from benchmarks.report import page_of, write_report
from benchmarks.results import Results
from benchmarks.summary import NOMINAL
from benchmarks.tables import text_of
from tests.benchmarks.made_up import MadeUpShelf, activity, even_slope

MEASURES = {
    "mape": 0.0712,
    "mdape": 0.05,
    "bias": -0.011,
    "cov80": 0.8,
    "below": 0.1,
    "above": 0.1,
    "width": 0.2,
    "ela_mape": 0.12,
    "n": 100,
    "athletes": 8,
}
SCORES = {
    name: {subset: {**MEASURES, "mape": mape} for subset in SUBSETS}
    for name, mape in ((AYDA, 0.0712), ("constant pace", 0.11))
}
STARTS = [f"{count}{stated}" for stated in ("", " stated") for count in FEW]
RESULTS = Results(
    scores=SCORES,
    scores_all_earlier={"constant pace": SCORES["constant pace"]},
    per_athlete=[SCORES[AYDA]],
    calibration={"all": [float(nominal) for nominal in NOMINAL]},
    few=dict.fromkeys(STARTS, MEASURES),
    few_by_kind={f"{start} {kind}": MEASURES for start in STARTS for kind in ("run", "walk")},
    few_calibration={"0": [float(nominal) for nominal in NOMINAL]},
    lengths={str(length): MEASURES for length in LENGTHS},
    repeats={"last time on the route": MEASURES},
    newest_six={"all": {**MEASURES, "cov80_sd": 0.061}},
    onward={"Courm": {"effort": {"mape": 0.31}, "others": {"mape": 0.07}, "model": {"mape": 0.123, "held": 0.79}}},
    races={"fields": {"24-36 h": {"n": 47, "mape": 0.102, "bias": -0.011, "held": 0.99}}},
)


def test_the_page_shows_every_method_and_links_its_pictures(tmp_path: Path) -> None:
    page = write_report(RESULTS, tmp_path)
    text = page.read_text()
    assert "| **ayda** | **7.1 / 5.0** |" in text
    assert "| constant pace | 11.0 / 5.0 |" in text
    assert "| Courm | 31.0 | 7.0 | 12.3 | 79 |" in text
    assert "| all | 80 | 6.1 | 10 | 10 |" in text
    assert "| 24-36 h | 10.2 | -1.1 | 99 | 47 |" in text
    pictures = [part.split(")")[0] for part in text.split("](")[1:]]
    assert len(pictures) == 4
    for picture in pictures:
        drawn = (tmp_path / picture).read_bytes()
        assert drawn.startswith(b"\x89PNG")
        assert len(drawn) < 100_000


def test_the_same_results_give_the_same_page_and_pictures(tmp_path: Path) -> None:
    first, second = (write_report(RESULTS, tmp_path / name) for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    for picture in (tmp_path / "first" / "figures").iterdir():
        assert picture.read_bytes() == (tmp_path / "second" / "figures" / picture.name).read_bytes()


def test_results_with_missing_subsets_still_make_a_page_and_a_printout(tmp_path: Path) -> None:
    thin = Results(
        scores={name: {"all": score["all"]} for name, score in SCORES.items()},
        scores_all_earlier={},
        per_athlete=[],
        calibration={"all": RESULTS.calibration["all"], "cold": []},
        few={},
        few_by_kind={},
        few_calibration={},
        lengths={},
        repeats={"last time on the route": {}},
    )
    assert "| **ayda** | **7.1 / 5.0** | **-** |" in page_of(thin)
    assert write_report(thin, tmp_path).is_file()
    assert "constant pace" in text_of(thin)


def test_a_variant_of_tier_b_gets_the_paths_of_the_route() -> None:
    given: list[dict[str, Any]] = []

    def predict(
        model: int, d: Any, ele: Any, sport: str, shape: dict[str, Any]
    ) -> dict[str, tuple[float, float, float]]:
        given.append(shape)
        return {"moving": (1.0, float(model), 2.0)}

    variant = ablation.Variant(len, predict)
    assert "shape" in inspect.signature(variant.predict).parameters
    shelf = MadeUpShelf({"somebody": [activity(even_slope(5, 0.0), 0.36) for _ in range(8)]})
    rows = rows_of(shelf, "somebody", lambda: {"by number": variant}, 1)
    assert [row["p50"] for row in rows["by number"]] == [5.0, 6.0, 7.0]
    assert len(given) == 3


def test_ablation_rows_are_compared_with_the_first() -> None:
    shelf = MadeUpShelf({"somebody": [activity(even_slope(5, 0.0), 0.36) for _ in range(8)]})
    shipped = rows_of(shelf, "somebody", ablation.variants, 1)
    rows = merged([shipped])
    rows["worse"] = [{**row, "p50": 1.05 * row["p50"]} for row in next(iter(shipped.values()))]
    table = ablation.table(rows, scores_of(shelf, rows))
    at = list(table.head).index("to first")
    assert table.rows[0][at] == "+0.00 +-0.00"
    assert float(table.rows[-1][at].split()[0]) > 3.0


def test_without_recordings_the_ablation_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    assert ablation.main([]) == 0
    assert capsys.readouterr().out.strip() == NO_DATA
