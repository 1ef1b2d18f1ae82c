"""The course on a card: from above, and its profile, each piece in the colour of its pace."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.patches import Circle

from kernel.tracks import FloatArray
from takealong.card.colours import colours_of
from takealong.card.pen import FAINT, INK, PAPER, Pen
from takealong.card.scene import Card, Outline
from takealong.course import Profile

_AXIS_PX: Final = 25.0
_SMALLEST_SPAN_M: Final = 100.0
_DISC_PX: Final = 17.0
_NOTCH_PX: Final = 14.0
_POINTS_PER_PX: Final = 72.0 / 150.0
_STEPS: Final = (1, 2, 5)
_MOST_TICKS: Final = 6
_FAR_APART_PX: Final = 2.0


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the sheet in pixels; y grows downward."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


def draw_outline(pen: Pen, card: Card, outline: Outline, box: Box) -> None:
    """The course from above, north up, as large as the box lets it be."""
    x, y = _placed(outline, box)
    at_m = outline.at_m * card.length_m / max(1.0, float(outline.at_m[-1]))
    pen.axes.plot(x, y, color="white", linewidth=11 * _POINTS_PER_PX, solid_joinstyle="round", solid_capstyle="round")
    edges_m, colours = card.paces.edges_m, colours_of(card.paces)
    lines = []
    for begin_m, end_m in itertools.pairwise(edges_m):
        inside = at_m[(at_m > begin_m) & (at_m < end_m)]
        piece_m = np.array([begin_m, *inside, end_m])
        lines.append(np.column_stack((np.interp(piece_m, at_m, x), np.interp(piece_m, at_m, y))))
    look: dict[str, Any] = {"linewidths": 6 * _POINTS_PER_PX, "capstyle": "round", "joinstyle": "round", "zorder": 3}
    pen.axes.add_collection(LineCollection(lines, colors=colours, **look))
    pen.axes.add_patch(Circle((x[-1], y[-1]), 8, facecolor=INK, edgecolor="white", linewidth=1.2, zorder=4))
    pen.axes.add_patch(Circle((x[0], y[0]), 11, facecolor="white", edgecolor=INK, linewidth=1.8, zorder=5))


def draw_profile(pen: Pen, card: Card, box: Box) -> None:
    """The profile with its top named, marks and numbers of checkpoints, and the axis below; without one, the paces."""
    scale = box.width / card.length_m
    at_px = np.linspace(box.left, box.right, round(box.width / _FAR_APART_PX) + 1)
    heights = _heights_px(card, (at_px - box.left) / scale, box)
    _fill(pen, card, (at_px, heights), box)
    if card.profile is not None:
        pen.axes.plot(at_px, heights, color=INK, linewidth=3 * _POINTS_PER_PX, solid_joinstyle="round", zorder=4)
        _name_the_top(pen, card.texts.top, (at_px, heights), box)
    _mark(pen, card, (at_px, heights), box)
    _number(pen, card, scale, box)
    _axis(pen, card, box)


def _placed(outline: Outline, box: Box) -> tuple[FloatArray, FloatArray]:
    wide_m, high_m = np.ptp(outline.east_m), np.ptp(outline.north_m)
    scale = min(box.width / max(wide_m, 1.0), box.height / max(high_m, 1.0))
    x = (box.left + box.right) / 2 + scale * (outline.east_m - outline.east_m.min() - wide_m / 2)
    y = (box.top + box.bottom) / 2 - scale * (outline.north_m - outline.north_m.min() - high_m / 2)
    return x, y


def _heights_px(card: Card, at_m: FloatArray, box: Box) -> FloatArray:
    """Where the profile runs, room for a name above it and for numbers below it."""
    shape = card.profile or _of_paces(card)
    heights = np.interp(at_m, shape.distance_m, shape.elevation_m)
    low, climb = float(heights.min()), float(np.ptp(heights))
    span = max(climb, _SMALLEST_SPAN_M)
    floor, roof = box.bottom - (52.0 if card.texts.listed else 26.0), box.top + 36.0
    lifted = (1.0 - climb / span) * (floor - roof) / 2  # what is flat stands in the middle, not at the bottom
    return floor - lifted - (heights - low) / span * (floor - roof)


def _of_paces(card: Card) -> Profile:
    """Where no height is known: slow pieces stand high, as climbs would."""
    edges_m, paces = card.paces.edges_m, card.paces.s_per_km
    return Profile(np.repeat(edges_m, 2)[1:-1] + np.tile((1e-3, 0.0), len(paces)), np.repeat(paces, 2))


def _fill(pen: Pen, card: Card, shape: tuple[FloatArray, FloatArray], box: Box) -> None:
    at_px, heights = shape
    edges_px = box.left + card.paces.edges_m * box.width / card.length_m
    edges_px[-1] = box.right
    polygons = []
    for begin, end in itertools.pairwise(edges_px):
        inside = at_px[(at_px > begin) & (at_px < end)]
        x = np.array([begin, *inside, end])
        top = np.column_stack((x, np.interp(x, at_px, heights)))
        polygons.append(np.vstack((top, [(end, box.bottom), (begin, box.bottom)])))
    colours = colours_of(card.paces)
    pen.axes.add_collection(PolyCollection(polygons, facecolors=colours, edgecolors=colours, linewidths=0.4, zorder=3))


def _name_the_top(pen: Pen, text: str, shape: tuple[FloatArray, FloatArray], box: Box) -> None:
    at_px, heights = shape
    top = int(heights.argmin())
    half = pen.width_px(text, _AXIS_PX) / 2
    x = float(np.clip(at_px[top], box.left + half, box.right - half))
    pen.write(text, (x, float(heights[top]) - 12), _AXIS_PX, side="center")


def _mark(pen: Pen, card: Card, shape: tuple[FloatArray, FloatArray], box: Box) -> None:
    """A notch at each checkpoint, down to its number where it is listed."""
    listed = {one.index for one in card.texts.listed}
    for index, mark_m in enumerate(card.marks_m):
        x = box.left + mark_m / card.length_m * box.width
        top = float(np.interp(x, *shape))
        bottom = box.bottom if index in listed else min(box.bottom, top + _NOTCH_PX)
        pen.axes.plot([x, x], [top, bottom], color="white", linewidth=0.9, solid_capstyle="butt", zorder=4)


def _number(pen: Pen, card: Card, scale: float, box: Box) -> None:
    """Discs with the numbers of the listed checkpoints, moved apart where they would touch."""
    wished = np.array([box.left + card.marks_m[one.index] * scale for one in card.texts.listed])
    places = apart(wished, 2 * _DISC_PX + 4, box.left + _DISC_PX, box.right - _DISC_PX)
    y = box.bottom - 26
    for one, x in zip(card.texts.listed, places, strict=True):
        pen.axes.add_patch(Circle((x, y), _DISC_PX, facecolor=PAPER, edgecolor=INK, linewidth=0.8, zorder=5))
        pen.write(str(one.index + 1), (x, y + 8), 23, bold=True, side="center")


def apart(wished: FloatArray, gap: float, low: float, high: float) -> list[float]:
    """The rising places moved as far as needed to lie `gap` apart between `low` and `high`, where all of them fit."""
    offsets = gap * np.arange(len(wished))
    pushed = np.maximum.accumulate(np.maximum(wished, low) - offsets) + offsets
    limits = high - offsets[::-1]
    placed: list[float] = np.minimum(pushed, limits).tolist()
    return placed


def _axis(pen: Pen, card: Card, box: Box) -> None:
    length, y = card.length_m / card.texts.unit_m, box.bottom + 35
    pen.write(card.texts.unit, (box.right, y), _AXIS_PX, colour=FAINT, side="right")
    room = box.right - pen.width_px(card.texts.unit, _AXIS_PX) - 14
    step = _step(length)
    for number in range(int(length / step + 1e-9) + 1):
        text = f"{number * step:g}"
        x, half = box.left + number * step / length * box.width, pen.width_px(text, _AXIS_PX) / 2
        x = max(x, box.left + half)
        if x + half <= room:
            pen.write(text, (x, y), _AXIS_PX, colour=FAINT, side="center")


def _step(length: float) -> float:
    """A round distance of which there are few."""
    least = length / _MOST_TICKS
    power = 10.0 ** np.floor(np.log10(least))
    return float(next((step * power for step in _STEPS if step * power >= least), 10 * power))
