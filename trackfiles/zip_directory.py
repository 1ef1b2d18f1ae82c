"""The list of files at the end of a ZIP archive, looked at before any reader builds it.

A reader believes the ZIP64 end record where there is one, and reads as many entries as the list has bytes for, whatever
the count says. So both end records, the count and the bytes must agree. Names and offsets: PKWARE, APPNOTE.TXT, 4.3.
"""

from __future__ import annotations

import struct
from typing import IO, Final, NamedTuple

from kernel.tracks import BadTrack

MOST_ENTRIES: Final = 50_000

_DIRECTORY_BYTES: Final = 16 * 1024**2
_COMMENT_BYTES: Final = 65_535
_END: Final = struct.Struct("<4s4H2LH")
_END_SIGNATURE: Final = b"PK\x05\x06"
_LOCATOR: Final = struct.Struct("<4sLQL")
_LOCATOR_SIGNATURE: Final = b"PK\x06\x07"
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_END_64_SIGNATURE: Final = b"PK\x06\x06"
_ENTRY: Final = struct.Struct("<4s24x3H12x")
_ENTRY_SIGNATURE: Final = b"PK\x01\x02"
_IN_ZIP64_16: Final = 0xFFFF
_IN_ZIP64_32: Final = 0xFFFF_FFFF


class _End(NamedTuple):
    """What an end record says of the list: entries on this disk and in all, its bytes, where it begins."""

    here: int
    entries: int
    size_bytes: int
    offset: int


def check_directory(file: IO[bytes]) -> None:
    """Raises BadTrack `too_many_entries`, and ValueError or struct.error for an archive that contradicts itself."""
    at, end = _end_of(file)
    if end.entries > MOST_ENTRIES or end.size_bytes > _DIRECTORY_BYTES:
        raise too_many_entries()
    # whatever stands before the archive moves its offsets, so the list is found from its end, as readers do
    if end.size_bytes > at or end.offset > at - end.size_bytes or end.here != end.entries:
        raise ValueError("The list of this archive does not lie in it.")
    file.seek(at - end.size_bytes)
    if _entries_in(file.read(end.size_bytes)) != end.entries:
        raise ValueError("The list of this archive is not as long as its end says.")


def too_many_entries() -> BadTrack:
    """The refusal of an archive whose list is too long to be read."""
    return BadTrack("too_many_entries", f"This archive lists more than {MOST_ENTRIES:,} files. Split it.")


def _end_of(file: IO[bytes]) -> tuple[int, _End]:
    """Where the list ends, and what the end record says: the ZIP64 one where there is one, and they agree."""
    size = file.seek(0, 2)
    start = max(0, size - _END.size - _COMMENT_BYTES - _LOCATOR.size - _END_64.size)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(_END_SIGNATURE, 0, len(tail) - _END.size + len(_END_SIGNATURE))
    if at < 0:
        raise ValueError("This archive has no end record.")
    _, _, _, *said, _ = _END.unpack_from(tail, at)
    classic = _End(*said)
    at_locator = at - _LOCATOR.size
    if at_locator < 0 or not tail.startswith(_LOCATOR_SIGNATURE, at_locator):
        return start + at, classic
    at_64 = at_locator - _END_64.size
    if at_64 < 0 or not tail.startswith(_END_64_SIGNATURE, at_64):
        raise ValueError("The ZIP64 end record of this archive is not where it belongs.")
    wide = _End(*_END_64.unpack_from(tail, at_64)[6:])
    marks = (_IN_ZIP64_16, _IN_ZIP64_16, _IN_ZIP64_32, _IN_ZIP64_32)
    if any(short not in (mark, long) for short, mark, long in zip(classic, marks, wide, strict=True)):
        raise ValueError("The two end records of this archive contradict each other.")
    return start + at_64, wide


def _entries_in(directory: bytes) -> int:
    """How many entries fill these bytes."""
    at = entries = 0
    while at < len(directory):
        entries += 1
        if entries > MOST_ENTRIES:
            raise too_many_entries()
        signature, name_bytes, extra_bytes, comment_bytes = _ENTRY.unpack_from(directory, at)
        if signature != _ENTRY_SIGNATURE:
            raise ValueError("The list of this archive is damaged.")
        at += _ENTRY.size + name_bytes + extra_bytes + comment_bytes
    return entries
