"""What the page says: with it what everybody meets, in a file of their own what only members do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from languages.catalog import PAGE, WARNING, Language, catalog

Said: TypeAlias = str | list[str]
"""A sentence, or all the forms that the language has for a number of things."""


def sentences(language: Language) -> Mapping[str, Said]:
    """What the page says, a warning under `warning CODE`; empty for English, which it is written in."""
    if language == "en":
        return {}
    marks: Mapping[str | None, str] = {PAGE: "", WARNING: f"{WARNING} "}
    return {
        f"{marks[message.context]}{_first(message.id)}": _forms(message.string or "")
        for message in catalog(language)
        if message.context in marks
    }


def words_of_everybody(language: Language, scripts: str) -> dict[str, Said]:
    """What these scripts say, and every warning; not what is written into the page already."""
    known = sentences(language)
    return {one: said for one, said in known.items() if one.startswith(f"{WARNING} ") or _says(scripts, one)}


def words_of_members(language: Language, everybodys: str, members: str) -> dict[str, Said]:
    """What the scripts of members say beyond those that everybody has."""
    known = sentences(language)
    return {one: said for one, said in known.items() if _says(members, one) and not _says(everybodys, one)}


def as_json(words: Mapping[str, Said]) -> str:
    """Them in as few letters as can be."""
    return json.dumps(dict(words), ensure_ascii=False, separators=(",", ":"))


def _says(scripts: str, sentence: str) -> bool:
    return f'"{sentence}"' in scripts


def _first(sentence: str | Sequence[str]) -> str:
    return sentence if isinstance(sentence, str) else sentence[0]


def _forms(said: str | Sequence[str] | None) -> Said:
    return said if isinstance(said, str) else list(said or ())
