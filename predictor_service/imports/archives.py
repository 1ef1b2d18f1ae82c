"""Archives on their way in: sealed as they stream to a file of our own, never held in memory, deleted in any case."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from litestar import Request

from servicekit.base.file_seals import FileSeals
from servicekit.data.columns import uuid7
from servicekit.data.private_files import correct_mode, make_private_folder
from servicekit.web.file_errors import MAX_ARCHIVE_BYTES, ArchiveTooLarge, FileMissing, FileTooLarge
from servicekit.web.sinks import Sink
from servicekit.web.track_files import FileReader
from trackfiles.sealed import Sealing

_MOST_SEALED_BYTES: Final = MAX_ARCHIVE_BYTES + MAX_ARCHIVE_BYTES // 1024


@dataclass(frozen=True, slots=True)
class Incoming:
    """A received archive, sealed in a temporary file until `keep` gives it its place."""

    id: UUID
    path: Path
    digest: str
    """SHA-256 of what was sent."""
    key: bytes = field(repr=False)
    size_bytes: int
    """What it takes on disk."""

    def keep(self, place: Path) -> None:
        """Moves it to where its job looks for it; once it lies there, this changes nothing."""
        if self.path.exists():
            self.path.replace(place)


class Inbox:
    """The folder of archives that wait to be read; the web process and the workers share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make_private(self) -> None:
        """Takes the folder and what lies in it from all others, where an earlier version left it open to them."""
        if self._folder.is_dir():
            for path in (self._folder, *self._folder.iterdir()):
                correct_mode(path)

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
    async def receive(self, request: Request[Any, Any, Any], files: FileReader) -> AsyncIterator[Incoming]:
        """The archive in the request's body, for the length of the block unless it is kept.

        Raises ArchiveTooLarge, FileMissing, Busy, SpoolFull, and BadTrack when it is no ZIP archive that can be opened.
        """
        await asyncio.to_thread(make_private_folder, self._folder)
        key = FileSeals.new_key()
        seal = _Seal(key)
        try:
            async with files.receive_into(self._folder, request, _MOST_SEALED_BYTES, seal.onto) as got:
                await files.check_archive(got.path, key)
                yield Incoming(uuid7(), got.path, seal.digest, key, got.size_bytes)
        except FileTooLarge:
            raise ArchiveTooLarge from None

    def sweep(self, older_than_s: float) -> None:
        """Deletes what processes that were killed left: files last written before this time of the epoch."""
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                if path.suffix in {".zip", ".part"} and path.stat().st_mtime < older_than_s:
                    path.unlink(missing_ok=True)


class _Seal:
    """Seals an archive as it comes in: its plain bytes are nowhere but in the digest."""

    def __init__(self, key: bytes) -> None:
        self._digest = hashlib.sha256()
        self._sealing = Sealing(key)
        self._came = 0
        self._sink: Sink | None = None

    @property
    def digest(self) -> str:
        """Of what was sent."""
        return self._digest.hexdigest()

    def onto(self, sink: Sink) -> Sink:
        """What is put here goes there sealed."""
        self._sink = sink
        return self

    def put(self, piece: bytes) -> None:
        """The next piece."""
        self._digest.update(piece)
        self._came += len(piece)
        self._pass_on(self._sealing.add(piece))

    def end(self) -> None:
        """There are no more. Raises FileMissing where there was none."""
        if self._came == 0:
            raise FileMissing
        self._pass_on(self._sealing.end())

    def _pass_on(self, sealed: bytes) -> None:
        if self._sink is not None:
            self._sink.put(sealed)
