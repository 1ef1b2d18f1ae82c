"""The parts in which a file has its points, collected while it is read: tracks, and segments of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

from kernel.tracks.errors import BadGpx
from kernel.tracks.track import Stretch

MAX_STRETCHES: Final = 100_000


class StretchList:
    """Parts of tracks, or of routes; the words of a track may come before its points or after them."""

    def __init__(self) -> None:
        self._all: list[Stretch] = []

    def begin_track(self, start: int) -> None:
        """Another track begins with the point of this index. Raises BadGpx, as do the others."""
        self._add(Stretch(start, self._all[-1].track + 1 if self._all else 0))

    def begin_segment(self, start: int) -> None:
        """Another segment of the same track."""
        current = self._all[-1]
        if start > current.start:
            self._add(replace(current, start=start))

    def say(self, field: Literal["name", "sport"], word: str) -> None:
        """The track that is being read has this word."""
        at = len(self._all) - 1
        while at >= 0 and self._all[at].track == self._all[-1].track:
            one = self._all[at]
            self._all[at] = replace(one, name=word) if field == "name" else replace(one, sport=word.lower())
            at -= 1

    def of(self, count: int) -> tuple[Stretch, ...]:
        """Those that have points, of which there are `count` in all."""
        ends = [*(one.start for one in self._all[1:]), count]
        return tuple(one for one, end in zip(self._all, ends, strict=True) if one.start < end)

    def _add(self, stretch: Stretch) -> None:
        if len(self._all) >= MAX_STRETCHES:
            raise BadGpx("oversized_element", "The file has more tracks and segments than any GPX does.")
        self._all.append(stretch)
