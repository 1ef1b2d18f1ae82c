"""The one course of a file: tracks that follow each other are one, variants of a race are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np

from kernel.tracks.distance import cumulative_m, step_lengths_m
from kernel.tracks.errors import BadGpx
from kernel.tracks.findings import Figure, Finding
from kernel.tracks.track import FloatArray, Track

_FOLLOWS_M: Final = 500.0
_SAME_LENGTH: Final = 0.02
_SAME_M: Final = 60.0
_LOOKED_AT: Final = 65
_MOST_COMPARED: Final = 50
_MOST_NAMED: Final = 20


class _Piece(NamedTuple):
    """One track of the file: its name, the index of its first point, and one past that of its last."""

    name: str | None
    start: int
    stop: int


def one_course(track: Track, chosen: str | None = None) -> tuple[Track, tuple[Finding, ...]]:
    """The course of a track that a file may tell in several pieces, and what is to be said about the choice.

    Pieces that begin where the one before them ends, and those of one recording, are joined. What is left are variants:
    the one named `chosen` (by its name or its number) is taken, else the longest. Raises BadGpx (`no_such_track`).
    """
    if chosen is not None:
        return _part(track, _named(track, chosen)), ()
    pieces = _pieces(track)
    if len(pieces) < 2 or _is_one_recording(track):
        return track, ()
    courses = _joined(track, pieces)
    different = _different(track, courses)
    longest = max(different, key=lambda piece: round(_length_m(track, piece)))  # of equally long ones the first
    findings = []
    if len(different) > 1:
        numbers = {piece.start: number for number, piece in enumerate(pieces, start=1)}
        names = [_shown(course, numbers[course.start]) for course in different]
        taken = names[different.index(longest)]
        figures: dict[str, Figure] = {
            "count": float(len(different)),
            "name": taken,
            "names": names[:_MOST_NAMED],
        }
        findings.append(Finding("several_courses", figures))
    elif len(courses) > 1:
        findings.append(Finding("same_course_twice", {"count": float(len(courses))}))
    return _part(track, longest), tuple(findings)


def _pieces(track: Track) -> list[_Piece]:
    """The tracks (or routes) of the file that have two points or more."""
    if not track.stretches:
        return []
    begun = [next(parts) for _, parts in groupby(track.stretches, key=lambda stretch: stretch.track)]
    stops = [*(first.start for first in begun[1:]), len(track.lat_deg)]
    pieces = (_Piece(first.name, first.start, stop) for first, stop in zip(begun, stops, strict=True))
    return [piece for piece in pieces if piece.stop - piece.start >= 2]


def _named(track: Track, chosen: str) -> _Piece:
    pieces = _pieces(track) or [_Piece(track.name, 0, len(track.lat_deg))]
    wanted = " ".join(chosen.split()).casefold()
    for piece in pieces:
        if (piece.name or "").casefold() == wanted:
            return piece
    if wanted.isdecimal() and 1 <= int(wanted) <= len(pieces):
        return pieces[int(wanted) - 1]
    names = ", ".join(_shown(piece, number) for number, piece in enumerate(pieces[:_MOST_NAMED], start=1))
    raise BadGpx("no_such_track", f"The file has no track named {chosen!r}; there is {names}.")


def _shown(piece: _Piece, number: int) -> str:
    return piece.name or f"track {number}"


def _part(track: Track, piece: _Piece) -> Track:
    if piece.stop - piece.start == len(track.lat_deg):
        return track

    def of(column: FloatArray | None) -> FloatArray | None:
        return None if column is None else column[piece.start : piece.stop]

    heights = of(track.elevation_m)
    return replace(
        track,
        lat_deg=track.lat_deg[piece.start : piece.stop],
        lon_deg=track.lon_deg[piece.start : piece.stop],
        elevation_m=None if heights is None or not np.isfinite(heights).any() else heights,
        time_s=of(track.time_s),
        at_m=of(track.at_m),
        name=piece.name or track.name,
        stretches=(),
    )


def _is_one_recording(track: Track) -> bool:
    """Whether the clock runs on from piece to piece."""
    time_s = track.time_s
    return time_s is not None and bool((np.diff(time_s) >= 0).all()) and time_s[-1] > time_s[0]


def _joined(track: Track, pieces: Sequence[_Piece]) -> list[_Piece]:
    """The pieces, those that follow each other as one. One that begins where the one before it does is a variant."""
    courses: list[_Piece] = []
    for piece in pieces:
        last = courses[-1] if courses else None
        if last is not None and _apart_m(track, last.stop - 1, piece.start) <= _FOLLOWS_M < _apart_m(
            track, last.start, piece.start
        ):
            courses[-1] = _Piece(last.name, last.start, piece.stop)
        else:
            courses.append(piece)
    return courses


def _different(track: Track, courses: Sequence[_Piece]) -> list[_Piece]:
    """The courses without those that run as one before them does."""
    different: list[_Piece] = []
    for course in courses[:_MOST_COMPARED]:
        if not any(_is_same(track, course, other) for other in different):
            different.append(course)
    return different


def _is_same(track: Track, one: _Piece, other: _Piece) -> bool:
    first_m, second_m = _length_m(track, one), _length_m(track, other)
    if abs(first_m - second_m) > _SAME_LENGTH * max(first_m, second_m):
        return False
    spots = [np.column_stack(_spread(track, piece)) for piece in (one, other)]
    apart_m = [
        float(step_lengths_m(np.array([a[0], b[0]]), np.array([a[1], b[1]]))[0]) for a, b in zip(*spots, strict=True)
    ]
    return max(apart_m) <= max(_SAME_M, _SAME_LENGTH * first_m)


def _spread(track: Track, piece: _Piece) -> tuple[FloatArray, FloatArray]:
    """Latitudes and longitudes at even shares of a piece."""
    lat, lon = track.lat_deg[piece.start : piece.stop], np.unwrap(track.lon_deg[piece.start : piece.stop], period=360.0)
    at_m = cumulative_m(step_lengths_m(lat, lon))
    marks_m = np.linspace(0.0, float(at_m[-1]), _LOOKED_AT)
    return np.interp(marks_m, at_m, lat), np.interp(marks_m, at_m, lon)


def _apart_m(track: Track, one: int, other: int) -> float:
    ends = [one, other]
    return float(step_lengths_m(track.lat_deg[ends], track.lon_deg[ends])[0])


def _length_m(track: Track, piece: _Piece) -> float:
    part = slice(piece.start, piece.stop)
    return float(step_lengths_m(track.lat_deg[part], track.lon_deg[part]).sum())
