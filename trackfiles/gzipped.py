"""Unpacking gzip with a lid on: what is inside, or a refusal, and never more bytes than allowed."""

from __future__ import annotations

import zlib
from typing import Final

from kernel.tracks import BadTrack

GZIP_MAGIC: Final = b"\x1f\x8b"
_ZIP_MAGIC: Final = b"PK\x03\x04"
_GZIP_WINDOW: Final = 31


def unpacked(content: bytes, limit_bytes: int) -> bytes:
    """What the gzip members of `content` hold; other content as it is. Bytes after the last member are passed over.

    Raises BadTrack: `too_large` as soon as more than `limit_bytes` come out, `broken_gzip`, `nested_gzip`, and
    `zip_inside` for a ZIP archive, packed or not.
    """
    if content.startswith(GZIP_MAGIC):
        content = _inflated(content, limit_bytes)
        if content.startswith(GZIP_MAGIC):
            raise BadTrack("nested_gzip", "This file is compressed twice. Unpack it once and use what comes out.")
    if content.startswith(_ZIP_MAGIC):
        raise BadTrack("zip_inside", "This is a ZIP archive, not a track. Unpack it and use the file inside.")
    return content


def _inflated(content: bytes, limit_bytes: int) -> bytes:
    parts: list[bytes] = []
    left, rest = limit_bytes, content
    while rest.startswith(GZIP_MAGIC):
        inflater = zlib.decompressobj(_GZIP_WINDOW)
        try:
            parts.append(inflater.decompress(rest, left + 1))
        except zlib.error as error:
            raise _broken() from error
        left -= len(parts[-1])
        if left < 0:
            raise BadTrack("too_large", f"Unpacked, this file is larger than {limit_bytes // 1024**2} MiB.")
        if not inflater.eof:
            raise _broken()
        rest = inflater.unused_data
    return b"".join(parts)


def _broken() -> BadTrack:
    return BadTrack("broken_gzip", "This file is damaged: it cannot be unpacked. Export it again.")
