"""A question and the course it is about as the one JSON body that the predictor reads; never held as a whole."""

from __future__ import annotations

import asyncio
import base64
import codecs
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

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
async def inline_request(request: PredictRequest, gpx: Path) -> AsyncIterator[Path]:
    """The request with this file as its `gpx`, in a file beside it for the length of the block.

    Raises BadGpx for a file that is neither text nor FIT nor gzipped.
    """
    body = gpx.with_suffix(".json")
    try:
        await asyncio.to_thread(_write, body, request, gpx)
        yield body
    finally:
        await asyncio.to_thread(body.unlink, missing_ok=True)


def _write(body: Path, request: PredictRequest, gpx: Path) -> None:
    head = msgspec.json.encode(request)[:-1]
    with body.open("wb") as file:
        file.write(head + (b',"gpx":"' if len(head) > 1 else b'"gpx":"'))
        for text in _texts(gpx):
            file.write(msgspec.json.encode(text)[1:-1])
        file.write(b'"}')


def _texts(gpx: Path) -> Iterator[str]:
    """The text in pieces. Its own word about its encoding is left out: JSON is UTF-8."""
    with gpx.open("rb") as file:
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
