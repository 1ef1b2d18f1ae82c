"""What the page is made of, as browsers get it: each file under a name that holds its digest, so it never changes.

Modules leave their comments and indents behind, which are for who reads the sources.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from trackfiles.drawn import draw_course

STATIC: Final = "/static"
SOURCES: Final = Path(__file__).parent / "page"
EXAMPLE: Final = "example.gpx"
_TYPES: Final[Mapping[str, str]] = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".gpx": "application/gpx+xml",
}
ENTRANCE: Final = "main.js"
_IMPORTED: Final = re.compile(r'(?<=")\./([a-z_]+\.js)(?=")')
_IMPORTED_AT_ONCE: Final = re.compile(r' from "\./([a-z_]+\.js)"')
_COMMENTS: Final = re.compile(r"^[ \t]*//[^\n]*\n|/\*\*.*?\*/[ \t]?", re.MULTILINE | re.DOTALL)
_INDENTS: Final = re.compile(r"^\s+", re.MULTILINE)
_DIGEST_LETTERS: Final = 8
"""They stand in every import, and nothing packs them: enough to tell the versions of one file apart."""
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

    def __init__(self, sources: Mapping[str, bytes]) -> None:
        """`sources`: the files by their plain names; a module that imports another one gets its name there."""
        self._sources = sources
        self._named: dict[str, StaticFile] = {}
        self._served = {file.name: file for file in map(self.named, sources)}

    def named(self, name: str) -> StaticFile:
        """The file of this plain name. Raises KeyError where there is none, and where modules import in a circle."""
        if name not in self._named:
            content = self._sources[name]
            if name.endswith(".js"):
                bare = _INDENTS.sub("", _COMMENTS.sub("", content.decode()))
                content = _IMPORTED.sub(lambda found: f"./{self.named(found[1]).name}", bare).encode()
            stem, _, ending = name.rpartition(".")
            digest = hashlib.sha256(content).hexdigest()[:_DIGEST_LETTERS]
            packed = gzip.compress(content, 9, mtime=0)
            self._named[name] = StaticFile(f"{stem}.{digest}.{ending}", content, packed, _TYPES[f".{ending}"])
        return self._named[name]

    def served(self, name: str) -> StaticFile | None:
        """The file of this name with its digest."""
        return self._served.get(name)

    def modules(self) -> list[StaticFile]:
        """The modules that everybody needs, so that a browser may fetch them all at once; the others are asked for."""
        needed, unread = set[str](), {ENTRANCE}
        while unread:
            name = unread.pop()
            needed.add(name)
            unread |= set(_IMPORTED_AT_ONCE.findall(self._sources[name].decode())) - needed
        return [self.named(name) for name in sorted(needed)]


@cache
def page_files() -> StaticFiles:
    """The files of the page, and a course for those who have none."""
    sources = {path.name: path.read_bytes() for path in sorted(SOURCES.iterdir()) if path.suffix in _TYPES}
    drawn = draw_course(step_m=_EXAMPLE_STEP_M, name="Two cols above the lake", places=_EXAMPLE_PLACES)
    return StaticFiles({**sources, EXAMPLE: drawn})
