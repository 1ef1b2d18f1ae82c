"""Files on their way in: a body, or a field of a form, in memory or in a file of the spool while it is needed."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from litestar import Request
from litestar.enums import RequestEncodingType
from litestar.exceptions import ValidationException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from kernel.tracks import MAX_GPX_BYTES
from servicekit.web.file_errors import MAX_ARCHIVE_BYTES, ArchiveTooLarge, FileMissing, FilesTooLarge, FileTooLarge
from servicekit.web.form_file import FormFile, FormFiles
from servicekit.web.sinks import FileSink, Sink, TooManyBytes
from servicekit.web.spool import Spool, Spooled, finish
from servicekit.web.turns import Turns
from trackfiles.questions import Content, File

FORM_ALLOWANCE: Final = 64 * 1024
MAX_UPLOAD_BYTES: Final = MAX_GPX_BYTES + FORM_ALLOWANCE
"""What a route that takes files lets through; the file in it is held to `MAX_GPX_BYTES`."""
INLINE_BYTES: Final = 256 * 1024
"""A body up to this size is held in memory: no thread, no disk and nobody's large file keeps it waiting."""
_HEAVY_BYTES: Final = 4 * 1024**2
_HEAVY_PACKED_BYTES: Final = 512 * 1024
_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZIP_MAGIC: Final = b"PK"


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that somebody sent; `digest` is the SHA-256 of what arrived.

    Those that are `heavy` to read are not read beside each other.
    """

    source: Content | File
    digest: str
    heavy: bool = False
    zipped: bool = False
    """It begins as a ZIP archive does; whether it is one, a child finds out."""

    @property
    def body(self) -> bytes | Path:
        """What it is, or where it lies."""
        return self.source.content if isinstance(self.source, Content) else Path(self.source.path)

    @property
    def path(self) -> Path:
        """Where it lies, if it is large."""
        if isinstance(self.source, Content):
            raise TypeError("This file lies nowhere: it came within a small body.")
        return Path(self.source.path)


class SentFiles:
    """Takes files in; nobody's first byte before there is a place for them."""

    def __init__(self, turns: Turns, spool: Spool) -> None:
        self._turns = turns
        self._spool = spool

    async def clear(self) -> None:
        """Deletes what processes that were killed in the middle have left of the files they had taken."""
        await self._spool.clear()

    def beside(self, turns: Turns) -> SentFiles:
        """Takes files into the same folder, for which others take these turns. It need not be closed."""
        return SentFiles(turns, self._spool)

    @asynccontextmanager
    async def receive(self, request: Request[Any, Any, Any]) -> AsyncIterator[Sent]:
        """The file in a request, for the length of the block: its body, or the field `file` of a form.

        Raises Busy before a byte is taken; FileTooLarge, FileMissing when there is none or it is empty, SpoolFull.
        """
        async with self.receive_beside(request, "") as (sent, _text):
            yield sent

    @asynccontextmanager
    async def receive_beside(self, request: Request[Any, Any, Any], field: str) -> AsyncIterator[tuple[Sent, bytes]]:
        """The same, and the text of another field of the form; empty where there is none. Raises as `receive`."""
        with self._turns.guest(), _within_limits():
            async with self._taken(request, field, MAX_GPX_BYTES) as (sent, form):
                yield sent, b"".join(bytes(one.text) for one in form)

    @asynccontextmanager
    async def receive_archive(self, request: Request[Any, Any, Any]) -> AsyncIterator[Sent]:
        """The file in a request as `receive` takes it, which may be an archive of `MAX_ARCHIVE_BYTES`.

        Raises as `receive`, but ArchiveTooLarge.
        """
        try:
            with self._turns.guest(), _within_limits():
                async with self._taken(request, "", MAX_ARCHIVE_BYTES) as (sent, _form):
                    yield sent
        except FileTooLarge:
            raise ArchiveTooLarge from None

    @asynccontextmanager
    async def _taken(
        self, request: Request[Any, Any, Any], field: str, most_bytes: int
    ) -> AsyncIterator[tuple[Sent, list[FormFile]]]:
        around, form = _taken_from(request, field)
        if _is_small(request):
            sink, content = FileSink(kept := io.BytesIO(), most_bytes), await request.body()
            finish(around(sink), content)
            _check_there(sink.size_bytes, form)
            yield Sent(Content(kept.getvalue()), sink.digest, zipped=sink.head == _ZIP_MAGIC), form
            return
        async with self._spool.receive(request.stream(), most_bytes, around) as got:
            _check_there(got.size_bytes, form)
            yield _sent(got), form

    @asynccontextmanager
    async def receive_stream(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[Sent]:
        """A file that is fetched, for the length of the block. Raises as `receive`."""
        with self._turns.guest(), _within_limits():
            async with self._spool.receive(pieces, MAX_GPX_BYTES) as got:
                if got.size_bytes == 0:
                    raise FileMissing
                yield _sent(got)

    @asynccontextmanager
    async def receive_json(self, request: Request[Any, Any, Any], most_bytes: int) -> AsyncIterator[bytes | Sent]:
        """A JSON body: its bytes when they are few, else a file of them. Raises Busy, SpoolFull, FileTooLarge."""
        if _is_small(request):
            yield await request.body()
            return
        with self._turns.guest(), _within_limits():
            async with self._spool.receive(request.stream(), most_bytes) as got:
                if got.size_bytes <= INLINE_BYTES:
                    yield await self._spool.in_thread(got.path.read_bytes)
                else:
                    yield _sent(got)

    @asynccontextmanager
    async def receive_into(
        self, folder: Path, request: Request[Any, Any, Any], most_bytes: int, around: Callable[[FileSink], Sink]
    ) -> AsyncIterator[Spooled]:
        """A body in a file in this folder, for the length of the block unless it is moved away. Raises as above."""
        with self._turns.guest(), _within_limits():
            async with self._spool.receive(request.stream(), most_bytes, around, folder=folder) as got:
                yield got

    @asynccontextmanager
    async def receive_body(self, request: Request[Any, Any, Any], most_bytes: int) -> AsyncIterator[Spooled]:
        """A whole body as it comes, a form too, in a file for the length of the block.

        Raises as `receive`, but FilesTooLarge.
        """
        with self._turns.guest(), _within_limits(FilesTooLarge(most_bytes)):
            async with self._spool.receive(request.stream(), most_bytes) as got:
                if got.size_bytes == 0:
                    raise FileMissing
                yield got

    @asynccontextmanager
    async def receive_several(
        self, request: Request[Any, Any, Any], most_files: int, most_bytes: int
    ) -> AsyncIterator[Sequence[Path]]:
        """The files in a request, for the length of the block: its body, or the fields `file` of a form.

        Raises as `receive`, but FilesTooLarge, and TooManyFiles.
        """
        boundary = _boundary_of(request)
        with self._turns.guest(), _within_limits(FilesTooLarge(most_bytes)):
            async with self._spool.receive_several(
                request.stream(),
                most_files,
                most_bytes,
                lambda files: files if boundary is None else FormFiles(files, boundary),
            ) as paths:
                if not paths:
                    raise FileMissing
                yield paths


def _is_small(request: Request[Any, Any, Any]) -> bool:
    return request.content_length is not None and request.content_length <= INLINE_BYTES


def _check_there(size_bytes: int, form: list[FormFile]) -> None:
    if size_bytes == 0 or not all(one.single for one in form):
        raise FileMissing


def sent_text(text: str) -> Sent:
    """A file that came as a text in a body that was small enough to be read at once."""
    content = text.encode()
    return Sent(Content(content), hashlib.sha256(content).hexdigest())


def _taken_from(request: Request[Any, Any, Any], field: str) -> tuple[Callable[[FileSink], Sink], list[FormFile]]:
    """How the file is taken out of the body, and the form it is in, once it is."""
    form: list[FormFile] = []
    boundary = _boundary_of(request)
    if boundary is None:
        return lambda sink: sink, form

    def around(sink: FileSink) -> Sink:
        form.append(FormFile(sink, boundary, beside=field))
        return form[0]

    return around, form


def _boundary_of(request: Request[Any, Any, Any]) -> str | None:
    """What parts the fields of the form in the body; None where it is no form."""
    kind, options = request.content_type
    if kind != RequestEncodingType.MULTI_PART:
        return None
    boundary = options.get("boundary")
    if not boundary:
        raise ValidationException("multipart boundary missing in Content-Type")
    return boundary


def _sent(got: Spooled) -> Sent:
    return Sent(File(str(got.path)), got.digest, heavy=_is_heavy(got), zipped=got.head == _ZIP_MAGIC)


def _is_heavy(got: Spooled) -> bool:
    return got.size_bytes > (_HEAVY_PACKED_BYTES if got.head == _GZIP_MAGIC else _HEAVY_BYTES)


@contextmanager
def _within_limits(otherwise: FileTooLarge | None = None) -> Iterator[None]:
    try:
        yield
    except (RequestEntityTooLarge, TooManyBytes):
        raise otherwise or FileTooLarge from None
