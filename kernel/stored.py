"""The version of stored bytes, in front of them, so that a program knows bytes that an older or newer one left.

A version has two parts. The number counts up when the bytes have another shape or are made by other rules; the digest
is that of the fitted numbers they rest on, so that nobody has to remember that a number was moved.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from kernel.fitted import Kind

_TAG: Final = re.compile(rb"([A-Z]{2}\d{1,4}(?:\.[0-9a-f]{8})?):")
_DIGITS: Final = 8


def digest_of(numbers: object) -> str:
    """Eight letters that are others as soon as any of the numbers is: tuples, mappings and dataclasses of them."""
    return hashlib.sha256(msgspec.json.encode(numbers, order="deterministic")).hexdigest()[:_DIGITS]


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of stored bytes in its present version.

    `letters` are two capitals; `digests` are those of the numbers behind the bytes, for runners and for walkers.
    """

    what: str
    letters: str
    version: int
    digests: Mapping[Kind, str]

    tags: tuple[bytes, ...] = field(init=False)
    """What bytes of this version begin with; no tag is the beginning of another."""

    def __post_init__(self) -> None:
        tags = tuple(self._tag(digest) for digest in sorted(set(self.digests.values())))
        object.__setattr__(self, "tags", tags)  # made once: thousands are unpacked for one profile

    def pack(self, kind: Kind, body: bytes) -> bytes:
        """The body, made of outings of this kind, behind its tag."""
        return self._tag(self.digests[kind]) + body

    def unpack(self, packed: bytes) -> bytes:
        """The body of bytes of this version. Raises ValueError naming the version they are of."""
        for tag in self.tags:
            if packed.startswith(tag):
                return packed[len(tag) :]
        found = _TAG.match(packed)
        name = found[1].decode() if found else "no version"
        known = " or ".join(tag[:-1].decode() for tag in self.tags)
        raise ValueError(f"{self.what} are read as {known}; these bytes are of {name}.")

    def _tag(self, digest: str) -> bytes:
        return f"{self.letters}{self.version}.{digest}:".encode()
