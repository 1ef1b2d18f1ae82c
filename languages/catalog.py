"""Translations as they stand in the `.po` files: read once, never compiled into the project."""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

Language = Literal["en", "ru", "ko"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
FOLDER: Final = Path(__file__).parent / "catalogs"
PROBLEM: Final = "problem"
"""The context of sentences that stand for a problem's code, or for one and the field it is about."""
PAGE: Final = "page"
"""The context of sentences that the page says in a browser."""
WARNING: Final = "warning"
"""The context of sentences that stand for the code of a warning about a course; its figures are filled in."""
_MOST_LISTED: Final = 10


def language_of(tag: str | None) -> Language:
    """The language somebody with this IETF tag (`ru`, `ko-KR`) is spoken to in; English for every other one."""
    return known_language(tag or "") or "en"


def known_language(tag: str) -> Language | None:
    """The language of a tag, if it is one of ours."""
    first = tag.strip().replace("_", "-").partition("-")[0].lower()
    return next((language for language in LANGUAGES if language == first), None)


def language_wanted(chosen: str | None, accepted: str) -> Language:
    """The chosen language, else the first known one of an Accept-Language header, else English."""
    listed = [part.partition(";")[0] for part in accepted.split(",")[:_MOST_LISTED]]
    found = (known_language(tag) for tag in (chosen or "", *listed))
    return next((language for language in found if language is not None), "en")


@cache
def translations(language: Language) -> NullTranslations:
    """The sentences of a language by their English text. English has no file: its sentences stand in the code."""
    if language == "en":
        return NullTranslations()
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - 40 ms that English need not wait for

    compiled = io.BytesIO()
    write_mo(compiled, catalog(language))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def catalog(language: Language) -> Catalog:
    """The file of a language that has one. It is read once: leave it as it is."""
    from babel.messages.pofile import read_po  # noqa: PLC0415 - as above

    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)
