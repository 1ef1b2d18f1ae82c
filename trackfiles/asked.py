"""A question for a prediction with a course inside: many megabytes, of which little lies in memory twice."""

from __future__ import annotations

import io
import mmap
from pathlib import Path
from typing import Any, Final

import msgspec

from kernel.contracts.prediction import PredictRequest

_PIECE_BYTES: Final = 1 << 20
_LONGEST_ESCAPE: Final = len(rb"\ud83d\ude00")
_ABSENT: Final = msgspec.Raw()

# every field as it is written: a view of the document
_Written: Final[type[Any]] = msgspec.defstruct(
    "_Written",
    [(field.encode_name, msgspec.Raw, _ABSENT) for field in msgspec.structs.fields(PredictRequest)],
    forbid_unknown_fields=True,
)


def question_in(path: Path, piece_bytes: int = _PIECE_BYTES) -> tuple[PredictRequest, bytes | None]:
    """The question, without the text of a course, and that text in UTF-8; None where it holds none.

    Raises msgspec.DecodeError (ValidationError among them) or UnicodeDecodeError for a document that is no question.
    """
    if not path.stat().st_size:
        raise msgspec.DecodeError("The document is empty.")
    with path.open("rb") as file:
        # unmapped with the last view of it, which an error may hold for longer than this function lasts
        document = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    written = msgspec.structs.asdict(msgspec.json.decode(document, type=_Written))
    fields = {name: memoryview(raw) for name, raw in written.items() if raw is not _ABSENT}
    course = None
    if fields.get("gpx", b"")[:1] == b'"':
        course = _text_of(fields.pop("gpx"), document, piece_bytes)
    named = (msgspec.json.encode(name) + b":" + bytes(raw) for name, raw in fields.items())
    return msgspec.json.decode(b"{" + b",".join(named) + b"}", type=PredictRequest), course


def _text_of(written: memoryview, document: mmap.mmap, piece_bytes: int) -> bytes:
    """What a JSON string says, in UTF-8."""
    text, at, end, step = io.BytesIO(), 1, len(written) - 1, piece_bytes
    while at < end:
        piece = bytes(written[at : min(at + step, end)])
        whole = len(piece) if at + len(piece) == end else _end_of_a_letter(piece)
        if not whole:
            step *= 2
            continue
        text.write(msgspec.json.decode(b'"' + piece[:whole] + b'"', type=str).encode())
        at, step = at + whole, piece_bytes
        if hasattr(mmap, "MADV_DONTNEED"):
            document.madvise(mmap.MADV_DONTNEED)
    return text.getvalue()


def _end_of_a_letter(piece: bytes) -> int:
    """How much of it can be read alone; 0 where that cannot be seen."""
    if piece[-1] < 0x80 and b"\\" not in piece[-_LONGEST_ESCAPE:]:
        return len(piece)
    return max(0, piece.rfind(b"<"))
