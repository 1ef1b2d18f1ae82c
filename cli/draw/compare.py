"""Prediction against reality as a picture: where time was lost and won."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cli.comparing import Comparison
from cli.draw import canvas
from cli.draw.ground import draw_key, draw_strips
from cli.show.compare import elapsed_line, predicted_line, verdict
from kernel.tracks import FloatArray, RouteGeometry
from languages.voice import Voice
from takealong.words import short_time, spoken

_COLOURS: Final = "PuOr_r"
"""Purple where it went faster than predicted, orange where slower: told apart by every kind of colour vision."""
_TOP: Final = 0.765
_SMALLEST_SHARE: Final = 0.1


def comparison_sheet(title: str, route: RouteGeometry, comparison: Comparison, voice: Voice) -> Figure:
    """The picture, not yet written."""
    sheet = canvas.new_sheet()
    took = voice.say("{time} taken", time=short_time(comparison.last.actual_so_far_s))
    lines = (verdict(comparison, voice), predicted_line(comparison, voice), elapsed_line(comparison, voice))
    canvas.heading(sheet, title, took, lines)
    ground, late = canvas.panel(sheet, 0.475, _TOP), canvas.panel(sheet, 0.075, 0.40)
    _draw_ground(ground, route, comparison, voice)
    canvas.kilometre_axis(ground, route.length_m, named=False)
    _draw_late(late, comparison, voice)
    canvas.kilometre_axis(late, route.length_m)
    return sheet


def _draw_ground(axes: Axes, route: RouteGeometry, comparison: Comparison, voice: Voice) -> None:
    share = np.array([split.actual_s / max(1.0, split.predicted_s) - 1.0 for split in comparison.splits])
    most = max(_SMALLEST_SHARE, float(np.percentile(np.abs(share), 95)))
    filled = draw_strips(axes, route, _per_segment(route, comparison, share))
    filled.set(cmap=_COLOURS, norm=TwoSlopeNorm(0.0, -most, most))
    ticks = (-most, 0.0, most)
    draw_key(axes, filled, voice.say("faster or slower than predicted"), ticks, _share_named)


def _share_named(share: float) -> str:
    return f"{100 * share:+.0f} %" if share else "0"


def _per_segment(route: RouteGeometry, comparison: Comparison, share: FloatArray) -> FloatArray:
    """The difference of the split each segment lies in; none past the end of the recording."""
    ends_m = np.array([split.to_m for split in comparison.splits])
    middle_m = (route.edges_m[:-1] + route.edges_m[1:]) / 2
    at = np.searchsorted(ends_m, middle_m)
    values: FloatArray = np.where(at < len(share), share[np.minimum(at, len(share) - 1)], 0.0)
    return values


def _draw_late(axes: Axes, comparison: Comparison, voice: Voice) -> None:
    """Minutes behind the prediction along the way, and the band it allowed."""
    splits = comparison.splits
    at_m = np.array([0.0, *(split.to_m for split in splits)])
    late, low, high = (
        np.array([0.0, *(getattr(split, name) - split.predicted_so_far_s for split in splits)]) / 60
        for name in ("actual_so_far_s", "low_so_far_s", "high_so_far_s")
    )
    axes.fill_between(at_m, low, high, color=canvas.BAND, linewidth=0)
    axes.axhline(0.0, color=canvas.LINE, linewidth=1.5)
    axes.plot(at_m, late, color=canvas.ACCENT, linewidth=3.0)
    axes.plot(at_m[-1:], late[-1:], "o", color=canvas.ACCENT, markersize=9)
    lowest, highest = min(low.min(), late.min(), -1.0), max(high.max(), late.max(), 1.0)
    space = 0.12 * (highest - lowest)
    axes.set_ylim(lowest - space, highest + space)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda minutes, _: f"{minutes:+.0f}" if minutes else "0"))
    what = voice.say("minutes behind (+) or ahead (-), moving; 8 in 10 in the band")
    canvas.label(axes, what, (-0.09, 1.03), transform=axes.transAxes, color=canvas.FAINT)
    behind = bool(late[-1] >= 0)
    up, down = ("bottom", "top") if behind else ("top", "bottom")
    place = (float(at_m[-1]), float(late[-1]) + (1 if behind else -1) * space / 4)
    difference = f"{'+' if behind else '-'}{spoken(60 * float(late[-1]), voice)} "
    canvas.label(axes, difference, place, ha="right", va=up, fontweight="bold")
    beside = (float(at_m[-1]), (-1 if behind else 1) * space / 8)
    canvas.label(axes, f"{voice.say('predicted')} ", beside, ha="right", va=down, color=canvas.LINE)
