"""Writing on a sheet in pixels from its upper left corner, with words that know how wide they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from takealong.card.texts import Run
from takealong.letters import drawable, letters
from takealong.pictures import DPI, HEIGHT_PX, WIDTH_PX

INK: Final = "#1b1e24"
FAINT: Final = "#666a6f"
PAPER: Final = "#f7f5ef"
SMALLEST_PX: Final = 23.0
_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"
_SPACE: Final = 0.3


class Pen:
    """One sheet and everything written on it. `axes` takes shapes in the same pixels."""

    def __init__(self) -> None:
        self.sheet = Figure(figsize=(WIDTH_PX / DPI, HEIGHT_PX / DPI), dpi=DPI, facecolor=PAPER)
        self.axes: Axes = self.sheet.add_axes((0.0, 0.0, 1.0, 1.0), facecolor="none")
        self.axes.set(xlim=(0, WIDTH_PX), ylim=(HEIGHT_PX, 0), xticks=[], yticks=[])
        for spine in self.axes.spines.values():
            spine.set_visible(False)
        canvas: Any = FigureCanvasAgg(self.sheet)
        self._renderer = canvas.get_renderer()

    def width_px(self, text: str, size_px: float, *, bold: bool = False) -> float:
        """How far a text goes."""
        # bars on both sides, or a space at an end would count for nothing
        return self._measured(f"|{text}|", size_px, bold=bold) - self._measured("||", size_px, bold=bold)

    def write(
        self,
        text: str,
        at_px: tuple[float, float],
        size_px: float,
        *,
        bold: bool = False,
        colour: str = INK,
        side: Literal["left", "center", "right"] = "left",
    ) -> None:
        """Words on a baseline; never read as a formula."""
        look: dict[str, Any] = {"color": colour, "ha": side, "va": "baseline", "parse_math": False, "zorder": 6}
        self.axes.text(*at_px, drawable(text), fontproperties=letters(size_px, bold=bold, dpi=DPI), **look)

    def fitting(self, text: str, size_px: float, most_px: float, *, bold: bool = False) -> tuple[str, float]:
        """The text and its size: smaller where it would be wider than that, then shortened."""
        size_px = self._shrunk(self.width_px(text, size_px, bold=bold), size_px, most_px)
        return self._shortened(text, size_px, most_px, bold=bold), size_px

    def write_fitting(self, text: str, at_px: tuple[float, float], size_px: float, most_px: float, **look: Any) -> None:
        """The same, written."""
        fitted, size_px = self.fitting(text, size_px, most_px, bold=look.get("bold", False))
        self.write(fitted, at_px, size_px, **look)

    def write_runs(self, runs: Sequence[Run], at_px: tuple[float, float], size_px: float, most_px: float) -> None:
        """Words and bold words on one line, smaller where they would be wider than that."""
        if not runs:
            return
        wide_px = sum(self.width_px(text, size_px, bold=bold) for text, bold in runs)
        wide_px += _SPACE * size_px * (len(runs) - 1)
        size_px = self._shrunk(wide_px, size_px, most_px)
        x_px, y_px = at_px
        for text, bold in runs:
            self.write(text, (x_px, y_px), size_px, bold=bold)
            x_px += self.width_px(text, size_px, bold=bold) + _SPACE * size_px

    def _shortened(self, text: str, size_px: float, most_px: float, *, bold: bool) -> str:
        if self.width_px(text, size_px, bold=bold) <= most_px:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            fits = self.width_px(text[:middle].rstrip() + _ELLIPSIS, size_px, bold=bold) <= most_px
            low, high = (middle, high) if fits else (low, middle - 1)
        return text[:low].rstrip() + _ELLIPSIS

    def _measured(self, text: str, size_px: float, *, bold: bool) -> float:
        font = letters(size_px, bold=bold, dpi=DPI)
        return float(self._renderer.get_text_width_height_descent(drawable(text), font, ismath=False)[0])

    @staticmethod
    def _shrunk(wide_px: float, size_px: float, most_px: float) -> float:
        return size_px if wide_px <= most_px else max(SMALLEST_PX, size_px * most_px / wide_px)
