"""The profile of a route in colours, and their key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from cli.draw.canvas import FAINT, INK, SMALL_PT, label, write
from kernel.tracks import FloatArray, RouteGeometry

_SMALLEST_SPAN_M: Final = 100.0
_STRIPS: Final = 900
_FAR_M: Final = 120_000.0


def draw_strips(axes: Axes, route: RouteGeometry, values: FloatArray) -> PolyCollection:
    """The elevation filled with a colour per segment; the caller chooses which colours."""
    low, high = _height_limits(route.elevation_m)
    edges = np.linspace(0.0, route.length_m, min(_STRIPS, 4 * len(values)) + 1)
    heights = np.interp(edges, route.distance_m, route.elevation_m)
    ends, middle = route.edges_m[1:], (edges[:-1] + edges[1:]) / 2
    value = values[np.minimum(np.searchsorted(ends, middle), len(ends) - 1)]
    left, right, base = edges[:-1], edges[1:], np.full(len(middle), low)
    corners = ((left, base), (left, heights[:-1]), (right, heights[1:]), (right, base))
    strips = np.stack([np.column_stack(corner) for corner in corners], axis=1)
    filled = PolyCollection(list(strips), array=value, edgecolors="face", linewidths=0.4)
    axes.add_collection(filled)
    axes.plot(route.distance_m, route.elevation_m, color=INK, linewidth=1.0 if route.length_m < _FAR_M else 0.5)
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda metres, _: f"{metres:,.0f}"))
    label(axes, "m", (-0.06, 1.02), transform=axes.transAxes, color=FAINT, ha="center")
    return filled


def draw_key(
    axes: Axes, filled: PolyCollection, what: str, ticks: Sequence[float], named: Callable[[float], str]
) -> None:
    """The key of the colours, above the panel: what they say, and names at some values."""
    sheet, top = axes.get_figure(root=True), axes.get_position().y1
    if sheet is None:
        return
    write(sheet, what, (0.54, top + 0.036), SMALL_PT, color=FAINT, ha="right")
    bar = sheet.colorbar(filled, cax=sheet.add_axes((0.56, top + 0.022, 0.38, 0.010)), orientation="horizontal")
    bar.ax.xaxis.set_major_locator(FixedLocator(list(ticks)))
    bar.ax.xaxis.set_minor_locator(NullLocator())
    bar.ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: named(value)))
    bar.ax.tick_params(labelsize=SMALL_PT, labelcolor=FAINT, length=0, pad=3)
    bar.outline.set_visible(False)


def _height_limits(elevation_m: FloatArray) -> tuple[float, float]:
    low, high = float(elevation_m.min()), float(elevation_m.max())
    span = max(high - low, _SMALLEST_SPAN_M)
    middle = (low + high) / 2
    return middle - 0.6 * span, middle + 0.72 * span
