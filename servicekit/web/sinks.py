"""What takes the pieces of a body, in a thread: a file, or several of them in a folder."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import IO, Protocol

from kernel.errors import DomainError


class TooManyBytes(Exception):
    """More arrived than is taken."""


class TooManyFiles(DomainError):
    """There are more files than are read at once."""

    def __init__(self, most: int) -> None:
        super().__init__(f"These are more than the {most:,} files that are read at once. Send a part of them.")


class Sink(Protocol):
    """What takes the pieces of a body, in a thread."""

    def put(self, piece: bytes) -> None:
        """The next piece."""

    def end(self) -> None:
        """There are no more."""


class FileSink:
    """Writes pieces to a file and counts them. Raises TooManyBytes."""

    def __init__(self, file: IO[bytes], most_bytes: int) -> None:
        self._file = file
        self._most_bytes = most_bytes
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        self.head = b""

    def put(self, piece: bytes) -> None:
        """The next piece."""
        self.size_bytes += len(piece)
        if self.size_bytes > self._most_bytes:
            raise TooManyBytes
        self.head = self.head or piece[:2]
        self._digest.update(piece)
        self._file.write(piece)

    def end(self) -> None:
        """There are no more."""
        self._file.flush()

    @property
    def digest(self) -> str:
        """The SHA-256 of what was put."""
        return self._digest.hexdigest()


class SeveralFiles:
    """Writes pieces to files in a folder, one file after another; one without content is none. Close it.

    Raises TooManyBytes, of all together, and TooManyFiles.
    """

    def __init__(self, folder: Path, most_files: int, most_bytes: int) -> None:
        self.most_files = most_files
        self.paths: list[Path] = []
        self._folder = folder
        self._left_bytes = most_bytes
        self._file: IO[bytes] | None = None

    def begin(self) -> None:
        """What comes now is of another file."""
        self.close()

    def put(self, piece: bytes) -> None:
        """The next piece of this file."""
        self._left_bytes -= len(piece)
        if self._left_bytes < 0:
            raise TooManyBytes
        if self._file is None:
            if len(self.paths) >= self.most_files:
                raise TooManyFiles(self.most_files)
            self.paths.append(self._folder / f"{len(self.paths):05d}")
            self._file = self.paths[-1].open("xb")
        self._file.write(piece)

    def end(self) -> None:
        """There are no more."""
        self.close()

    def close(self) -> None:
        """Ends the file that is being written."""
        if self._file is not None:
            self._file.close()
            self._file = None
