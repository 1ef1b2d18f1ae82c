"""Archives on their way in: streamed to a file of our own, never held in memory, deleted in any case."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

from litestar import Request
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from kernel.errors import DomainError
from servicekit.data.columns import uuid7
from servicekit.web.track_files import FileMissing
from trackfiles.zipped import open_archive

MAX_IMPORT_BYTES: Final = 500 * 1024 * 1024
_PIECE_BYTES: Final = 1024 * 1024


class ImportTooLarge(DomainError):
    """The archive has more bytes than are taken."""

    sentence = (
        f"The archive is larger than the {MAX_IMPORT_BYTES // 2**20} MiB that are accepted. Leave out the photos."
    )


@dataclass(frozen=True, slots=True)
class Incoming:
    """A received archive, in a temporary file until `keep` gives it its place."""

    id: UUID
    path: Path
    digest: str

    def keep(self, place: Path) -> None:
        """Moves it to where its job looks for it; once it lies there, this changes nothing."""
        if self.path.exists():
            self.path.replace(place)


class Inbox:
    """The folder of archives that wait to be read; the web process and the workers share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, import_id: UUID) -> Path:
        """Where the archive of an import lies."""
        return self._folder / f"{import_id}.zip"

    def kept(self, older_than_s: float) -> list[UUID]:
        """The imports whose archives lie here since before this time of the epoch."""
        found = self._folder.glob("*.zip") if self._folder.is_dir() else ()
        return [UUID(path.stem) for path in found if path.stat().st_mtime < older_than_s]

    def drop(self, import_ids: Iterable[UUID]) -> None:
        """Deletes the archives of these imports, where they are still there."""
        for import_id in import_ids:
            self.place(import_id).unlink(missing_ok=True)

    @asynccontextmanager
    async def receive(self, request: Request[Any, Any, Any]) -> AsyncIterator[Incoming]:
        """The archive in the request's body, for the length of the block unless it is kept.

        Raises ImportTooLarge, FileMissing, and BadTrack when it is no ZIP archive that can be opened.
        """
        await asyncio.to_thread(self._folder.mkdir, 0o700, parents=True, exist_ok=True)
        incoming_id = uuid7()
        path = self._folder / f"{incoming_id}.part"
        try:
            digest = await _write(request, path)
            await asyncio.to_thread(lambda: open_archive(path).close())
            yield Incoming(incoming_id, path, digest)
        finally:
            path.unlink(missing_ok=True)

    def sweep(self, older_than_s: float) -> None:
        """Deletes what processes that were killed left: files last written before this time of the epoch."""
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                if path.suffix in {".zip", ".part"} and path.stat().st_mtime < older_than_s:
                    path.unlink(missing_ok=True)


async def _write(request: Request[Any, Any, Any], path: Path) -> str:
    digest = hashlib.sha256()
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123, ASYNC230 - a descriptor; it is written in a thread
        piece = bytearray()
        try:
            async for chunk in request.stream():
                piece += chunk
                if len(piece) >= _PIECE_BYTES:
                    await asyncio.to_thread(_put, file, digest, bytes(piece))
                    piece.clear()
        except RequestEntityTooLarge:
            raise ImportTooLarge from None
        await asyncio.to_thread(_put, file, digest, bytes(piece))
        if file.tell() == 0:
            raise FileMissing
    return digest.hexdigest()


def _put(file: IO[bytes], digest: Any, piece: bytes) -> None:
    digest.update(piece)
    file.write(piece)
