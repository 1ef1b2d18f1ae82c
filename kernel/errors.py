"""The root of the errors the domain raises."""

from __future__ import annotations

from typing import ClassVar


class DomainError(Exception):
    """Something a person can act on; `str()` is that sentence, by default the one of its class."""

    sentence: ClassVar[str] = ""

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(sentence or self.sentence)
