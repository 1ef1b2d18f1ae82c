"""The page as HTML: written once for each language, and given out with a nonce of its own each time."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import Final, TypeAlias

from ayda_service.web.static import EXAMPLE, SOURCES, StaticFiles, page_files
from languages.catalog import PAGE, WARNING, Language, catalog

_SENTENCE: Final = re.compile(r"\[\[(.+?)\]\]")
_NONCE: Final = "{{nonce}}"
_NOBODY: Final = "'none'"
Said: TypeAlias = str | list[str]
"""A sentence, or all the forms that the language has for a number of things."""


def policy(nonce: str, framed_by: Sequence[str]) -> str:
    """What a browser lets the page do: its own scripts by their nonce, its own host, no markup from text."""
    directives = (
        "default-src 'none'",
        f"script-src 'nonce-{nonce}'",
        f"style-src 'nonce-{nonce}'",
        "img-src 'self' blob:",  # a picture that was just made
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        f"frame-ancestors {' '.join(framed_by or (_NOBODY,))}",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
    return "; ".join(directives)


def page_html(language: Language, nonce: str) -> str:
    """The page in this language; `nonce` is the one of its policy."""
    return _pieces(language).replace(_NONCE, nonce)


@cache
def _pieces(language: Language) -> str:
    files = page_files()
    template = (SOURCES / "page.html").read_text(encoding="utf-8")
    known = sentences(language)
    text = _SENTENCE.sub(lambda found: escape(str(known.get(found[1], found[1]))), template)
    filled = {
        "{{language}}": language,
        "{{words}}": _embedded(_said_by_scripts(known)),
        "{{preloads}}": _preloads(files),
        "{{style}}": files.named("page.css").url,
        "{{main}}": files.named("main.js").url,
        "{{icon}}": files.named("icon.svg").url,
        "{{example}}": files.named(EXAMPLE).url,
    }
    for mark, value in filled.items():
        text = text.replace(mark, value)
    return text


def _said_by_scripts(known: Mapping[str, Said]) -> dict[str, Said]:
    """Without what is written into the page here already."""
    scripts = "".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("*.js"))
    return {one: said for one, said in known.items() if one.startswith(f"{WARNING} ") or f'"{one}"' in scripts}


def _embedded(known: Mapping[str, Said]) -> str:
    """The sentences as JSON that no parser of HTML can leave."""
    return json.dumps(dict(known), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _preloads(files: StaticFiles) -> str:
    return "".join(f'<link rel="modulepreload" nonce="{_NONCE}" href="{file.url}">' for file in files.modules())


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


def _first(sentence: str | Sequence[str]) -> str:
    return sentence if isinstance(sentence, str) else sentence[0]


def _forms(said: str | Sequence[str] | None) -> Said:
    return said if isinstance(said, str) else list(said or ())
