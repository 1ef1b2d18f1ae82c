"""What had to be put right in a recording before it told an outing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Literal, TypeAlias, get_args

import msgspec

CorrectionCode: TypeAlias = Literal[
    "order", "merged", "clock", "transfer", "vehicle", "heights", "no_heights", "coarse", "one_of_several"
]

CORRECTION_SENTENCES: Final[dict[CorrectionCode, str]] = {
    "order": "Its points were out of order and were sorted by time.",
    "merged": "Position, distance and the rest were recorded apart and were put together.",
    "clock": "The clock was wrong in a part of it; that part was moved to where it belongs, or left out.",
    "transfer": "Recording stopped in one place and went on in another; what lies between is not counted.",
    "vehicle": "A part of it was not on foot (a car, a train, a lift) and was cut out.",
    "heights": "Heights that no ground can have were left out or moved to fit.",
    "no_heights": "It tells no heights along a part of the way; they were filled in from those around.",
    "coarse": "Its points lie far apart; the bends between them were reckoned with.",
    "one_of_several": "The file holds several outings; this is one of them.",
}


class Correction(msgspec.Struct, frozen=True):
    """`code` is a stable token, `message` a sentence."""

    code: str
    message: str


def corrections_of(codes: Collection[CorrectionCode]) -> tuple[Correction, ...]:
    """With their sentences, in the order in which they are made."""
    return tuple(Correction(code, CORRECTION_SENTENCES[code]) for code in get_args(CorrectionCode) if code in codes)
