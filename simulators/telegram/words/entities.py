"""What is marked in a text, counted in UTF-16 code units as Telegram counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

Entity = dict[str, Any]
_COMMAND: Final = re.compile(r"(?<![\w/@<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/@])")
_MENTION: Final = re.compile(r"(?<![\w/@])@[A-Za-z][A-Za-z0-9_]{3,31}(?!\w)")
_URL: Final = re.compile(r"https?://[^\s<>\"]+[^\s<>\"'.,;:!?)\]]")
_DETECTED: Final = (("url", _URL), ("bot_command", _COMMAND), ("mention", _MENTION))


def utf16_length(text: str) -> int:
    """How long Telegram says the text is."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def part(text: str, entity: Entity) -> str:
    """The words that an entity marks."""
    units = text.encode("utf-16-le", "surrogatepass")
    start = 2 * int(entity["offset"])
    return units[start : start + 2 * int(entity["length"])].decode("utf-16-le", "replace")


def detected(text: str, marked: Sequence[Entity] = ()) -> tuple[Entity, ...]:
    """All entities of the text: those that are marked already, and the addresses, commands and names outside them."""
    found = list(marked)
    for entity in _recognised(text):
        if not any(_overlap(entity, other) for other in found):
            found.append(entity)
    return tuple(sorted(found, key=lambda entity: (entity["offset"], -entity["length"])))


def _recognised(text: str) -> Iterator[Entity]:
    for kind, pattern in _DETECTED:
        for match in pattern.finditer(text):
            offset = utf16_length(text[: match.start()])
            yield {"type": kind, "offset": offset, "length": utf16_length(match.group())}


def _overlap(one: Entity, other: Entity) -> bool:
    """Formatting may cover a link or a command; what is code or a link already holds no other."""
    if other["type"] not in {"code", "pre", "text_link", "url", "mention", "bot_command"}:
        return False
    first, second = sorted((one, other), key=lambda entity: int(entity["offset"]))
    return int(first["offset"]) + int(first["length"]) > int(second["offset"])


def trimmed(text: str, entities: Sequence[Entity]) -> tuple[str, list[Entity]]:
    """The text without white space at its ends, and its entities moved with it."""
    kept = text.strip()
    shift, length = utf16_length(text[: len(text) - len(text.lstrip())]), utf16_length(kept)
    moved = []
    for entity in entities:
        start = max(int(entity["offset"]) - shift, 0)
        end = min(int(entity["offset"]) + int(entity["length"]) - shift, length)
        if end > start:
            moved.append(entity | {"offset": start, "length": end - start})
    return kept, moved
