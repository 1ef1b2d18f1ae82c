"""The elements of a GPX document, as expat calls them out: points, waypoints, names.

No document type, no entities, no network; bounded depth, attributes and counts. Element names count with the root's
prefix, so any namespace or none will do, while foreign elements such as `gpxtpx:time` are passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from xml.parsers import expat

import numpy as np

from kernel.tracks.errors import BadGpx
from kernel.tracks.points import PointColumns, elevations, positions
from kernel.tracks.segments import PlainPoints, next_stretch, plain_markup, plain_points
from kernel.tracks.track import Waypoint

MAX_POINTS: Final = 500_000
MAX_WAYPOINTS: Final = 10_000
MAX_DEPTH: Final = 32
MAX_ATTRIBUTES: Final = 64

_SLICE: Final = 1024 * 1024
_MAX_NAME: Final = 200
_SPOILT: Final = "\N{REPLACEMENT CHARACTER}"
_WRONG_ROOT: Final = {
    "TrainingCenterDatabase": "This is a TCX file, not GPX. Export the activity as GPX.",
    "kml": "This is a KML file, not GPX. Export the route as GPX.",
}
_CUT_SHORT: Final = {
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
}


class GpxElements:
    """What expat calls back; `_path` holds the path of every open element, above an empty one."""

    def __init__(self) -> None:
        self.track, self.route, self.marks = PointColumns(), PointColumns(), PointColumns()
        self.mark_names: list[str] = []
        self.words: dict[str, str] = {}
        self._path = [""]
        self._segment: str | None = None
        self._text: list[str] = []
        self._field_depth = 0
        self._open: dict[str, Callable[[dict[str, str]], None]] = {}
        self._close: Callable[[str], None] = _ignore
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        if hasattr(self._parser, "SetReparseDeferralEnabled"):  # tokens are short here, and handlers must not lag
            self._parser.SetReparseDeferralEnabled(False)
        self._listen(True)
        self._parser.StartDoctypeDeclHandler = _refuse_doctype

    def read(self, document: bytes) -> None:
        """Fill the columns."""
        try:
            if plain_markup(document):
                self._read_stretches(document)
            else:
                self._feed(document, 0, len(document))
            self._parser.Parse(b"", True)
        except expat.ExpatError as met:
            error = _first_error(document, met)
            fate = "ends in the middle, so it was cut short" if error.code in _CUT_SHORT else "is no valid XML"
            raise BadGpx("broken_xml", f"The file {fate} (line {error.lineno}). Export it again.") from met

    def _read_stretches(self, document: bytes) -> None:
        at = 0
        while at < len(document):
            start, end = next_stretch(document, at)
            self._feed(document, at, start)
            plain = plain_points(document[start:end]) if self._path[-1] == self._segment else None
            if plain is None:
                self._feed(document, start, end)
            else:
                self._take(plain)
            at = end

    def _take(self, plain: PlainPoints) -> None:
        """Add points that expat need not see; it checks their extensions, which say nothing here."""
        self._within_limit(self.track, len(plain.lat))
        self.track.extend(plain.lat, plain.lon, plain.ele, plain.time)
        self._listen(False)
        self._parser.Parse(plain.extensions, False)
        self._listen(True)

    def _feed(self, document: bytes, start: int, end: int) -> None:
        """In slices, so that a refusal early in the file ends the work early."""
        view = memoryview(document)
        for at in range(start, end, _SLICE):
            self._parser.Parse(view[at : min(at + _SLICE, end)], False)

    def _listen(self, on: bool) -> None:  # noqa: FBT001 - private and one word
        self._parser.StartElementHandler = self._start if on else None
        self._parser.EndElementHandler = self._end if on else None

    def waypoints(self) -> tuple[Waypoint, ...]:
        """The named places of the file, in its order."""
        if not self.marks.count:
            return ()
        lat, lon = positions(self.marks.lat, self.marks.lon)
        heights = (None if np.isnan(height) else float(height) for height in elevations(self.marks.ele))
        return tuple(map(Waypoint, self.mark_names, lat.tolist(), lon.tolist(), heights))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        path = self._path
        here = f"{path[-1]}/{name}"
        path.append(here)
        if len(path) > MAX_DEPTH or len(attributes) > MAX_ATTRIBUTES:
            raise BadGpx("oversized_element", "The file nests elements or piles up attributes as no GPX does.")
        if self._field_depth:
            self._text.append(_SPOILT)
        elif begin := self._open.get(here):
            begin(attributes)
        elif len(path) == 2:
            self._root(name)

    def _end(self, _name: str) -> None:
        if len(self._path) == self._field_depth:
            self._parser.CharacterDataHandler = None
            self._field_depth = 0
            self._close("".join(self._text))
        self._path.pop()

    def _root(self, name: str) -> None:
        prefix, colon, local = name.rpartition(":")
        if local != "gpx":
            raise BadGpx(
                "html" if local.lower() == "html" else "not_gpx",
                _WRONG_ROOT.get(local, f"The file is XML, but its content is {local[:40]!r} and not GPX."),
            )
        self._segment = f"/{name}/{prefix}{colon}trk/{prefix}{colon}trkseg"
        for where, begin in self._openers().items():
            self._open["".join(f"/{prefix}{colon}{step}" for step in ("gpx", *where.split()))] = begin

    def _openers(self) -> dict[str, Callable[[dict[str, str]], None]]:
        """What to do when an element opens, by the names that lead to it below the root."""
        openers: dict[str, Callable[[dict[str, str]], None]] = {
            "trk trkseg trkpt": self._point_of(self.track),
            "rte rtept": self._point_of(self.route),
            "wpt": self._open_mark,
            "wpt name": self._field(self._name_mark),
            "name": self._field(self._word("file_name")),
            "metadata name": self._field(self._word("file_name")),
        }
        for point, columns in (("trk trkseg trkpt", self.track), ("rte rtept", self.route), ("wpt", self.marks)):
            openers[f"{point} ele"] = self._field(_last(columns.ele))
            openers[f"{point} time"] = self._field(_last(columns.time))
        for line in ("trk", "rte"):
            openers[f"{line} name"] = self._field(self._word("name"))
            openers[f"{line} type"] = self._field(self._word("type"))
        return openers

    def _point_of(self, columns: PointColumns) -> Callable[[dict[str, str]], None]:
        def begin(attributes: dict[str, str]) -> None:
            self._within_limit(columns, 1)
            columns.open(attributes)

        return begin

    def _within_limit(self, columns: PointColumns, more: int) -> None:
        if columns.count + more > MAX_POINTS:
            raise BadGpx("too_many_points", f"The track has more than {MAX_POINTS:,} points. Simplify it first.")

    def _open_mark(self, attributes: dict[str, str]) -> None:
        if self.marks.count >= MAX_WAYPOINTS:
            raise BadGpx("too_many_waypoints", f"The file has more than {MAX_WAYPOINTS:,} waypoints.")
        self.marks.open(attributes)
        self.mark_names.append("")

    def _name_mark(self, text: str) -> None:
        self.mark_names[-1] = _one_line(text)

    def _word(self, key: str) -> Callable[[str], None]:
        return lambda text: self.words.update({key: self.words.get(key) or _one_line(text)})

    def _field(self, close: Callable[[str], None]) -> Callable[[dict[str, str]], None]:
        """A handler that collects the element's text and hands it to `close`."""

        def begin(_attributes: dict[str, str]) -> None:
            self._text.clear()
            self._close = close
            self._field_depth = len(self._path)
            self._parser.CharacterDataHandler = self._text.append

        return begin


def _first_error(document: bytes, met: expat.ExpatError) -> expat.ExpatError:
    """The first error of the whole document: one met after points that expat did not see has another line number."""
    whole = expat.ParserCreate("utf-8")
    try:
        whole.Parse(document, True)
    except expat.ExpatError as error:
        return error
    return met


def _last(column: list[str]) -> Callable[[str], None]:
    def close(text: str) -> None:
        column[-1] = text

    return close


def _one_line(text: str) -> str:
    return " ".join(text.replace(_SPOILT, " ").split())[:_MAX_NAME]


def _ignore(_text: str) -> None: ...


def _refuse_doctype(name: str, _system: str | None, _public: str | None, _internal: bool) -> None:  # noqa: FBT001 - expat's signature
    raise BadGpx("dtd_forbidden", f"The file carries a document type ({name[:40]}), which GPX never needs.")
