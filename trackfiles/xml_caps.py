"""A document looked through before a library builds a tree of it: names and tokens that no track file has."""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

from kernel.tracks import BadTrack
from kernel.tracks.gpx_elements import MAX_NAMES
from kernel.tracks.sniff import LONGEST_TOKEN

_SLICE_BYTES: Final = 256 * 1024
NEEDED_EXPAT: Final = (2, 6, 4)
"""The first version without known ways to make it work or hold memory out of proportion (CVE-2024-50602 and before)."""


def refuse_excess(document: bytes) -> None:
    """Raises BadTrack `oversized_element`; whether the document is XML at all is for others to say.

    Expat keeps each distinct name for good, and reads an unfinished token from its beginning at each slice.
    """
    names: dict[str, str] = {}
    seen: dict[str, dict[str, str]] = {}
    parser = expat.ParserCreate("utf-8", intern=names)
    parser.StartElementHandler = seen.setdefault  # expat gives names only to who asks for them
    view = memoryview(document)
    for at in range(0, len(document), _SLICE_BYTES):
        piece = view[at : at + _SLICE_BYTES]
        try:
            parser.Parse(piece, False)
        except expat.ExpatError:
            return
        unfinished_bytes = at + len(piece) - parser.CurrentByteIndex
        if len(names) > MAX_NAMES or unfinished_bytes > LONGEST_TOKEN + _SLICE_BYTES:
            raise BadTrack("oversized_element", "The file piles up names or text as no track file does.")


def old_expat() -> str | None:
    """The version of this system's XML parser if it is older than the one that is needed."""
    found = expat.version_info
    return ".".join(map(str, found)) if found < NEEDED_EXPAT else None
