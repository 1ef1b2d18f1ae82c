"""The points of a plainly written track segment, taken by one regular expression instead of callbacks per element.

Most files write every point alike: `lat`, `lon`, `ele`, `time`, a few extensions. A stretch that is such points and
nothing else is recognised as a whole, or not at all; expat still checks every byte of it.
"""

from __future__ import annotations

import re
from typing import Final

_BATCH_BYTES: Final = 1024 * 1024
_TINY_BYTES: Final = 256
# Tags start with a letter, so no comment or CDATA section matches; 24 tags cannot nest deeper than the reader allows.
_POINT: Final = re.compile(
    rb"(<trkpt\s+lat=\"([^\"<&]*+)\"\s+lon=\"([^\"<&]*+)\"\s*+>\s*+"
    rb"(?:<ele>([^<&]*+)</ele>\s*+)?(?:<time>([^<&]*+)</time>\s*+)?"
    rb"(?:<extensions>\s*+(?:</?[A-Za-z_][^<>]*+>[^<>]*+){0,24}?</extensions>\s*+)?</trkpt>\s*+)"
)


def plain_markup(document: bytes) -> bool:
    """Whether nothing after the root's tag could hide markup: no comment, CDATA section or processing instruction."""
    root = max(0, document.find(b"<gpx"))
    return document.find(b"<!", root) < 0 and document.find(b"<?", root) < 0


def next_stretch(document: bytes, at: int) -> tuple[int, int]:
    """Where the next points begin and where to stop after them; both are the document's end if there are none.

    Segments of a point or two are left to the careful way, many at a time: a stretch of their own would cost more.
    """
    start = document.find(b"<trkpt", at)
    if start < 0:
        return len(document), len(document)
    end = document.find(b"</trkseg>", start, start + _BATCH_BYTES)
    if 0 < end < start + _TINY_BYTES:
        end = document.find(b"<trkpt", start + _BATCH_BYTES // 16)
    elif end < 0:
        end = document.rfind(b"<trkpt", start + 1, start + _BATCH_BYTES)
    return start, end if end > 0 else len(document)


def plain_points(document: bytes, start: int, end: int) -> list[list[str]] | None:
    """Latitudes, longitudes, heights and times in `document[start:end]`, or None unless plain points fill it wholly."""
    found = _POINT.findall(document, start, end)
    if not found:
        return None
    whole, *columns = zip(*found, strict=True)
    if sum(map(len, whole)) != end - start:
        return None
    return [b"\x00".join(column).decode("ascii", "replace").split("\x00") for column in columns]
