"""The letters of pictures: one family for Latin, Greek, Cyrillic and Hangul, beside this file, and matplotlib's own.

A letter that neither has is drawn as a square, so that nobody takes a gap for the name.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

FOLDER: Final = Path(__file__).parent / "fonts"
OURS: Final = "Ayda Letters"
"""Two weights of Pretendard (OFL 1.1), made smaller by `tools/subset_fonts.py`."""
_OTHERS: Final = "DejaVu Sans"
_MISSING: Final = "\N{WHITE SQUARE}"


@cache
def families() -> list[str]:
    """The fonts in which letters are looked for, the first one first."""
    for file in sorted(FOLDER.glob("*.ttf")):
        fontManager.addfont(file)
    return [OURS, _OTHERS]


def drawable(text: str) -> str:
    """The text with a square for each letter the fonts lack."""
    return "".join(letter if letter == "\n" or _is_there(ord(letter)) else _MISSING for letter in text)


def letters(size_px: float, *, bold: bool, dpi: float) -> FontProperties:
    """The fonts at a size."""
    return FontProperties(family=families(), size=72.0 * size_px / dpi, weight="bold" if bold else "normal")


def _is_there(letter: int) -> bool:
    return any(font.get_char_index(letter) for font in _fonts())


@cache
def _fonts() -> tuple[Any, ...]:
    return tuple(get_font(findfont(FontProperties(family=family))) for family in families())
