"""The figures of docs/accuracy.md, the same bytes for the same results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.contenders import AYDA
from benchmarks.newcomers import FEW, LENGTHS
from benchmarks.protocol import SUBSETS
from benchmarks.results import Results
from benchmarks.summary import NOMINAL

_DPI: Final = 100
_INK: Final = "#22303c"
_QUIET: Final = "#8a97a3"
_GRID: Final = "#e3e8ec"
_OURS: Final = "#0b7a55"
_SECOND: Final = "#c2571a"
_THIRD: Final = "#3a6ea5"
_SUBSET_NAMES: Final = {
    "all": "all",
    "hilly": "hilly\n> 20 m/km",
    "steep": "steep\n> 40 m/km",
    "long": "long\n> 1.5 x usual",
    "far": "far\n> 1.5 x usual course",
    "cold": "cold\n5 to 9 earlier",
}
_STYLE: Final = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": _INK,
    "axes.edgecolor": _QUIET,
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9.5,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "grid.color": _GRID,
    "axes.axisbelow": True,
}


def draw_all(results: Results, folder: Path) -> list[Path]:
    """Writes each figure into `folder` and returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    drawings: dict[str, Callable[[Results], Figure]] = {
        "error_by_subset": error_by_subset,
        "calibration": calibration_plot,
        "history_length": history_length,
        "coverage_by_subset": coverage_by_subset,
    }
    files = []
    for name, draw in drawings.items():
        with mpl.rc_context(_STYLE):  # type: ignore[arg-type]  # the stub lists the keys one by one
            figure = draw(results)
            file = folder / f"{name}.png"
            figure.savefig(file, dpi=_DPI, metadata={"Software": None})
        files.append(file)
    return files


def error_by_subset(results: Results) -> Figure:
    """Mean error of every method, one panel per subset."""
    methods = sorted(results.scores, key=lambda name: -results.scores[name]["all"]["mape"])
    figure = Figure(figsize=(10.4, 3.6), layout="constrained")
    panels: Sequence[Axes] = figure.subplots(1, len(SUBSETS), sharey=True)
    for panel, subset in zip(panels, SUBSETS, strict=True):
        known = [name for name in methods if subset in results.scores[name]]
        heights = [methods.index(name) for name in known]
        percent = [100 * results.scores[name][subset]["mape"] for name in known]
        colours = [_OURS if name == AYDA else _QUIET for name in known]
        panel.hlines(heights, 0, percent, colors=colours, linewidth=1.0, alpha=0.6)
        panel.scatter(percent, heights, s=[46 if name == AYDA else 26 for name in known], c=colours, zorder=3)
        for name, height, error in zip(known, heights, percent, strict=True):
            weight, colour = ("bold", _OURS) if name == AYDA else ("normal", _INK)
            panel.text(error + 1.2, height, f"{error:.1f}", va="center", fontsize=8, color=colour, fontweight=weight)
        panel.set_title(_SUBSET_NAMES[subset])
        panel.set_xlim(0, 22)
        panel.set_xticks([0, 10, 20])
        panel.grid(axis="x")
        panel.tick_params(left=False)
    panels[0].set_yticks(range(len(methods)), methods)
    for label, name in zip(panels[0].get_yticklabels(), methods, strict=True):
        label.set_fontweight("bold" if name == AYDA else "normal")
    figure.supxlabel("mean absolute error of moving time, %", fontsize=9)
    return figure


