"""500 malformed files: those with a name, and mutations of good ones drawn from a seed."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from itertools import islice

from tests.trackfiles.malformed.base import FIT, GPX, TCX
from tests.trackfiles.malformed.cases import Case, case
from tests.trackfiles.malformed.gpx_cases import gpx_cases
from tests.trackfiles.malformed.other_cases import fit_cases, packed_cases, tcx_cases

SIZE = 500
_GOOD = {"gpx": GPX, "tcx": TCX, "fit": FIT, "gpx.gz": gzip.compress(GPX, mtime=0)}
_CUT = {"gpx": "broken_xml", "tcx": "broken_tcx", "fit": "broken_fit", "gpx.gz": "broken_gzip"}
_MAGIC = (b"", b"<?xml version='1.0'?>", b"<gpx>", b"\x1f\x8b\x08\0", b"\x0e\x20\x54\x08\x40\0\0\0.FIT", b"PK\x03\x04")


def corpus(seed: int = 1) -> list[Case]:
    """The cases of a seed, always `SIZE` of them; the named ones come first."""
    named = [*gpx_cases(), *tcx_cases(), *fit_cases(), *packed_cases()]
    return named + list(islice(_mutations(random.Random(seed)), SIZE - len(named)))


def _mutations(chance: random.Random) -> Iterator[Case]:
    number = 0
    while True:
        number += 1
        kind = chance.choice(list(_GOOD))
        good = _GOOD[kind]
        at = chance.randrange(16, len(good) - 16)
        yield case(f"{number}: {kind} cut at {at}", good[:at], _CUT[kind])
        yield case(f"{number}: {kind} with one bit flipped", _flipped(good, chance, 1))
        yield case(f"{number}: {kind} with 30 bits flipped", _flipped(good, chance, 30))
        end = min(len(good), at + chance.randrange(1, 200))
        yield case(f"{number}: {kind} without bytes {at} to {end}", good[:at] + good[end:])
        yield case(f"{number}: {kind} with bytes {at} to {end} twice", good[:end] + good[at:])
        other = _GOOD[chance.choice(list(_GOOD))]
        yield case(f"{number}: {kind} spliced", good[:at] + other[chance.randrange(len(other)) :])
        yield case(f"{number}: noise", chance.choice(_MAGIC) + chance.randbytes(chance.randrange(400)))


def _flipped(content: bytes, chance: random.Random, count: int) -> bytes:
    changed = bytearray(content)
    for _ in range(count):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)
