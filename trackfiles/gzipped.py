"""Unpacking gzip with a lid on: what is inside, or a refusal, and never more bytes or members than allowed."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import Final

from kernel.tracks import BadTrack

GZIP_MAGIC: Final = b"\x1f\x8b"
MOST_MEMBERS: Final = 4096
"""Block-wise compressors write one for each 64 KiB, so the largest file that is read has some 800."""

_ZIP_MAGIC: Final = b"PK\x03\x04"
_GZIP_WINDOW: Final = 31
_SLICE_BYTES: Final = 64 * 1024
_LEVEL: Final = 6


def packed(content: bytes) -> bytes:
    """A file as it is kept and sent: gzipped, and the same bytes for the same content."""
    return gzip.compress(content, compresslevel=_LEVEL, mtime=0)


def unpacked(content: bytes, limit_bytes: int) -> bytes:
    """What the gzip members of `content` hold; other content as it is. Bytes after the last member are passed over.

    Raises BadTrack: `too_large` as soon as more than `limit_bytes` come out, `too_many_members`, `broken_gzip`,
    `nested_gzip`, and `zip_inside` for a ZIP archive, packed or not.
    """
    if content.startswith(GZIP_MAGIC):
        content = _inflated(memoryview(content), limit_bytes)
        if content.startswith(GZIP_MAGIC):
            raise BadTrack("nested_gzip", "This file is compressed twice. Unpack it once and use what comes out.")
    if content.startswith(_ZIP_MAGIC):
        raise BadTrack("zip_inside", "This is a ZIP archive, not a track. Unpack it and use the file inside.")
    return content


def _inflated(content: memoryview, limit_bytes: int) -> bytes:
    inside, at, members = io.BytesIO(), 0, 0
    while bytes(content[at : at + len(GZIP_MAGIC)]) == GZIP_MAGIC:
        members += 1
        if members > MOST_MEMBERS:
            raise BadTrack(
                "too_many_members",
                f"This file is packed in more than {MOST_MEMBERS:,} pieces. Unpack it and use what comes out.",
            )
        at = _inflate_member(content, at, inside, limit_bytes)
    return inside.getvalue()


def _inflate_member(content: memoryview, at: int, inside: io.BytesIO, limit_bytes: int) -> int:
    """Where the member that begins there ends. In slices: what is left of a slice is copied, what follows it is not."""
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    while not inflater.eof:
        piece = content[at : at + _SLICE_BYTES]
        if not piece:
            raise _broken()
        try:
            inside.write(inflater.decompress(piece, limit_bytes + 1 - inside.tell()))
        except zlib.error as error:
            raise _broken() from error
        if inside.tell() > limit_bytes:
            raise BadTrack("too_large", f"Unpacked, this file is larger than {limit_bytes // 1024**2} MiB.")
        at += len(piece)
    return at - len(inflater.unused_data)


def _broken() -> BadTrack:
    return BadTrack("broken_gzip", "This file is damaged: it cannot be unpacked. Export it again.")
