"""The root of the errors the domain raises."""

from __future__ import annotations


class DomainError(Exception):
    """Something a person can act on; `str()` is that sentence, which the class may say once for all."""

    sentence: str = ""

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(self.sentence if sentence is None else sentence)