def calibration_plot(results: Results) -> Figure:
    """How often an outing took at most the forecast's quantile, against how often it should."""
    figure = Figure(figsize=(8.6, 4.5), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    with_history = {_SUBSET_NAMES[name].replace("\n", ", "): found for name, found in results.calibration.items()}
    names = {"0": "0 earlier, nothing stated", "0 stated": "0 earlier, flat pace stated", "2": "2 earlier"}
    newcomers = {name: results.few_calibration.get(start, []) for start, name in names.items()}
    panels[0].set_ylabel("outings that took at most that long, %")
    for panel, title, lines in zip(
        panels, ("5 and more earlier activities", "newcomers"), (with_history, newcomers), strict=True
    ):
        panel.plot([0, 100], [0, 100], color=_QUIET, linewidth=1, linestyle="--")
        panel.text(93, 84, "perfect", rotation=45, ha="center", va="center", fontsize=8, color=_QUIET)
        for (name, observed), colour, marker in zip(lines.items(), (_OURS, _SECOND, _THIRD), "os^", strict=False):
            if observed:
                panel.plot(NOMINAL, observed, color=colour, marker=marker, markersize=4, linewidth=1.4, label=name)
        panel.set(xlim=(0, 100), ylim=(0, 100), aspect="equal", title=title)
        panel.set_xlabel("quantile of the forecast, %")
        panel.set_xticks(range(0, 101, 20))
        panel.set_yticks(range(0, 101, 20))
        panel.grid()
        if panel.get_legend_handles_labels()[0]:
            panel.legend(frameon=False, loc="upper left")
    return figure


def history_length(results: Results) -> Figure:
    """Error with 0 to 4 earlier activities, and with ever more."""
    figure = Figure(figsize=(9.0, 3.5), layout="constrained")
    few, more = figure.subplots(1, 2, sharey=True, width_ratios=(1, 1.5))
    for stated, colour, marker, label in (
        ("", _SECOND, "s", "nothing stated"),
        (" stated", _OURS, "o", "flat pace stated"),
    ):
        known = [count for count in FEW if f"{count}{stated}" in results.few]
        errors = [100 * results.few[f"{count}{stated}"]["mape"] for count in known]
        few.plot(known, errors, color=colour, marker=marker, markersize=5, label=label)
    few.set_title("a newcomer, starting anywhere in a history")
    few.set_xlabel("earlier activities")
    few.set_ylabel("mean absolute error, %")
    few.set_xticks(FEW)
    few.legend(frameon=False)
    known = [length for length in LENGTHS if str(length) in results.lengths]
    found = [results.lengths[str(length)] for length in known]
    places = range(len(known))
    more.plot(places, [100 * one["mape"] for one in found], color=_OURS, marker="o", markersize=5, label="mean")
    more.plot(places, [100 * one["mdape"] for one in found], color=_THIRD, marker="^", markersize=5, label="median")
    more.set_xticks(places, ["all" if length == LENGTHS[-1] else str(length) for length in known])
    more.set_title("activities with 50 or more before them")
    more.set_xlabel("newest activities used")
    more.legend(frameon=False)
    for panel in (few, more):
        panel.set_ylim(bottom=0)
        panel.grid(axis="y")
    return figure


def coverage_by_subset(results: Results) -> Figure:
    """How often the 80 % band held, and on which side it did not."""
    score = results.scores[AYDA]
    bars = [(_SUBSET_NAMES[subset].replace("\n", ", "), score[subset]) for subset in SUBSETS if subset in score]
    for stated, text in (("", ""), (" stated", ", pace stated")):
        bars += [
            (f"{count} earlier{text}", results.few[f"{count}{stated}"])
            for count in FEW[:3]
            if f"{count}{stated}" in results.few
        ]
    figure = Figure(figsize=(8.0, 0.34 * len(bars) + 1.0), layout="constrained")
    panel = figure.subplots()
    for place, (_, found) in enumerate(bars):
        below, held, above = (100 * found[key] for key in ("below", "cov80", "above"))
        panel.barh(place, below, color=_THIRD, height=0.68)
        panel.barh(place, held, left=below, color="#cfe6dc", height=0.68)
        panel.barh(place, above, left=below + held, color=_SECOND, height=0.68)
        panel.annotate(f"{held:.0f} %", (below + held / 2, place), ha="center", va="center", color=_INK, fontsize=8.5)
        panel.annotate(f"width {100 * found['width']:.0f} %", (101, place), va="center", color=_INK, fontsize=8)
    for edge in (10, 90):
        panel.axvline(edge, color=_INK, linewidth=0.9, linestyle=":")
    panel.set_yticks(range(len(bars)), [name for name, _ in bars])
    panel.invert_yaxis()
    panel.set_xlim(0, 114)
    panel.set_xticks([0, 10, 50, 90, 100])
    panel.set_xlabel(
        "outings faster than the band (blue), within it (green), slower (orange), %; dotted: as it should be"
    )
    panel.tick_params(left=False)
    return figure
