"""The sheet all pictures are drawn on: size, letters, colours, and how it becomes a file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cli.failure import write_file
from cli.words import one_line

WIDTH_PX: Final = 1080
HEIGHT_PX: Final = 1350
DPI: Final = 150
SMALL_PT: Final = 11.0
"""23 pixels, the smallest letters on the sheet."""
BODY_PT: Final = 12.5
TITLE_PT: Final = 15.0
HEADLINE_PT: Final = 30.0

INK: Final = "#1b1b1b"
FAINT: Final = "#5f6368"
RULE: Final = "#d5d8dc"
BAND: Final = "#9ecae1"
LINE: Final = "#08519c"
ACCENT: Final = "#d55e00"
NIGHT: Final = "#3b3a63"
LEFT: Final = 0.115
RIGHT: Final = 0.965

_FONT: Final = "DejaVu Sans"
_MISSING: Final = "\N{WHITE SQUARE}"


def new_sheet() -> Figure:
    """An empty sheet."""
    return Figure(figsize=(WIDTH_PX / DPI, HEIGHT_PX / DPI), dpi=DPI, facecolor="white")


def write(sheet: Figure, text: str, at: tuple[float, float], size_pt: float, **look: Any) -> Text:
    """Words on the sheet, at shares of its width and height; never read as a formula."""
    look = {"color": INK, "va": "top", **look}
    return sheet.text(*at, drawable(text), fontsize=size_pt, fontfamily=_FONT, parse_math=False, **look)


def label(axes: Axes, text: str, at: tuple[float, float], **look: Any) -> Text:
    """Words in a panel, at its own coordinates."""
    look = {"color": INK, "fontsize": SMALL_PT, "fontfamily": _FONT, **look}
    return axes.text(*at, drawable(text), parse_math=False, **look)


def shortened(text: str, most: int) -> str:
    """The text on one line, cut to `most` letters."""
    line = one_line(text)
    return line if len(line) <= most else line[: most - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def drawable(text: str) -> str:
    """The text with a square for each letter the font lacks."""
    font = _font()
    return "".join(letter if letter == "\n" or font.get_char_index(ord(letter)) else _MISSING for letter in text)


@cache
def _font() -> Any:
    return get_font(findfont(FontProperties(family=_FONT)))


def panel(sheet: Figure, bottom: float, top: float) -> Axes:
    """A panel across the sheet between two heights (shares of the sheet), with quiet axes."""
    axes = sheet.add_axes((LEFT, bottom, RIGHT - LEFT, top - bottom))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(RULE)
    axes.tick_params(labelsize=SMALL_PT, labelcolor=FAINT, color=RULE, labelfontfamily=_FONT)
    axes.grid(visible=True, axis="y", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    return axes


def kilometre_axis(axes: Axes, length_m: float, *, named: bool = True) -> None:
    """The horizontal axis: kilometres from start to end."""
    axes.set_xlim(0.0, length_m)
    axes.xaxis.set_major_locator(_kilometres(length_m))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at_m, _: f"{at_m / 1000:g}"))
    if named:
        axes.set_xlabel("km", fontsize=SMALL_PT, color=FAINT, loc="right", labelpad=1)


def _kilometres(length_m: float) -> MaxNLocator:
    return MaxNLocator(nbins=8 if length_m > 4000 else 5, steps=[1, 2, 2.5, 5, 10])


def heading(sheet: Figure, title: str, headline: str, lines: Sequence[str]) -> None:
    """The top of the sheet: what it is about, the one number, and what that number means."""
    write(sheet, shortened(title, 52), (0.04, 0.978), TITLE_PT, color=FAINT)
    write(sheet, headline, (0.04, 0.948), HEADLINE_PT, fontweight="bold")
    for number, line in enumerate(lines):
        write(sheet, shortened(line, 72), (0.04, 0.893 - 0.024 * number), BODY_PT)


def save(sheet: Figure, path: Path) -> None:
    """Writes the sheet as PNG. Raises Refused when the file cannot be written."""
    drawn = io.BytesIO()
    sheet.savefig(drawn, format="png", dpi=DPI, pil_kwargs={"compress_level": 9})
    write_file(path, drawn.getvalue())
