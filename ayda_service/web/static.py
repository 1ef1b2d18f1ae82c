"""What the page is made of, as browsers get it: each file under a name that holds its digest, so it never changes."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from ayda_service.web.scripts import ENTRANCE, MEMBERS_ENTRANCE, Scripts
from ayda_service.web.words import as_json, words_of_members
from languages.catalog import LANGUAGES, Language
from trackfiles.drawn import draw_course

STATIC: Final = "/static"
SOURCES: Final = Path(__file__).parent / "page"
EXAMPLE: Final = "example.gpx"
_TYPES: Final[Mapping[str, str]] = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".gpx": "application/gpx+xml",
    ".json": "application/json",
}
_DIGEST_LETTERS: Final = 8
"""Enough to tell the versions of one file apart."""
_EXAMPLE_STEP_M: Final = 30.0
_EXAMPLE_PLACES: Final = {"First col": 0.3, "Lake hut": 0.5, "Second col": 0.68}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is served; `packed` is the same gzipped."""

    name: str
    content: bytes
    packed: bytes
    media_type: str

    @property
    def url(self) -> str:
        """Where it is found, below this host."""
        return f"{STATIC}/{self.name}"


class StaticFiles:
    """All files of the page, read and named once."""

    def __init__(self, contents: Mapping[str, bytes], scripts: Scripts) -> None:
        """`contents`: the files by their plain names, beside the scripts."""
        self.scripts = scripts
        self._named = {name: _file(name, content) for name, content in contents.items()}
        self._named[MEMBERS_ENTRANCE] = members = _file(MEMBERS_ENTRANCE, scripts.members().encode())
        self._named[ENTRANCE] = _file(ENTRANCE, scripts.everybodys(members.name).encode())
        self._served = {file.name: file for file in self._named.values()}

    def named(self, name: str) -> StaticFile:
        """The file of this plain name. Raises KeyError where there is none."""
        return self._named[name]

    def served(self, name: str) -> StaticFile | None:
        """The file of this name with its digest."""
        return self._served.get(name)


def members_words(language: Language) -> str:
    """The plain name of the file with what only members are told in this language; there is none for English."""
    return f"members-{language}.json"


def _file(name: str, content: bytes) -> StaticFile:
    stem, _, ending = name.rpartition(".")
    digest = hashlib.sha256(content).hexdigest()[:_DIGEST_LETTERS]
    packed = gzip.compress(content, 9, mtime=0)
    return StaticFile(f"{stem}.{digest}.{ending}", content, packed, _TYPES[f".{ending}"])


def _words(scripts: Scripts) -> dict[str, bytes]:
    said = scripts.said_at_once(), scripts.said_to_members()
    return {
        members_words(language): as_json(words_of_members(language, *said)).encode()
        for language in LANGUAGES
        if language != "en"
    }


@cache
def page_files() -> StaticFiles:
    """The files of the page, and a course for those who have none."""
    sources = {path.name: path.read_bytes() for path in sorted(SOURCES.iterdir())}
    scripts = Scripts({name: content.decode() for name, content in sources.items() if name.endswith(".js")})
    others = {name: content for name, content in sources.items() if name.endswith((".css", ".svg"))}
    drawn = draw_course(step_m=_EXAMPLE_STEP_M, name="Two cols above the lake", places=_EXAMPLE_PLACES)
    return StaticFiles({**others, **_words(scripts), EXAMPLE: drawn}, scripts)
