"""The name that a member chooses to be shown by."""

from __future__ import annotations

import unicodedata
from itertools import groupby
from typing import Final

from kernel.contracts.club import MOST_NAME_LETTERS
from kernel.errors import DomainError

_BETWEEN: Final = frozenset(" -'\N{RIGHT SINGLE QUOTATION MARK}.")
_MARKS: Final = frozenset({"Mn", "Mc"})
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MOST_STACKED: Final = 3
"""Marks upon one letter; no name of any language needs more, and towers of them hide what stands around."""


class BadName(DomainError):
    """A text that is no name."""

    sentence = (
        f"A name has 1 to {MOST_NAME_LETTERS} letters; digits, spaces, hyphens, full stops and apostrophes "
        "may be among them."
    )


def clean_name(text: str) -> str:
    """The name in a text: composed (NFC), without what nobody sees, with single spaces. Raises BadName."""
    spaced = (" " if letter.isspace() else letter for letter in text)
    seen = "".join(letter for letter in spaced if unicodedata.category(letter) not in _UNSEEN)
    name = " ".join(unicodedata.normalize("NFC", seen).split())
    fits = 0 < len(name) <= MOST_NAME_LETTERS and any(letter.isalpha() for letter in name)
    if not fits or not all(map(_may_stand, name)) or _most_stacked(name) > _MOST_STACKED:
        raise BadName
    return name


def _may_stand(letter: str) -> bool:
    return letter.isalpha() or letter in _BETWEEN or unicodedata.category(letter) in _MARKS | {"Nd"}


def _most_stacked(name: str) -> int:
    runs = groupby(name, key=lambda letter: unicodedata.category(letter) in _MARKS)
    return max((len(list(run)) for marks, run in runs if marks), default=0)
