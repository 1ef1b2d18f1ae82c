"""The page as HTML: written once for each language, and given out with a nonce of its own each time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import Final

from ayda_service.web.scripts import ENTRANCE
from ayda_service.web.static import EXAMPLE, SOURCES, members_words, page_files
from ayda_service.web.words import Said, as_json, sentences, words_of_everybody
from languages.catalog import Language

_SENTENCE: Final = re.compile(r"\[\[(.+?)\]\]")
_NONCE: Final = "{{nonce}}"
_NOBODY: Final = "'none'"


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
        "{{words}}": _embedded(words_of_everybody(language, files.scripts.said_at_once())),
        "{{members}}": files.named(members_words(language)).url if known else "",
        "{{style}}": files.named("page.css").url,
        "{{main}}": files.named(ENTRANCE).url,
        "{{icon}}": files.named("icon.svg").url,
        "{{example}}": files.named(EXAMPLE).url,
    }
    for mark, value in filled.items():
        text = text.replace(mark, value)
    return text


def _embedded(known: Mapping[str, Said]) -> str:
    """The sentences as JSON that no parser of HTML can leave."""
    return as_json(known).replace("<", "\\u003c")
