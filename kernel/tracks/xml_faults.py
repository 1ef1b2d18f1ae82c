"""What is wrong with a document that is no XML, and the faults that can be read past: signs no text may have."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Protocol, TypeVar
from xml.parsers import expat

from kernel.tracks.errors import BadGpx

_CUT_SHORT: Final = {
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
}
_NO_CHARACTER: Final = expat.errors.codes[expat.errors.XML_ERROR_BAD_CHAR_REF]
_NO_TOKEN: Final = expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN]
_REFERENCE: Final = re.compile(rb"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,10}));")
_CHARACTERS: Final = ((0x9, 0xA), (0xD, 0xD), (0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF))
"""What XML 1.0 calls a character."""
_CONTROLS: Final = bytes(number for number in range(0x20) if number not in b"\t\n\r")
_BLANKED: Final = bytes.maketrans(_CONTROLS, b" " * len(_CONTROLS))
_BEYOND_ASCII: Final = re.compile(rb"[\x80-\xff]+")


class BadCharacter(BadGpx):
    """A text has a character that XML has not, or refers to one; `read_past` reads it all the same."""

    def __init__(self, line: int) -> None:
        super().__init__("broken_xml", f"The file names a character that is none (line {line}). Export it again.")


def fault_in(document: bytes, met: expat.ExpatError) -> BadGpx:
    """What is wrong first: an error met after points that expat did not see has another line number."""
    error = _first_error(document, met)
    if error.code == _NO_CHARACTER or (error.code == _NO_TOKEN and not _is_text(document)):
        return BadCharacter(error.lineno)
    fate = "ends in the middle, so it was cut short" if error.code in _CUT_SHORT else "is no valid XML"
    return BadGpx("broken_xml", f"The file {fate} (line {error.lineno}). Export it again.")


class Reader(Protocol):
    """Reads a document once."""

    def read(self, document: bytes) -> None:
        """Raises BadCharacter, and whatever else is wrong."""


R = TypeVar("R", bound=Reader)


def read_past(new: Callable[[], R], document: bytes) -> R:
    """A new reader that has read the document, with what no XML may hold in its texts made readable where it must be.

    Raises what the reader raises where something else is wrong.
    """
    reader = new()
    try:
        reader.read(document)
    except BadCharacter:
        reader = new()
        reader.read(_with_good_characters(document))
    return reader


def _with_good_characters(document: bytes) -> bytes:
    """References to what is no character name the sign that stands for any such; control characters become blanks.

    What is no UTF-8 is taken for the bytes that Windows writes.
    """
    blanked = document.translate(_BLANKED)
    return _REFERENCE.sub(_readable, blanked if _is_text(blanked) else _BEYOND_ASCII.sub(_as_utf8, blanked))


def _is_text(document: bytes) -> bool:
    """Whether it is UTF-8 without control characters."""
    try:
        document.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return len(document.translate(None, _CONTROLS)) == len(document)


def _as_utf8(letters: re.Match[bytes]) -> bytes:
    try:
        letters[0].decode("utf-8")
    except UnicodeDecodeError:
        return letters[0].decode("cp1252", "replace").encode("utf-8")
    return letters[0]


def _readable(reference: re.Match[bytes]) -> bytes:
    number = int(reference[2]) if reference[1] is None else int(reference[1], 16)
    return reference[0] if any(low <= number <= high for low, high in _CHARACTERS) else b"&#xFFFD;"


def _first_error(document: bytes, met: expat.ExpatError) -> expat.ExpatError:
    whole = expat.ParserCreate("utf-8")
    try:
        whole.Parse(document, True)
    except expat.ExpatError as error:
        return error
    return met
