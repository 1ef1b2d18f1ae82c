"""A prediction as a picture: the profile in colours of pace, the band of times, the checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from cli.along import QUANTILES, clock
from cli.course import Course
from cli.draw.canvas import (
    ACCENT,
    BAND,
    BODY_PT,
    FAINT,
    INK,
    LINE,
    NIGHT,
    RULE,
    SMALL_PT,
    heading,
    kilometre_axis,
    label,
    new_sheet,
    panel,
    shortened,
    write,
)
from cli.draw.ground import draw_ground
from cli.predicting import Answer, Night
from cli.words import elapsed_line, headline, margin, percent, route_line
from kernel.contracts.prediction import CheckpointForecast

_TOP: Final = 0.775
_ROW: Final = 0.0225
_ROWS: Final = 12
_MOST_LISTED: Final = 2 * _ROWS
_DAY_S: Final = 86_400
_TICKS_S: Final = (300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, _DAY_S, 2 * _DAY_S, 5 * _DAY_S, 10 * _DAY_S)
_CLOSEST: Final = 0.035


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """An answer with the course it is for; without a `start` only durations are known."""

    course: Course
    answer: Answer
    start: datetime | None
    nights: tuple[Night, ...] = ()

    def time_of_day(self, after_s: float) -> str:
        """The moment so long after the start without its day, nothing for what lies before the start."""
        return clock(self.start, after_s).partition("+")[0] if after_s >= 0 else ""

    def date(self, after_s: float) -> str:
        """The day, `14.06`, where the start is known, else hours."""
        if self.start is None or after_s < 0:
            return self.time_of_day(after_s)
        return f"{self.start + timedelta(seconds=after_s):%d.%m}"


def prediction_sheet(scene: Scene) -> Figure:
    """The picture, not yet written."""
    sheet = new_sheet()
    asked = scene.answer.prediction
    heading(sheet, scene.course.name, headline(asked), (margin(asked), elapsed_line(asked), route_line(asked)))
    listed = asked.checkpoints[:_MOST_LISTED]
    rows = min(_ROWS, len(listed))
    floor = 0.07 + (rows * _ROW + 0.04 if rows else 0.0)
    middle = floor + (_TOP - floor) * 0.46
    ground = panel(sheet, middle + 0.055, _TOP)
    draw_ground(ground, scene.course.route, scene.answer.s_per_km)
    kilometre_axis(ground, scene.course.route.length_m, named=False)
    times = panel(sheet, floor, middle)
    _draw_times(times, scene)
    _mark(ground, times, scene, listed)
    if rows:
        _list(sheet, scene, listed, floor - 0.048)
    return sheet


def _draw_times(axes: Axes, scene: Scene) -> None:
    """Time against distance: the median, and the band eight of ten times lie in."""
    length_m = scene.course.route.length_m
    at_m = np.linspace(0.0, length_m, 400)
    low, middle, high = (scene.answer.timeline.at(at_m, quantile) for quantile in QUANTILES)
    top = 1.06 * float(high[-1])
    axes.fill_between(at_m, low, high, color=BAND, linewidth=0)
    axes.plot(at_m, middle, color=LINE, linewidth=2.2)
    nights = scene.nights
    for dusk_s, dawn_s in nights:
        axes.axhspan(max(0.0, dusk_s), min(top, dawn_s), color=NIGHT, alpha=0.18, linewidth=0)
    if nights and 0 <= nights[0][0] < 0.94 * top:
        dusk_s = nights[0][0]
        early = dusk_s < middle[len(middle) // 2]
        place, side = (0.98, "right") if early else (0.02, "left")
        words = f"dark from {scene.time_of_day(dusk_s)}"
        label(axes, words, (place * length_m, dusk_s), color=NIGHT, ha=side, va="bottom")
    axes.set_ylim(0.0, top)
    kilometre_axis(axes, length_m)
    _time_axis(axes, scene, top)


def _time_axis(axes: Axes, scene: Scene, top_s: float) -> None:
    every_s = next((step for step in _TICKS_S if top_s / step <= 6), _TICKS_S[-1])
    axes.yaxis.set_major_locator(MultipleLocator(every_s, offset=_offset_s(scene, every_s)))
    named = scene.time_of_day if every_s < _DAY_S else scene.date
    axes.yaxis.set_major_formatter(FuncFormatter(lambda after_s, _: named(after_s)))
    what = "hours after the start" if scene.start is None else "clock"
    label(axes, f"{what}, stops included; 8 in 10 in the band", (-0.09, 1.03), transform=axes.transAxes, color=FAINT)


def _offset_s(scene: Scene, every_s: int) -> float:
    """So that clock times at the ticks are round ones."""
    if scene.start is None:
        return 0.0
    into_day_s = 3600 * scene.start.hour + 60 * scene.start.minute + scene.start.second
    return float(-(into_day_s % every_s))


def _mark(ground: Axes, times: Axes, scene: Scene, listed: list[CheckpointForecast]) -> None:
    """Lines through both panels at the checkpoints, numbered where there is room."""
    last = -1.0
    for number, checkpoint in enumerate(listed, start=1):
        at_m = min(checkpoint.at_m, scene.course.route.length_m)
        for axes in (ground, times):
            axes.axvline(at_m, color=INK, linewidth=0.7, alpha=0.5)
        eta = checkpoint.eta_s
        times.plot([at_m, at_m], [eta.p10, eta.p90], color=LINE, linewidth=3.0, solid_capstyle="butt")
        if checkpoint.cutoff_s is not None:
            times.plot([at_m], [checkpoint.cutoff_s], marker="v", color=ACCENT, markersize=9, clip_on=True)
        share = at_m / scene.course.route.length_m
        if share - last >= _CLOSEST:
            look = {"ha": "center", "va": "top", "transform": ground.get_xaxis_transform(), "fontweight": "bold"}
            box = {"boxstyle": "circle,pad=0.18", "facecolor": "white", "edgecolor": RULE}
            label(ground, str(number), (at_m, 0.985), bbox=box, **look)
            last = share


def _list(sheet: Figure, scene: Scene, listed: list[CheckpointForecast], top: float) -> None:
    """Name, distance and arrival of each checkpoint, in one column or two."""
    two = len(listed) > _ROWS
    hidden = len(scene.answer.prediction.checkpoints) - len(listed)
    title = "Arrivals, 8 in 10 times between" + (
        f" (the first {len(listed)} of {len(listed) + hidden})" if hidden else ""
    )
    write(sheet, title, (0.04, top + 0.004), SMALL_PT, color=FAINT)
    for number, checkpoint in enumerate(listed):
        column, row = divmod(number, _ROWS)
        height = top - 0.025 - row * _ROW
        left, width = 0.04 + 0.48 * column, 0.44 if two else 0.92
        _row(sheet, scene, (number + 1, checkpoint), (left, height, width), narrow=two)


def _row(
    sheet: Figure,
    scene: Scene,
    numbered: tuple[int, CheckpointForecast],
    box: tuple[float, float, float],
    *,
    narrow: bool,
) -> None:
    number, checkpoint = numbered
    left, height, width = box
    eta, size = checkpoint.eta_s, SMALL_PT if narrow else BODY_PT
    write(sheet, str(number), (left + 0.03, height), size, ha="right", fontweight="bold")
    write(sheet, shortened(checkpoint.name, 13 if narrow else 24), (left + 0.04, height), size)
    arrival = f"{scene.time_of_day(eta.p10)}-{scene.time_of_day(eta.p90)}"
    if narrow:
        write(sheet, arrival, (left + width, height), size, ha="right")
        return
    write(sheet, f"{checkpoint.at_m / 1000:.1f} km", (left + 0.50, height), size, ha="right", color=FAINT)
    write(sheet, arrival, (left + 0.70, height), size, ha="right")
    if checkpoint.cutoff_s is not None and checkpoint.p_in_time is not None:
        closes = f"{percent(checkpoint.p_in_time)} by {scene.time_of_day(checkpoint.cutoff_s)}"
        write(sheet, closes, (left + width, height), size, ha="right", color=ACCENT)
