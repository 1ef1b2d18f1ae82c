"""Make the letters of pictures: `python -m tools.subset_fonts FOLDER`, with Pretendard's static TrueType files in it.

What is kept: Latin, Greek, Cyrillic, punctuation and arrows as they are there, and of Hangul the 2,350 syllables of
KS X 1001, in which nearly all Korean is written. The licence (OFL 1.1) reserves the name of the original, so the result
has another one. Needs fontTools, which matplotlib brings along.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "Ayda Letters"
WEIGHTS = ("Regular", "Bold")
OUT = Path(__file__).parents[1] / "takealong" / "fonts"
PLAIN = (range(0x20, 0x180), range(0x370, 0x530), range(0x1E00, 0x1F00), range(0x2010, 0x2070), range(0x20A0, 0x22FF))
HANGUL = range(0xAC00, 0xD7A4)
NAMES = {1: FAMILY, 3: FAMILY, 4: FAMILY, 6: FAMILY.replace(" ", ""), 16: FAMILY}


def kept_letters() -> list[int]:
    """The letters that stay."""
    syllables = [each for each in HANGUL if _is_common(chr(each))]
    return [*(each for block in PLAIN for each in block), ord("\N{WHITE SQUARE}"), *range(0x3130, 0x3190), *syllables]


def _is_common(syllable: str) -> bool:
    try:
        return len(syllable.encode("euc_kr")) == 2  # the codec spells out the others
    except UnicodeEncodeError:
        return False


def made(source: Path, weight: str) -> TTFont:
    """The font with these letters alone, under its own name."""
    options = subset.Options()
    options.hinting = False
    options.layout_features = ["kern", "ccmp", "mark"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    font = subset.load_font(str(source), options)
    maker = subset.Subsetter(options)
    maker.populate(unicodes=kept_letters())
    maker.subset(font)
    for record in font["name"].names:
        if record.nameID in NAMES:
            record.string = NAMES[record.nameID] if record.nameID != 4 else f"{FAMILY} {weight}"
    return font


def main(folder: Path) -> None:
    """Write both weights."""
    for weight in WEIGHTS:
        (source,) = folder.rglob(f"Pretendard-{weight}.ttf")
        out = OUT / f"letters-{weight.lower()}.ttf"
        made(source, weight).save(out)
        print(f"{out.name}: {out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
