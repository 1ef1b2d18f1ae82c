"""What is told from the bytes of a file alone: what it holds unpacked, how it is kept, whether Strava made it."""

from __future__ import annotations

import gzip
import re
from typing import Final

from trackfiles import MAX_FILE_BYTES
from trackfiles.gzipped import unpacked

_HEAD_BYTES: Final = 4096
_FROM_STRAVA = re.compile(rb"<gpx\b[^>]*\bcreator\s*=\s*[\"']\s*strava", re.IGNORECASE)


def unpack(content: bytes) -> bytes:
    """What the file holds, gzipped or not. Raises BadTrack for damage, or more than 25 MiB."""
    return unpacked(content, MAX_FILE_BYTES)


def pack(content: bytes) -> bytes:
    """The file as it is kept and sent; the same content gives the same bytes."""
    return gzip.compress(content, compresslevel=6, mtime=0)


def made_by_strava(content: bytes) -> bool:
    """Whether an unpacked GPX names Strava as its creator, as its exports do. FIT and TCX exports do not say."""
    return _FROM_STRAVA.search(content[:_HEAD_BYTES]) is not None
