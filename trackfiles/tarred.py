"""A tar archive, gzipped or not, as named contents: read in one direction, nothing is unpacked to disk.

Each content of a gzipped one is read from the beginning of the archive again, so that it may not be large.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final

import msgspec

from kernel.tracks import BadTrack
from trackfiles.gzipped import GZIP_MAGIC
from trackfiles.zip_directory import MOST_ENTRIES, too_many_entries
from trackfiles.zipped import Archive, Member, broken_entry, content_of_member, leads_out

TAR_NAMES: Final = (".tar", ".tgz", ".tar.gz")
_HEADER_BYTES: Final = 512
_MARK: Final = slice(257, 262)
MOST_UNPACKED_BYTES: Final = 128 * 1024**2
_TROUBLE: Final = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, ArithmeticError)


class TarMember(msgspec.Struct, frozen=True, tag="tar"):
    """Where a member's content begins in the unpacked archive, and how many bytes it has."""

    at: int
    size_bytes: int


def is_tar(archive: Archive) -> bool:
    """Whether this begins as a gzipped file or a TAR archive does; what cannot be read does not."""
    try:
        with archive.plain() as file:
            head = file.read(_HEADER_BYTES)
    except OSError:
        return False
    return head.startswith(GZIP_MAGIC) or head[_MARK] == b"ustar"


def tar_members(archive: Archive, limit_bytes: int) -> Iterator[tuple[str, TarMember | BadTrack]]:
    """Each file of the archive, or why it is not to be read.

    Raises BadTrack: `broken_tar`, `too_many_entries`, `archive_too_large`.
    """
    try:
        with _unpacked(archive) as stream, tarfile.open(fileobj=_Bounded(stream), mode="r|") as opened:
            for count, member in enumerate(opened):
                if count >= MOST_ENTRIES:
                    raise too_many_entries()
                if not member.isdir():
                    name = member.name.replace("\\", "/").removeprefix("./")
                    yield name, _refusal(member, limit_bytes) or TarMember(member.offset_data, member.size)
    except _TROUBLE as error:
        raise BadTrack("broken_tar", "This TAR archive is damaged: unpack it, and name the folder.") from error


def content_of_tar_member(archive: Archive, member: TarMember, limit_bytes: int) -> bytes:
    """What is in the member, not much more than the limit of it. Raises BadTrack `broken_entry`."""
    try:
        with _unpacked(archive) as stream:
            stream.seek(member.at)
            content = stream.read(min(member.size_bytes, limit_bytes + 1))
    except _TROUBLE as error:
        raise broken_entry() from error
    if len(content) < min(member.size_bytes, limit_bytes + 1):
        raise broken_entry()
    return content


def content_of_any(archive: Archive, member: Member | TarMember, limit_bytes: int) -> bytes:
    """What is in a member of an archive of either kind. Raises BadTrack `broken_entry`."""
    if isinstance(member, TarMember):
        return content_of_tar_member(archive, member, limit_bytes)
    return content_of_member(archive, member, limit_bytes)


@contextmanager
def _unpacked(archive: Archive) -> Iterator[IO[bytes]]:
    with archive.plain() as file:
        packed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        file.seek(0)
        if not packed:
            yield file
            return
        with gzip.GzipFile(fileobj=file, mode="rb") as stream:
            yield io.BufferedReader(stream)


class _Bounded(io.RawIOBase):
    """A stream that ends in a refusal where it becomes too long."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left_bytes = MOST_UNPACKED_BYTES

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises BadTrack `archive_too_large`."""
        piece = self._stream.read(min(size, self._left_bytes + 1) if size >= 0 else self._left_bytes + 1)
        self._left_bytes -= len(piece)
        if self._left_bytes < 0:
            raise BadTrack("archive_too_large", "Unpacked, this archive is too large. Unpack it, and name the folder.")
        return piece


def _refusal(member: tarfile.TarInfo, limit_bytes: int) -> BadTrack | None:
    if leads_out(member.name):
        return BadTrack("unsafe_name", "The name of this file leads out of its archive.")
    if not member.isreg() or member.issparse():
        return BadTrack("symlink", "This is a link and not a file.")
    if member.size > limit_bytes:
        return BadTrack("too_large", f"This file is larger than {limit_bytes // 1024**2} MiB.")
    return None
