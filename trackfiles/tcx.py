"""TCX through expat: the trackpoints of activities and courses as samples.

Elements count by their names whatever the name space, so that files of both versions are read, and those whose writer
left a sum empty. Numbers are read as strictly as those of a GPX.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from xml.parsers import expat

import numpy as np

from kernel.tracks import BadTrack
from kernel.tracks.gpx_elements import MAX_POINTS
from kernel.tracks.numbers import decimals, instants
from kernel.tracks.points import FEW_NOWHERE
from kernel.tracks.sniff import as_utf8_xml
from kernel.tracks.xml_faults import BadCharacter, fault_in, read_past
from trackfiles.samples import Part, Samples
from trackfiles.xml_caps import refuse_excess

_ROOT: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?TrainingCenterDatabase[\s>]")
_LOOKED_AT: Final = 64 * 1024
_SLICE_BYTES: Final = 256 * 1024
_WANTED: Final = {
    name: index
    for index, name in enumerate(("Time", "LatitudeDegrees", "LongitudeDegrees", "AltitudeMeters", "DistanceMeters"))
}
_HOLDERS: Final = {"Trackpoint", "Position"}
_OLD_SPORTS: Final = {"Running", "Biking", "Other"}
"""Folders of the first version, whose activities are called `Run`."""

_MOST_TAGS_PER_MARK: Final = 20  # each trackpoint opens and closes, and a full one has fifteen elements
_MOST_OTHER_TAGS: Final = 20_000
_MOST_PARTS: Final = 1000
_MOST_LETTERS: Final = 100


class _Trackpoints:
    """What expat calls back; `_path` holds the local name of every open element."""

    def __init__(self) -> None:
        self.texts: list[list[str]] = []
        self.part_of: list[int] = []
        self.resumed: list[bool] = []
        self.parts: list[Part] = []
        self._path: list[str] = []
        self._folder: str | None = None
        self._interrupted = False
        self._at: int | None = None
        self._text: list[str] = []
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def read(self, document: bytes) -> None:
        """Fills the columns. Raises BadTrack, BadCharacter among them."""
        view = memoryview(document)
        try:
            for at in range(0, len(document), _SLICE_BYTES):
                self._parser.Parse(view[at : at + _SLICE_BYTES], False)
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            if isinstance(met := fault_in(document, error), BadCharacter):
                raise met from error
            fault = f"line {error.lineno} is no valid XML, or the file was cut short"
            raise BadTrack("broken_tcx", f"This TCX file is damaged ({fault}). Export it again.") from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        self._path.append(local)
        if local == "Trackpoint":
            self._begin_point()
        elif local in _WANTED and self._path[-2] in _HOLDERS and self.texts:
            self._at, self._text = _WANTED[local], []
            self._parser.CharacterDataHandler = self._text.append
        elif local == "Track":
            self._interrupted = True
        elif local in _OLD_SPORTS and "Sport" not in attributes:
            self._folder = local
        elif local == "Run":
            self._begin_part(Part(_word(self._folder)))
        elif local in {"Activity", "Course"}:
            self._begin_part(Part(_word(attributes.get("Sport")), is_course=local == "Course"))

    def _end(self, _name: str) -> None:
        if self._at is not None:
            self._parser.CharacterDataHandler = None
            self.texts[-1][self._at] = "".join(self._text)[:_MOST_LETTERS]
            self._at = None
        self._path.pop()

    def _begin_part(self, part: Part) -> None:
        if len(self.parts) >= _MOST_PARTS:
            raise BadTrack("oversized_element", "This TCX file has more activities than any real one.")
        self.parts.append(part)

    def _begin_point(self) -> None:
        if len(self.texts) >= MAX_POINTS:
            raise BadTrack("too_many_points", f"The recording has more than {MAX_POINTS:,} points.")
        if not self.parts:
            self.parts.append(Part())
        self.texts.append([""] * len(_WANTED))
        self.part_of.append(len(self.parts) - 1)
        self.resumed.append(self._interrupted)
        self._interrupted = False


def is_tcx(content: bytes) -> bool:
    """Whether this looks like a TCX document: its root's name stands near the beginning."""
    return _ROOT.search(content[:_LOOKED_AT].replace(b"\0", b"")) is not None


def read_tcx(content: bytes) -> tuple[Samples, tuple[Part, ...]]:
    """The samples of the activities and courses in a TCX document.

    Raises BadGpx as `as_utf8_xml` does, and BadTrack: `broken_tcx`, `bad_number`, `too_few_points`, `too_many_points`,
    `oversized_element`.
    """
    document = as_utf8_xml(content)
    _refuse_padding(document)
    refuse_excess(document)
    reader = read_past(_Trackpoints, document)
    return _samples(reader), tuple(reader.parts)


def _refuse_padding(document: bytes) -> None:
    """What is no trackpoint must not be most of it."""
    marks = document.count(b"Trackpoint")
    if marks > 2 * MAX_POINTS:
        raise BadTrack("too_many_points", f"The recording has more than {MAX_POINTS:,} points.")
    if document.count(b"<") > _MOST_OTHER_TAGS + _MOST_TAGS_PER_MARK * marks:
        raise BadTrack("oversized_element", "The file nests or piles up elements as no TCX does.")


def _word(sport: str | None) -> str | None:
    return None if sport in {None, "", "Other"} else sport


def _samples(read: _Trackpoints) -> Samples:
    if not read.texts:
        raise BadTrack("too_few_points", "This TCX file has no trackpoints. Export an activity with its track.")
    times, lat, lon, ele, distance = zip(*read.texts, strict=True)
    lat_deg, lon_deg = decimals(lat), decimals(lon)
    _refuse_unread(lat, lon, np.isfinite(lat_deg) & np.isfinite(lon_deg))
    return Samples(
        time_s=instants(times),
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        elevation_m=decimals(ele),
        distance_m=decimals(distance),
        part=np.array(read.part_of, dtype=np.intp),
        resumed=np.array(read.resumed, dtype=np.bool_),
    )


def _refuse_unread(lat: Sequence[str], lon: Sequence[str], read: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
    written = np.array([bool(a.strip() or b.strip()) for a, b in zip(lat, lon, strict=True)])
    if (unread := written & ~read).sum() > FEW_NOWHERE * len(written):
        raise BadTrack(
            "bad_number",
            f"Point {int(unread.argmax()) + 1} has a latitude or longitude that is no plain decimal number.",
        )
