"""Contents that lie sealed and are read in pieces: AES-256-GCM over chunks, under a key that seals one content alone.

Each chunk's nonce is its number and whether it is the last one (the STREAM construction of Hoang, Reyhanitabar, Rogaway
and Vizár, 2015): chunks that were changed, swapped, left out or cut off do not open. As numbers repeat from content to
content, a key must never seal a second one.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK_BYTES: Final = 64 * 1024
"""Of plain content; each chunk is longer by its tag once it is sealed."""
_TAG_BYTES: Final = 16
_SEALED_BYTES: Final = CHUNK_BYTES + _TAG_BYTES


class ContentBroken(OSError):
    """A sealed content that was changed or cut, or is opened with another key. An OSError, as readers expect."""

    def __init__(self) -> None:
        super().__init__("A sealed content could not be opened: it was changed, or its key is another one.")


class Sealing:
    """Seals one content as it comes in."""

    def __init__(self, key: bytes) -> None:
        """`key` has 32 bytes and seals nothing else."""
        self._cipher = AESGCM(key)
        self._waiting = bytearray()
        self._number = 0

    def add(self, piece: bytes) -> bytes:
        """What can be written down by now."""
        self._waiting += piece
        sealed = bytearray()
        while len(self._waiting) > CHUNK_BYTES:  # a full one may yet turn out to be the last
            sealed += self._next(bytes(self._waiting[:CHUNK_BYTES]), last=False)
            del self._waiting[:CHUNK_BYTES]
        return bytes(sealed)

    def end(self) -> bytes:
        """The last chunk, without which nothing opens."""
        return self._next(bytes(self._waiting), last=True)

    def _next(self, chunk: bytes, *, last: bool) -> bytes:
        sealed = self._cipher.encrypt(_nonce(self._number, last=last), chunk, None)
        self._number += 1
        return sealed


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file that lies sealed, and its key."""

    path: Path
    key: bytes = field(repr=False)


class Opened(io.RawIOBase):
    """A sealed content to be read and sought in like a file of its plain bytes, one chunk of it in memory.

    Wrap it into `io.BufferedReader` for small reads. Reading raises ContentBroken.
    """

    def __init__(self, sealed: IO[bytes], key: bytes) -> None:
        """`sealed` can be sought in, and is closed with this. Raises ContentBroken for what has no end."""
        self._sealed = sealed
        self._cipher = AESGCM(key)
        size = sealed.seek(0, io.SEEK_END)
        self._last = max(0, (size - 1) // _SEALED_BYTES)
        self._size = size - _TAG_BYTES * (self._last + 1)
        self._at = 0
        self._chunk: tuple[int, bytes] | None = None
        if self._size < self._last * CHUNK_BYTES:
            raise ContentBroken

    def close(self) -> None:
        self._sealed.close()
        super().close()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError("A place before the beginning was sought.")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        into = memoryview(buffer).cast("B")
        number, begin = divmod(self._at, CHUNK_BYTES)
        if number > self._last or not into:
            return 0
        piece = self._chunk_of(number)[begin : begin + len(into)]
        into[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _chunk_of(self, number: int) -> bytes:
        if self._chunk is None or self._chunk[0] != number:
            self._sealed.seek(number * _SEALED_BYTES)
            sealed = self._sealed.read(_SEALED_BYTES)
            self._chunk = number, _opened(self._cipher, sealed, number, last=number == self._last)
        return self._chunk[1]


def sealed_content(content: bytes, key: bytes) -> bytes:
    """A whole content, sealed. The key seals nothing else."""
    sealing = Sealing(key)
    return sealing.add(content) + sealing.end()


def opened_content(sealed: bytes, key: bytes) -> bytes:
    """The whole content. Raises ContentBroken."""
    cipher = AESGCM(key)
    last = max(0, (len(sealed) - 1) // _SEALED_BYTES)

    def chunks() -> Iterator[bytes]:
        for number in range(last + 1):
            chunk = sealed[number * _SEALED_BYTES : (number + 1) * _SEALED_BYTES]
            yield _opened(cipher, chunk, number, last=number == last)

    return b"".join(chunks())


def _opened(cipher: AESGCM, sealed: bytes, number: int, *, last: bool) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, last=last), sealed, None)
    except (InvalidTag, ValueError):  # a ValueError where there is not even a tag
        raise ContentBroken from None


def _nonce(number: int, *, last: bool) -> bytes:
    return struct.pack(">Q3x?", number, last)
