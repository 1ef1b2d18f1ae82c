"""A ZIP archive as named contents, opened with suspicion: nothing is unpacked to disk, every size has a lid."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final

from kernel.tracks import BadTrack

MOST_ENTRIES: Final = 50_000
_DIRECTORY_BYTES: Final = 16 * 1024**2
_TAIL_BYTES: Final = 22 + 65_535 + 56 + 20
_END: Final = b"PK\x05\x06"
_END_64: Final = b"PK\x06\x06"
_READ_WAYS: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_TROUBLE: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, ArithmeticError, EOFError, LookupError, NotImplementedError, OSError,
    RuntimeError, ValueError,
)  # fmt: skip


def open_archive(path: Path) -> zipfile.ZipFile:
    """The archive, its directory read. Raises BadTrack: `broken_zip`, `too_many_entries`."""
    try:
        with path.open("rb") as file:
            _check_directory(file)
        archive = zipfile.ZipFile(path)
    except _TROUBLE as error:
        raise BadTrack("broken_zip", "This ZIP archive is damaged: its list of files cannot be read.") from error
    if len(archive.infolist()) > MOST_ENTRIES:
        archive.close()
        raise _too_many()
    return archive


def members_of(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """Each file in the archive, the first of several of one name; no folders and no resource forks."""
    seen: set[str] = set()
    for member in archive.infolist():
        name = member.filename  # empty in damaged archives
        if not name or name.endswith("/") or name in seen or name.startswith("__MACOSX/"):
            continue
        seen.add(name)
        yield member


def refusal_of(member: zipfile.ZipInfo, limit_bytes: int) -> BadTrack | None:
    """Why a member is not to be read, before a byte of it is."""
    name = member.filename
    if name.startswith(("/", "\\")) or "\\" in name or ":" in name[:2] or ".." in PurePosixPath(name).parts:
        return BadTrack("unsafe_name", "The name of this file leads out of its archive.")
    if stat.S_ISLNK(member.external_attr >> 16):
        return BadTrack("symlink", "This is a link and not a file.")
    if member.flag_bits & 0x1:
        return BadTrack("encrypted", "This file is encrypted. Unpack the archive with its password first.")
    if member.compress_type not in _READ_WAYS:
        return BadTrack("unsupported_compression", "This file is packed in an unusual way. Unpack the archive first.")
    if member.file_size > limit_bytes:
        return BadTrack("too_large", f"This file is larger than {limit_bytes // 1024**2} MiB.")
    return None


def content_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit_bytes: int) -> bytes:
    """The bytes of a member, never more than it declares or than the limit. Raises BadTrack `broken_entry`."""
    try:
        with archive.open(member) as stream:
            return stream.read(limit_bytes + 1)
    except _TROUBLE as error:
        raise BadTrack("broken_entry", "This file cannot be unpacked: the archive is damaged here.") from error


def _check_directory(file: IO[bytes]) -> None:
    """Reads the sizes at the end of the archive, so that no reader builds a list of a million entries first."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read()
    at = tail.rfind(_END)
    count, directory_bytes = struct.unpack_from("<HI", tail, at + 10) if at >= 0 else (0, 0)
    at_64 = tail.rfind(_END_64, 0, max(0, at))
    if at_64 >= 0:
        count, directory_bytes = struct.unpack_from("<QQ", tail, at_64 + 32)
    if count > MOST_ENTRIES or directory_bytes > _DIRECTORY_BYTES:
        raise _too_many()


def _too_many() -> BadTrack:
    return BadTrack("too_many_entries", f"This archive lists more than {MOST_ENTRIES:,} files. Split it.")
