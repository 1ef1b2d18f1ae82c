"""What the text of a setting means. Each says in a sentence what the text must be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off"})


def url(text: str) -> str:
    """An absolute address, without the slash at its end. Raises ValueError."""
    sentence = "must be an absolute http:// or https:// address"
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        raise ValueError(sentence) from None
    if not usable or parts.query or parts.fragment or any(character.isspace() for character in text):
        raise ValueError(sentence)
    return text.rstrip("/")


def integer(text: str) -> int:
    """A whole number. Raises ValueError."""
    try:
        return int(text)
    except ValueError:
        raise ValueError("must be a whole number") from None


def number(text: str) -> float:
    """A number. Raises ValueError."""
    try:
        return float(text)
    except ValueError:
        raise ValueError("must be a number") from None


def within(value: float, minimum: float, maximum: float) -> float:
    """The value, if it lies there. Raises ValueError."""
    if not minimum <= value <= maximum:
        raise ValueError(f"must be between {minimum} and {maximum}")
    return value


def flag(text: str) -> bool:
    """True or false, as people write it. Raises ValueError."""
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise ValueError("must be true or false")
    return word in _TRUE


def choice(text: str, allowed: Sequence[str]) -> str:
    """The allowed word that this is, in any case. Raises ValueError."""
    for word in allowed:
        if word.lower() == text.lower():
            return word
    raise ValueError(f"must be one of {', '.join(allowed)}")
