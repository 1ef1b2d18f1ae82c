"""Telegram's HTML parse mode: the few tags it knows, and its complaints about all others."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from simulators.telegram.refusals import BotApiError, bad_request
from simulators.telegram.words.entities import Entity, utf16_length

KINDS: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "blockquote": "blockquote",
    "a": "text_link",
}
_TAG: Final = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][\w-]*)(?P<more>(?:\s[^<>]*)?)>")
_ATTRIBUTE: Final = re.compile(r"([\w-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'))?")
_REFERENCE: Final = re.compile(r"&(?:(lt|gt|amp|quot)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));")
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


@dataclass(frozen=True, slots=True)
class _OpenTag:
    name: str
    offset: int
    attributes: dict[str, str]


@dataclass(slots=True)
class _Reading:
    """How far a text has been read."""

    text: list[str] = field(default_factory=list)
    length: int = 0
    entities: list[Entity] = field(default_factory=list)
    open: list[_OpenTag] = field(default_factory=list)

    def add(self, piece: str) -> None:
        plain = _REFERENCE.sub(_character, piece)
        self.text.append(plain)
        self.length += utf16_length(plain)

    def close(self, tag: _OpenTag) -> None:
        length = self.length - tag.offset
        entity: Entity = {"type": KINDS[tag.name], "offset": tag.offset, "length": length}
        if tag.name == "a":
            entity["url"] = tag.attributes.get("href", "")
        if tag.name == "blockquote" and "expandable" in tag.attributes:
            entity["type"] = "expandable_blockquote"
        if length and not (tag.name == "a" and not entity["url"]):
            self.entities.append(entity)


def read_html(source: str) -> tuple[str, list[Entity]]:
    """The plain text and its entities. Raises the 400 that says at which byte it could not be read."""
    reading, at = _Reading(), 0
    while (start := source.find("<", at)) >= 0:
        reading.add(source[at:start])
        tag = _TAG.match(source, start)
        if tag is None:
            raise _unreadable(f'Unsupported start tag "" at byte offset {_byte(source, start)}')
        if tag["end"]:
            _end(reading, tag["name"].lower(), _byte(source, start))
        else:
            _begin(reading, tag, _byte(source, start))
        at = tag.end()
    reading.add(source[at:])
    if reading.open:
        name = reading.open[-1].name
        raise _unreadable(f'Can\'t find end tag corresponding to start tag "{name}"')
    return "".join(reading.text), reading.entities


def _begin(reading: _Reading, tag: re.Match[str], byte: int) -> None:
    name = tag["name"].lower()
    found = _ATTRIBUTE.findall(tag["more"])
    attributes = {key.lower(): _REFERENCE.sub(_character, double or single) for key, double, single in found}
    if name not in KINDS or (name == "span" and attributes.get("class") != "tg-spoiler"):
        raise _unreadable(f'Unsupported start tag "{name}" at byte offset {byte}')
    reading.open.append(_OpenTag(name, reading.length, attributes))


def _end(reading: _Reading, name: str, byte: int) -> None:
    if not reading.open:
        raise _unreadable(f"Unexpected end tag at byte offset {byte}")
    expected = reading.open.pop()
    if expected.name != name:
        raise _unreadable(f'Unmatched end tag at byte offset {byte}, expected "</{expected.name}>", found "</{name}>"')
    reading.close(expected)


def _character(reference: re.Match[str]) -> str:
    name, decimal, hexadecimal = reference.groups()
    if name:
        return _NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    usable = 0 < code < 0x110000 and not 0xD800 <= code < 0xE000
    return chr(code) if usable else reference.group()


def _byte(source: str, index: int) -> int:
    return len(source[:index].encode())


def _unreadable(why: str) -> BotApiError:
    return bad_request(f"can't parse entities: {why}")
