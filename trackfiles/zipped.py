"""A ZIP archive as named contents, opened with suspicion: nothing is unpacked to disk, every size has a lid."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final

import msgspec

from kernel.tracks import BadTrack
from trackfiles.sealed import Opened
from trackfiles.zip_directory import MOST_ENTRIES, check_directory, too_many_entries

_READ_WAYS: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_LOCAL: Final = struct.Struct("<4s22xHH")
_LOCAL_SIGNATURE: Final = b"PK\x03\x04"
_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")
_RAW_WINDOW: Final = -15
_SLICE_BYTES: Final = 256 * 1024
_TROUBLE: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, ArithmeticError, EOFError, LookupError, NotImplementedError, OSError,
    RuntimeError, ValueError,
)  # fmt: skip


class Member(msgspec.Struct, frozen=True, tag="zip"):
    """Where a member lies in its archive, and what the archive's list says of it; sizes are bytes."""

    at: int
    packed_bytes: int
    unpacked_bytes: int
    crc: int
    deflated: bool


class Archive(msgspec.Struct, frozen=True):
    """Where an archive lies, and the key it lies sealed under, if it does (`trackfiles.sealed`)."""

    path: str
    key: bytes | None = None

    def __repr__(self) -> str:
        return f"Archive(path={self.path!r})"  # and never the key

    @contextmanager
    def plain(self) -> Iterator[IO[bytes]]:
        """Its plain bytes, as a file that can be sought in. Raises OSError."""
        with Path(self.path).open("rb") as file:
            if self.key is None:
                yield file
            else:
                yield io.BufferedReader(Opened(file, self.key))


def is_zip(head: bytes) -> bool:
    """Whether a file that begins so is a ZIP archive."""
    return head.startswith(_MAGIC)


@contextmanager
def open_archive(archive: Archive) -> Iterator[zipfile.ZipFile]:
    """The archive, its directory read. Raises BadTrack: `broken_zip`, `too_many_entries`."""
    with ExitStack() as opened:
        try:
            file = opened.enter_context(archive.plain())
            check_directory(file)
            listed = opened.enter_context(zipfile.ZipFile(file))
        except _TROUBLE as error:
            raise BadTrack("broken_zip", "This ZIP archive is damaged: its list of files cannot be read.") from error
        if len(listed.infolist()) > MOST_ENTRIES:
            raise too_many_entries()
        yield listed


def members_of(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """Each file in the archive, the first of several of one name; no folders and no resource forks."""
    seen: set[str] = set()
    for member in archive.infolist():
        name = member.filename  # empty in damaged archives
        if not name or name.endswith("/") or name in seen or name.startswith("__MACOSX/"):
            continue
        seen.add(name)
        yield member


def refusal_of(member: zipfile.ZipInfo, limit_bytes: int, archive_bytes: int) -> BadTrack | None:
    """Why a member is not to be read, before a byte of it is."""
    if leads_out(member.filename):
        return BadTrack("unsafe_name", "The name of this file leads out of its archive.")
    if stat.S_ISLNK(member.external_attr >> 16):
        return BadTrack("symlink", "This is a link and not a file.")
    if member.flag_bits & 0x1:
        return BadTrack("encrypted", "This file is encrypted. Unpack the archive with its password first.")
    if member.compress_type not in _READ_WAYS:
        return BadTrack("unsupported_compression", "This file is packed in an unusual way. Unpack the archive first.")
    if member.file_size > limit_bytes:
        return BadTrack("too_large", f"This file is larger than {limit_bytes // 1024**2} MiB.")
    within = 0 <= member.header_offset <= archive_bytes - _LOCAL.size - member.compress_size
    return None if within else broken_entry()


def leads_out(name: str) -> bool:
    """Whether a member of this name would lie outside its archive."""
    name = name.replace("\\", "/")
    return name.startswith("/") or ":" in name[:2] or ".." in PurePosixPath(name).parts


def found_in(member: zipfile.ZipInfo) -> Member:
    """What it takes to read a member without reading the archive's list again."""
    return Member(
        at=member.header_offset,
        packed_bytes=member.compress_size,
        unpacked_bytes=member.file_size,
        crc=member.CRC,
        deflated=member.compress_type == zipfile.ZIP_DEFLATED,
    )


def content_of_member(archive: Archive, member: Member, limit_bytes: int) -> bytes:
    """The bytes of a member, never more than it declares or than the limit. Raises BadTrack `broken_entry`."""
    try:
        with archive.plain() as file:
            file.seek(member.at)
            signature, name_bytes, extra_bytes = _LOCAL.unpack(file.read(_LOCAL.size))
            if signature != _LOCAL_SIGNATURE:
                raise broken_entry()
            file.seek(name_bytes + extra_bytes, io.SEEK_CUR)
            content = _inflated(file, member, min(member.unpacked_bytes, limit_bytes + 1))
    except _TROUBLE as error:
        raise broken_entry() from error
    if len(content) != member.unpacked_bytes or zlib.crc32(content) != member.crc:
        raise broken_entry()
    return content


def _inflated(file: IO[bytes], member: Member, most_bytes: int) -> bytes:
    """What the member holds, and one byte more than `most_bytes` where it holds more."""
    inside, left_bytes = io.BytesIO(), member.packed_bytes
    inflater = zlib.decompressobj(_RAW_WINDOW) if member.deflated else None
    while left_bytes > 0 and inside.tell() <= most_bytes:
        piece = file.read(min(_SLICE_BYTES, left_bytes))
        if not piece:
            break
        left_bytes -= len(piece)
        inside.write(piece if inflater is None else inflater.decompress(piece, most_bytes + 1 - inside.tell()))
    return inside.getvalue()


def broken_entry() -> BadTrack:
    """The refusal of a member that cannot be unpacked."""
    return BadTrack("broken_entry", "This file cannot be unpacked: the archive is damaged here.")
