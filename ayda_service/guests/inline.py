"""A question and the course it is about as the one JSON body that the predictor reads; a large one is never held."""

from __future__ import annotations

import asyncio
import base64
import codecs
import io
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Final

import msgspec

from kernel.contracts.prediction import PredictRequest
from kernel.tracks import BadGpx
from kernel.tracks.sniff import codec_of
from trackfiles.course import DATA_URI
from trackfiles.fit import is_fit

_PIECE_BYTES: Final = 255 * 1024
"""A multiple of three, so that base64 of the pieces is that of the whole."""

_GZIPPED: Final = b"\x1f\x8b"
_DECLARATION: Final = re.compile(r"\s*<\?xml[^>]{0,200}\?>")


@asynccontextmanager
async def inline_request(request: PredictRequest, gpx: bytes | Path) -> AsyncIterator[bytes | Path]:
    """The request with this file as its `gpx`; what lies in a file, in a file beside it for the length of the block.

    Raises BadGpx for a file that is neither text nor FIT nor gzipped.
    """
    if isinstance(gpx, bytes):
        written = io.BytesIO()
        _write(written, request, io.BytesIO(gpx))
        yield written.getvalue()
        return
    body = gpx.with_suffix(".json")
    try:
        await asyncio.to_thread(_write_beside, body, request, gpx)
        yield body
    finally:
        await asyncio.to_thread(body.unlink, missing_ok=True)


def _write_beside(body: Path, request: PredictRequest, gpx: Path) -> None:
    with body.open("wb") as written, gpx.open("rb") as file:
        _write(written, request, file)


def _write(written: IO[bytes], request: PredictRequest, file: IO[bytes]) -> None:
    head = msgspec.json.encode(request)[:-1]
    written.write(head + (b',"gpx":"' if len(head) > 1 else b'"gpx":"'))
    for text in _texts(file):
        written.write(msgspec.json.encode(text)[1:-1])
    written.write(b'"}')


def _texts(file: IO[bytes]) -> Iterator[str]:
    """The text in pieces. Its own word about its encoding is left out: JSON is UTF-8."""
    piece = file.read(_PIECE_BYTES)
    if is_fit(piece) or piece.startswith(_GZIPPED):
        yield DATA_URI.decode()
        while piece:
            yield base64.b64encode(piece).decode()
            piece = file.read(_PIECE_BYTES)
        return
    decoder = codecs.getincrementaldecoder(codec_of(piece))()
    try:
        yield _DECLARATION.sub("", decoder.decode(piece), count=1)
        while piece := file.read(_PIECE_BYTES):
            yield decoder.decode(piece)
        yield decoder.decode(b"", final=True)
    except UnicodeError:
        raise BadGpx("broken_xml", "The file is damaged: it is no text. Export it again as GPX.") from None
