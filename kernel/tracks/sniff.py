"""What kind of file this is, before any parser sees it; and its text as UTF-8."""

from __future__ import annotations

import codecs
import re
from typing import Final

from kernel.tracks.errors import BadGpx

LONGEST_TOKEN: Final = 1024 * 1024

_ENCODING: Final = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_PLAIN: Final = {"utf-8", "utf8", "us-ascii", "ascii"}
_WIDE: Final = re.compile(r"(?:utf|ucs|iso-10646-ucs)-?(?:16|32|2|4)(?:le|be)?")
_CODECS: Final = frozenset(
    (
        *(f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)),
        *(f"cp{page}" for page in (437, 850, 852, 855, 866, 874, 949, 950, *range(1250, 1259))),
        "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic", "gb2312", "gbk", "gb18030", "big5", "shift_jis", "euc_jp",
        "euc_kr", "cp932",
    )
)  # fmt: skip
"""Texts in which ASCII is ASCII, by the names Python has for them."""

_UTF8_MARK: Final = b"\xef\xbb\xbf"
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_UNMARKED: Final = {b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}
_UTF32_MARKS: Final = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_HTML: Final = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_SKIPPED: Final = ((b"<?", b"?>"), (b"<!--", b"-->"))
_EXPORT_AGAIN: Final = "Export the route or activity as GPX again and send that file."


def as_utf8_xml(content: bytes) -> bytes:
    """The document as UTF-8 without a byte order mark and without a DTD.

    Raises BadGpx for what is no XML text at all: `empty_file`, `fit_file`, `compressed`, `binary`, `html`, `not_gpx`,
    `unsupported_encoding`, `dtd_forbidden`, `oversized_element`.
    """
    _refuse_binary(content)
    text = _to_utf8(content).lstrip(b" \t\r\n")
    if not text:
        raise BadGpx("empty_file", "The file is empty. " + _EXPORT_AGAIN)
    if not text.startswith(b"<"):
        raise BadGpx("not_gpx", "The file is text, but not GPX. " + _EXPORT_AGAIN)
    _refuse_prolog(text)
    if _has_longer_token(text, LONGEST_TOKEN):
        raise BadGpx("oversized_element", "A single element of this file is larger than 1 MiB; no GPX needs that.")
    return text


def codec_of(head: bytes) -> str:
    """How the text is written that begins with these bytes, as a codec's name. Raises BadGpx for what is no text."""
    _refuse_binary(head)
    return _codec(head) or "utf-8-sig"


def _has_longer_token(text: bytes, most_bytes: int) -> bool:
    """Whether two `<` lie farther apart than that: it bounds the work a parser can be made to do for one token.

    Each step goes to the last `<` within reach, so a gap too wide to step over stops it.
    """
    at = 0
    while len(text) - at > most_bytes:
        following = text.rfind(b"<", at + 1, at + most_bytes + 1)
        if following < 0:
            return True
        at = following
    return False


def _refuse_binary(content: bytes) -> None:
    if content[8:12] == b".FIT":
        raise BadGpx("fit_file", "This is a FIT file, not GPX. " + _EXPORT_AGAIN)
    if content.startswith((b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf")):
        raise BadGpx("compressed", "The file is compressed. Unpack it and send the GPX file inside.")
    if content.startswith(_UTF32_MARKS):
        raise _unsupported("UTF-32")
    zeros = content.startswith(b"\x00") or b"\x00" in content[:4096].rstrip(b"\x00")
    if zeros and not _is_utf16(content):
        raise BadGpx("binary", "The file is binary data, not GPX. " + _EXPORT_AGAIN)


def _is_utf16(content: bytes) -> bool:
    return content.startswith(_UTF16_MARKS) or (content[:2] in _UNMARKED and len(content) % 2 == 0)


def _to_utf8(content: bytes) -> bytes:
    """Without marks, and without the zeros that a device leaves where it had room for more."""
    codec = _codec(content)
    text = content if codec is None else _recoded(content, codec)
    while text.startswith(_UTF8_MARK):
        text = text[len(_UTF8_MARK) :]
    return text.rstrip(b"\x00") if text.endswith(b"\x00") else text


def _codec(content: bytes) -> str | None:
    """How the text is written, None for UTF-8. Raises BadGpx.

    A declaration that could be read as ASCII and says UTF-16 is not true: such files are UTF-8.
    """
    if content.startswith(_UTF16_MARKS):
        return "utf-16"
    if _is_utf16(content):
        return _UNMARKED[content[:2]]
    declared = _ENCODING.match(content.lstrip()[:200] if content[:1].isspace() else content[:200])
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    if name in _PLAIN or _WIDE.fullmatch(name) or content.startswith(_UTF8_MARK):
        return None
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        raise _unsupported(name) from None
    if codec not in _CODECS:
        raise _unsupported(name)
    return codec


def _recoded(content: bytes, codec: str) -> bytes:
    try:
        return content.decode(codec).encode("utf-8")
    except UnicodeError as error:
        raise BadGpx("broken_xml", f"The file is damaged: it says {codec} but is not. " + _EXPORT_AGAIN) from error


def _refuse_prolog(text: bytes) -> None:
    """Refuse HTML and any document type before a parser could expand its entities."""
    at = 0
    while True:
        at += len(text[at : at + 65_536]) - len(text[at : at + 65_536].lstrip(b" \t\r\n"))
        ending = next((end for start, end in _SKIPPED if text.startswith(start, at)), None)
        if ending is None:
            break
        closed = text.find(ending, at)
        if closed < 0:
            return
        at = closed + len(ending)
    if _HTML.match(text, at):
        raise BadGpx("html", "This is a web page, not GPX. Use the site's download or export link for the GPX file.")
    if text.startswith(b"<!", at):
        raise BadGpx("dtd_forbidden", "The file carries a document type (DTD), which GPX never needs. " + _EXPORT_AGAIN)


def _unsupported(name: str) -> BadGpx:
    return BadGpx("unsupported_encoding", f"The file is written in the encoding {name}. Save it as UTF-8.")
