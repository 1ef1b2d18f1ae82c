"""The words files and archives use for a sport; the words themselves are data, in `sport_words.toml`."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, get_args

from kernel.contracts.activity import SportTag

_DATA: Final = Path(__file__).with_name("sport_words.toml")
_LONGEST_WORD: Final = 80
_SHORT_PART: Final = 3
_VERSION: Final = re.compile(r"[\W_]*v[0-9]$")
_HUMPS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BREAKS: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class _Words:
    """Whole words and parts of words, each with what it stands for; parts in the order in which they are tried."""

    on_foot: dict[str, SportTag]
    other: dict[str, str]
    parts_on_foot: tuple[tuple[str, SportTag], ...]
    parts_other: tuple[tuple[str, str], ...]
    nothing: frozenset[str]
    columns: dict[str, frozenset[str]]


def sport_of_word(word: str | None) -> SportTag | None:
    """The sport on foot a word stands for; None when there is no word, or one of another or no known sport.

    Upper case, accents, blanks, hyphens and a version do not matter: `Trail Run`, `trail_running_v2` and `TrailRun`
    are one word, and it may be one of any language Strava writes its exports in.
    """
    found = _meaning(word)
    return found[0] if found else None


def other_sport_of_word(word: str | None) -> str | None:
    """The name of a sport that is known not to be on foot outdoors, such as `ride`; None for any other word."""
    found = _meaning(word)
    return found[1] if found else None


def says_nothing(word: str | None) -> bool:
    """Whether there is no word, or one that programs write for want of another, such as `unknown`."""
    return word is None or not _key(word) or _key(word) in _words().nothing


def is_column(header: str, kind: str) -> bool:
    """Whether this heads the column of files (`file`) or of sports (`sport`) in the table of an export."""
    return _key(header) in _words().columns[kind]


def _meaning(word: str | None) -> tuple[SportTag | None, str | None] | None:
    return None if word is None or len(word) > _LONGEST_WORD else _meaning_of(word)


@cache
def _words() -> _Words:
    table = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    tags: tuple[SportTag, ...] = get_args(SportTag)
    finest_first = sorted(tags, key=lambda tag: tag == "run")  # a trail run is a run too
    return _Words(
        on_foot={key: tag for tag in tags for key in _keys(table["on_foot"][tag]["words"])},
        other={key: name for name, of in table["other"].items() for key in _keys(of["words"])},
        parts_on_foot=tuple((key, tag) for tag in finest_first for key in _keys(table["on_foot"][tag]["parts"])),
        parts_other=tuple((key, name) for name, of in table["other"].items() for key in _keys(of["parts"])),
        nothing=frozenset(_keys(table["nothing"])),
        columns={kind: frozenset(_keys(headers)) for kind, headers in table["table"].items()},
    )


@cache
def _meaning_of(word: str) -> tuple[SportTag | None, str | None] | None:
    words, key = _words(), _key(word)
    if key in words.nothing:
        return None
    if key in words.on_foot or key in words.other:
        return words.on_foot.get(key), words.other.get(key)
    pieces = [_key(piece) for piece in _BREAKS.split(_HUMPS.sub(" ", word))]
    other = next((name for part, name in words.parts_other if _lies_in(part, key, pieces)), None)
    if other is not None:
        return None, other
    tag = next((tag for part, tag in words.parts_on_foot if _lies_in(part, key, pieces)), None)
    return None if tag is None else (tag, None)


def _lies_in(part: str, key: str, pieces: list[str]) -> bool:
    if len(part) > _SHORT_PART or not part.isascii():
        return part in key
    return any(piece.startswith(part) for piece in pieces)


def _keys(listed: str) -> list[str]:
    return [_key(word) for word in listed.split(",")]


def _key(word: str) -> str:
    """A word without what does not matter."""
    plain = unicodedata.normalize("NFKD", _VERSION.sub("", word.strip()))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _BREAKS.sub("", letters.casefold())
