"""The sheet every picture is drawn on, for a phone and for paper, and how it becomes a file."""

from __future__ import annotations

import io
from typing import Any, Final

from matplotlib import rc_context
from matplotlib.figure import Figure

WIDTH_PX: Final = 1080
HEIGHT_PX: Final = 1350
DPI: Final = 150
_SAME_EVERY_TIME: Final[dict[str, dict[str, Any]]] = {
    "png": {"pil_kwargs": {"compress_level": 6}},
    "svg": {"metadata": {"Date": None}},
    "pdf": {"metadata": {"CreationDate": None}},
}
_LOOK: Final[dict[Any, Any]] = {"svg.hashsalt": "ayda", "svg.fonttype": "path"}


def picture_of(sheet: Figure, ending: str) -> bytes:
    """The sheet as a `png`, `svg` or `pdf`: the same bytes for the same sheet.

    Its letters come with it, so that it looks the same everywhere. Raises KeyError for another ending.
    """
    drawn = io.BytesIO()
    with rc_context(_LOOK):
        sheet.savefig(drawn, format=ending, dpi=DPI, facecolor=sheet.get_facecolor(), **_SAME_EVERY_TIME[ending])
    return drawn.getvalue()
