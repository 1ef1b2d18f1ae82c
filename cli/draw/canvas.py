"""The sheet all pictures are drawn on: size, letters, colours, and how it becomes a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cli.failure import write_file
from takealong.letters import drawable, families
from takealong.pictures import DPI, HEIGHT_PX, WIDTH_PX, picture_of
from takealong.words import one_line

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


def new_sheet() -> Figure:
    """An empty sheet."""
    return Figure(figsize=(WIDTH_PX / DPI, HEIGHT_PX / DPI), dpi=DPI, facecolor="white")


def write(sheet: Figure, text: str, at: tuple[float, float], size_pt: float, **look: Any) -> Text:
    """Words on the sheet, at shares of its width and height; never read as a formula."""
    look = {"color": INK, "va": "top", **look}
    return sheet.text(*at, drawable(text), fontsize=size_pt, fontfamily=families(), parse_math=False, **look)


def label(axes: Axes, text: str, at: tuple[float, float], **look: Any) -> Text:
    """Words in a panel, at its own coordinates."""
    look = {"color": INK, "fontsize": SMALL_PT, "fontfamily": families(), **look}
    return axes.text(*at, drawable(text), parse_math=False, **look)


def shortened(text: str, most: int) -> str:
    """The text on one line, cut to `most` letters."""
    line = one_line(text)
    return line if len(line) <= most else line[: most - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def panel(sheet: Figure, bottom: float, top: float) -> Axes:
    """A panel across the sheet between two heights (shares of the sheet), with quiet axes."""
    axes = sheet.add_axes((LEFT, bottom, RIGHT - LEFT, top - bottom))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(RULE)
    axes.tick_params(labelsize=SMALL_PT, labelcolor=FAINT, color=RULE, labelfontfamily=families())
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
    """Writes the sheet as its name ends. Raises Refused when the file cannot be written."""
    write_file(path, picture_of(sheet, path.suffix.lower().removeprefix(".")))
