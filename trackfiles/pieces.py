"""The outings of a file, told apart: by its parts, and by the hours between them.

| what | becomes |
|---|---|
| nothing was recorded for six hours | two outings |
| another activity of the file, two hours or more later, or at the same time | two outings |
| another activity sooner, of the same sport or of none that is named | one outing |
| another activity sooner, of another sport, one of them not on foot | several sports, as a triathlon |
| some minutes half a year and more before the rest, or after it; one moment alone | a clock that was not set yet |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

import numpy as np

from kernel.tracks import BadTrack, FloatArray
from kernel.tracks.distance import step_lengths_m
from kernel.tracks.motion import nondecreasing
from trackfiles.corrections import CorrectionCode
from trackfiles.samples import Part, Samples, end_to_end, on_earth
from trackfiles.sports import says_nothing, sport_of_word
from trackfiles.timeline import in_order, merged, moments, way_m, with_steady_clock

MOST_OUTINGS: Final = 200
ANOTHER_OUTING_S: Final = 6 * 3600.0
ANOTHER_ACTIVITY_S: Final = 2 * 3600.0
_WRONG_CLOCK_S: Final = 180 * 86_400.0
_STUB_S: Final = 900.0
_STUB_M: Final = 1000.0
_NEXT_TO_M: Final = 200.0
_OVERLAP: Final = 0.1
_SEVERAL_SPORTS: Final = "multisport"


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One outing's samples, its word for the sport, and what had to be put right."""

    samples: Samples
    word: str | None
    is_course: bool = False
    corrections: frozenset[CorrectionCode] = frozenset()

    def corrected(self, *codes: CorrectionCode) -> Piece:
        """The same with more that was put right."""
        return replace(self, corrections=self.corrections.union(codes))


def pieces_of(samples: Samples, parts: Sequence[Part]) -> list[Piece]:
    """The outings, oldest first; a course only where there is no activity.

    Raises BadTrack: `bad_position`, `several_activities` where they are too many.
    """
    samples = on_earth(samples)
    of_activity = np.array([not one.is_course for one in parts], dtype=np.bool_)[samples.part]
    if not of_activity.any():
        return [Piece(samples, parts[0].word, is_course=True)]
    blocks = _blocks([_of_part(samples, number, one) for number, one in enumerate(parts) if not one.is_course])
    pieces = [piece for block in blocks for piece in _by_hours(block)]
    if len(pieces) > MOST_OUTINGS:
        raise BadTrack("several_activities", f"This file holds more than {MOST_OUTINGS} outings. Split it.")
    return pieces if len(pieces) == 1 else [piece.corrected("one_of_several") for piece in pieces]


def whole_piece(samples: Samples, parts: Sequence[Part]) -> Piece:
    """All samples as one, whatever outings there are. Raises BadTrack `bad_position`."""
    samples = on_earth(samples)
    words = {one.word for one in parts if one.word}
    mixed = len(words) > 1 and not all(map(sport_of_word, words))
    word = _SEVERAL_SPORTS if mixed else next((one.word for one in parts if one.word), None)
    return Piece(merged(in_order(samples)), word, is_course=all(one.is_course for one in parts))


def _of_part(samples: Samples, number: int, part: Part) -> Piece:
    here = samples.part == number
    one = samples if here.all() else samples.take(here)
    sorted_ = in_order(one)
    steady = with_steady_clock(sorted_)
    single = merged(steady)
    changed: dict[CorrectionCode, bool] = {
        "order": sorted_ is not one,
        "clock": steady is not sorted_,
        "merged": single is not steady,
    }
    return Piece(single, part.word).corrected(*(code for code, is_so in changed.items() if is_so))


def _blocks(parts: list[Piece]) -> list[Piece]:
    """Parts that are one outing, joined."""
    parts = [one for one in parts if len(one.samples)]
    if any(moments(one.samples) is None for one in parts):
        return [_joined(parts, parts[0].word)] if parts else []
    in_time = sorted(parts, key=lambda one: _span(one)[0])
    blocks: list[Piece] = []
    for part in in_time:
        word = _common_word(blocks[-1], part) if blocks else None
        if blocks and word is not False:
            blocks[-1] = _joined([blocks[-1], part], word)
        else:
            blocks.append(part)
    if in_time != parts and len(blocks) < len(parts):
        blocks = [block.corrected("order") for block in blocks]
    return blocks


