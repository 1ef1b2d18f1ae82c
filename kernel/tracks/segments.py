"""The points of a plainly written track segment, taken by one regular expression instead of callbacks per element.

Most files write every point alike: `lat`, `lon`, `ele`, `time`, figures such as `hdop`, some extensions. A stretch
that is such points and nothing else is recognised as a whole, or not at all. What the expression accepts is
well-formed XML by itself: the tags are spelt out, the texts are of ASCII characters that mean nothing to XML.
Extensions may hold anything, so they are cut out and handed back for expat to check, each distinct one once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_BATCH_BYTES: Final = 1024 * 1024
_TINY_BYTES: Final = 256
_MOST_TAGS: Final = 24
_MOST_ATTRIBUTES: Final = 48
_TAG: Final = b"extensions>"
_CUT: Final = b"\x00"
# Possessive throughout, so no text is tried twice.
_POINT: Final = re.compile(
    r"<trkpt[ \t\r\n]++lat=\"([0-9.+\-eE]++)\"[ \t\r\n]++lon=\"([0-9.+\-eE]++)\"[ \t\r\n]*+>[ \t\r\n]*+"
    r"(?:<ele>([0-9.+\-eE \t\r\n]*+)</ele>[ \t\r\n]*+)?+"
    r"(?:<time>([0-9TZtz:.+\- \t\r\n]*+)</time>[ \t\r\n]*+)?+"
    r"(?:<(?!ele>|time>)([a-z]++)>[A-Za-z0-9 .,:_+\-]*+</\5>[ \t\r\n]*+)*+"
    r"(?:<\x00[ \t\r\n]*+)?+</trkpt>[ \t\r\n]*+",
    re.ASCII,
)
_STEP: Final = 1 + _POINT.groups


@dataclass(frozen=True, slots=True)
class PlainPoints:
    """The texts of a stretch of points, absent ones empty, and its distinct extensions, still to be checked."""

    lat: list[str]
    lon: list[str]
    ele: list[str]
    time: list[str]
    extensions: bytes


def plain_markup(document: bytes) -> bool:
    """Whether nothing after the root's tag could hide markup: no comment, CDATA section or processing instruction."""
    root = max(0, document.find(b"<gpx"))
    # The single character is rare and found ten times faster than the pair.
    return all(document.find(mark[1:], root) < 0 or document.find(mark, root) < 0 for mark in (b"<!", b"<?"))


def next_stretch(document: bytes, at: int) -> tuple[int, int]:
    """Where the next points begin and where to stop after them; both are the document's end if there are none.

    Segments of a point or two are left to the careful way, many at a time: a stretch of their own would cost more.
    """
    start = document.find(b"<trkpt", at)
    if start < 0:
        return len(document), len(document)
    if document.rfind(b"</trkseg>", start, start + _BATCH_BYTES) < 0:
        end = document.rfind(b"<trkpt", start + 1, start + _BATCH_BYTES)
    elif (end := document.find(b"</trkseg>", start)) < start + _TINY_BYTES:
        end = document.find(b"<trkpt", start + _BATCH_BYTES // 16)
    return start, end if end > 0 else len(document)


def plain_points(stretch: bytes) -> PlainPoints | None:
    """The points that fill this part of a document, or None unless plain points fill it wholly."""
    pieces = stretch.split(_TAG)
    outside, extensions = _CUT.join(pieces[::2]), set(pieces[1::2])
    if _CUT in stretch or not (outside.isascii() and all(map(_is_modest, extensions))):
        return None
    texts = _POINT.split(outside.decode("ascii"))
    if len(texts) == 1 or any(texts[::_STEP]):
        return None
    lat, lon, ele, time = (texts[column::_STEP] for column in (1, 2, 3, 4))
    checked = b"".join(b"<" + _TAG + inside + _TAG for inside in extensions)
    return PlainPoints(lat, lon, _without_none(ele), _without_none(time), checked)


def _without_none(texts: list[str]) -> list[str]:
    return [text or "" for text in texts] if None in texts else texts


def _is_modest(extensions: bytes) -> bool:
    """Whether it ends with the closing tag's beginning, can break no limit, and is balanced if expat accepts it.

    Extensions that open further extensions end at the tag of the inner ones.
    """
    return (
        extensions.endswith(b"</")
        and extensions.count(b"<") <= _MOST_TAGS
        and extensions.count(b"=") <= _MOST_ATTRIBUTES
        and b"<extensions" not in extensions
    )
