"""The version of stored bytes, in front of them, so that a program knows bytes that an older or newer one left."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_TAG: Final = re.compile(rb"([A-Z]{2}\d{1,4}):")


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of stored bytes in its present version: two capital letters, and a number that counts up."""

    what: str
    letters: str
    version: int

    @property
    def tag(self) -> bytes:
        """What the bytes begin with."""
        return f"{self.letters}{self.version}:".encode()

    def pack(self, body: bytes) -> bytes:
        """The body behind its tag."""
        return self.tag + body

    def unpack(self, packed: bytes) -> bytes:
        """The body of bytes of this version. Raises ValueError naming the version they are of."""
        if packed.startswith(self.tag):
            return packed[len(self.tag) :]
        found = _TAG.match(packed)
        name = found[1].decode() if found else "no version"
        raise ValueError(f"{self.what} are read as {self.tag[:-1].decode()}; these bytes are of {name}.")