def _common_word(earlier: Piece, later: Piece) -> str | Literal[False] | None:
    """The word of the outing that both are, False where they are two."""
    (begin_s, end_s), (later_begin_s, later_end_s) = _span(earlier), _span(later)
    overlap_s = min(end_s, later_end_s) - later_begin_s
    if later_begin_s - end_s >= ANOTHER_ACTIVITY_S or overlap_s > _OVERLAP * min(
        end_s - begin_s, later_end_s - later_begin_s
    ):
        return False
    one, other = (None if says_nothing(piece.word) else piece.word for piece in (earlier, later))
    if one is None or other is None or one == other or (sport_of_word(one) and sport_of_word(other)):
        return one or other
    return _SEVERAL_SPORTS


def _span(piece: Piece) -> tuple[float, float]:
    known = piece.samples.time_s[np.isfinite(piece.samples.time_s)]
    return float(known.min()), float(known.max())


def _joined(pieces: Sequence[Piece], word: str | None) -> Piece:
    if len(pieces) == 1:
        return pieces[0]
    joined = end_to_end([replace(one.samples, resumed=_set_first(one.samples)) for one in pieces])
    return Piece(joined, word, corrections=frozenset().union(*(one.corrections for one in pieces)))


def _set_first(samples: Samples) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    resumed = samples.resumed.copy()
    resumed[:1] = True
    return resumed


def _by_hours(block: Piece) -> list[Piece]:
    at_s = moments(block.samples)
    if at_s is None:
        return [block]
    cuts = np.flatnonzero(np.diff(nondecreasing(at_s)) >= ANOTHER_OUTING_S) + 1
    if not len(cuts):
        return [block]
    edges = [0, *cuts.tolist(), len(at_s)]
    pieces = [replace(block, samples=block.samples.take(np.arange(begin, end))) for begin, end in pairwise(edges)]
    return _with_right_clock(pieces)


def _with_right_clock(pieces: list[Piece]) -> list[Piece]:
    """A stub far from the rest in time is of the outing whose begin or end it leads to; else it is left out."""
    right: list[Piece] = []
    longest = max(range(len(pieces)), key=lambda at: len(pieces[at].samples))
    waiting: Piece | None = None
    for at, piece in enumerate(pieces):
        if at < longest and _is_stub(piece, pieces[at + 1]):
            waiting = piece if waiting is None else _led_to(waiting, piece)
        elif at > longest and _is_stub(piece, pieces[at - 1]):
            right[-1] = _led_to(right[-1], piece, later_is_stub=True)
        else:
            right.append(piece if waiting is None else _led_to(waiting, piece))
            waiting = None
    return right


def _is_stub(piece: Piece, neighbour: Piece) -> bool:
    (begin_s, end_s), (other_begin_s, other_end_s) = _span(piece), _span(neighbour)
    apart_s = max(other_begin_s - end_s, begin_s - other_end_s)
    is_a_moment = end_s == begin_s
    short = end_s - begin_s <= _STUB_S and way_m(piece.samples) <= _STUB_M
    return short and (is_a_moment or apart_s >= _WRONG_CLOCK_S)


def _led_to(earlier: Piece, later: Piece, *, later_is_stub: bool = False) -> Piece:
    """Both as one, the stub's clock set by the other's; the other alone where they do not lie side by side."""
    stub, other = (later, earlier) if later_is_stub else (earlier, later)
    if _apart_m(earlier.samples, later.samples) > _NEXT_TO_M:
        return other.corrected("clock")
    usual_s = _usual_step_s(other.samples.time_s)
    if later_is_stub:
        shift_s = _span(other)[1] + usual_s - _span(stub)[0]
    else:
        shift_s = _span(other)[0] - usual_s - _span(stub)[1]
    set_right = replace(stub, samples=replace(stub.samples, time_s=stub.samples.time_s + shift_s))
    both = [other, set_right] if later_is_stub else [set_right, other]
    return _joined(both, other.word).corrected("clock")


def _apart_m(earlier: Samples, later: Samples) -> float:
    before, after = earlier.take(earlier.has_place), later.take(later.has_place)
    if not (len(before) and len(after)):
        return np.inf
    lat = np.array([before.lat_deg[-1], after.lat_deg[0]])
    return float(step_lengths_m(lat, np.array([before.lon_deg[-1], after.lon_deg[0]]))[0])


def _usual_step_s(time_s: FloatArray) -> float:
    steps_s = np.diff(time_s[np.isfinite(time_s)])
    return float(np.median(steps_s)) if len(steps_s) else 1.0
