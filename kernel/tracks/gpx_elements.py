"""The elements of a GPX document, as expat calls them out: points, waypoints, names.

No document type, no entities, no network; bounded depth, attributes and counts. Element names count with the root's
prefix, so any namespace or none will do, while foreign elements such as `gpxtpx:time` are passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal
from xml.parsers import expat

import numpy as np

from kernel.tracks.errors import BadGpx
from kernel.tracks.points import PointColumns, elevations, positions_read
from kernel.tracks.segments import PlainPoints, next_stretch, plain_markup, plain_points
from kernel.tracks.sniff import LONGEST_TOKEN
from kernel.tracks.stretches import StretchList
from kernel.tracks.track import Waypoint
from kernel.tracks.xml_faults import fault_in

MAX_POINTS: Final = 500_000
MAX_WAYPOINTS: Final = 10_000
MAX_DEPTH: Final = 32
MAX_ATTRIBUTES: Final = 64
MAX_NAMES: Final = 1000
"""Distinct names of elements and attributes; the richest real files have a few dozen."""

_SHAPE: Final = ":rpt"
"""Garmin's planners write what lies between two points of a route as extensions of the first one."""

_SLICE: Final = 256 * 1024
_MAX_NAME: Final = 200
_SPOILT: Final = "\N{REPLACEMENT CHARACTER}"
_WRONG_ROOT: Final = {
    "TrainingCenterDatabase": "This is a TCX file, not GPX. Export the activity as GPX.",
    "kml": "This is a KML file, not GPX. Export the route as GPX.",
}


class GpxElements:
    """What expat calls back; `_path` holds the path of every open element, above an empty one."""

    def __init__(self) -> None:
        self.track, self.route, self.marks = PointColumns(), PointColumns(), PointColumns()
        self.tracks, self.routes = StretchList(), StretchList()
        self.mark_names: list[str] = []
        self.words: dict[str, str] = {}
        self._path = [""]
        self._segment: str | None = None
        self._route_point = "/"
        self._text: list[str] = []
        self._field_depth = 0
        self._open: dict[str, Callable[[dict[str, str]], None]] = {}
        self._close: Callable[[str], None] = _ignore
        self._names: dict[str, str] = {}
        seen: dict[str, dict[str, str]] = {}
        self._passed_over: Callable[[str, dict[str, str]], object] = seen.setdefault  # no cheaper one can be had
        self._fed_bytes = 0
        self._parser = expat.ParserCreate("utf-8", intern=self._names)
        self._parser.buffer_text = True
        if hasattr(self._parser, "SetReparseDeferralEnabled"):  # tokens are short here, and handlers must not lag
            self._parser.SetReparseDeferralEnabled(False)
        self._listen()
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
            raise fault_in(document, met) from met

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
        self._parser.StartElementHandler = self._passed_over  # for expat gives names only to who asks for them
        self._parser.EndElementHandler = None
        self._feed(plain.extensions, 0, len(plain.extensions))
        self._listen()

    def _feed(self, document: bytes, start: int, end: int) -> None:
        """In slices, so that a refusal early in the file ends the work early."""
        view = memoryview(document)
        for at in range(start, end, _SLICE):
            piece = view[at : min(at + _SLICE, end)]
            self._parser.Parse(piece, False)
            self._fed_bytes += len(piece)
            # expat reads an unfinished token from its beginning at each slice, and keeps each new name for good
            unfinished_bytes = self._fed_bytes - self._parser.CurrentByteIndex
            if len(self._names) > MAX_NAMES or unfinished_bytes > LONGEST_TOKEN + _SLICE:
                raise _oversized()

    def _listen(self) -> None:
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def waypoints(self) -> tuple[Waypoint, ...]:
        """The named places of the file, in its order; those that lie nowhere are none."""
        if not self.marks.count:
            return ()
        lat, lon = positions_read(self.marks.lat, self.marks.lon)
        heights = (None if np.isnan(height) else float(height) for height in elevations(self.marks.ele))
        places = map(Waypoint, self.mark_names, lat.tolist(), lon.tolist(), heights)
        return tuple(place for place, somewhere in zip(places, np.isfinite(lat), strict=True) if somewhere)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        path = self._path
        here = f"{path[-1]}/{name}"
        path.append(here)
        if len(path) > MAX_DEPTH or len(attributes) > MAX_ATTRIBUTES:
            raise _oversized()
        if self._field_depth:
            self._text.append(_SPOILT)
        elif begin := self._open.get(here):
            begin(attributes)
        elif len(path) == 2:
            self._root(name)
        elif name.endswith(_SHAPE) and here.startswith(self._route_point):
            self._point_of(self.route)(attributes)

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
        self._route_point = f"/{name}/{prefix}{colon}rte/{prefix}{colon}rtept/"
        for where, begin in self._openers().items():
            self._open["".join(f"/{prefix}{colon}{step}" for step in ("gpx", *where.split()))] = begin

    def _openers(self) -> dict[str, Callable[[dict[str, str]], None]]:
        """What to do when an element opens, by the names that lead to it below the root."""
        openers: dict[str, Callable[[dict[str, str]], None]] = {
            "trk": lambda _: self.tracks.begin_track(self.track.count),
            "trk trkseg": lambda _: self.tracks.begin_segment(self.track.count),
            "rte": lambda _: self.routes.begin_track(self.route.count),
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
        for line, stretches in (("trk", self.tracks), ("rte", self.routes)):
            openers[f"{line} name"] = self._field(self._word_of("name", stretches))
            openers[f"{line} type"] = self._field(self._word_of("sport", stretches))
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

    def _word_of(self, field: Literal["name", "sport"], stretches: StretchList) -> Callable[[str], None]:
        """The first of these words is the file's, each is that of its track."""
        of_file = self._word("type" if field == "sport" else field)

        def close(text: str) -> None:
            of_file(text)
            stretches.say(field, _one_line(text))

        return close

    def _field(self, close: Callable[[str], None]) -> Callable[[dict[str, str]], None]:
        """A handler that collects the element's text and hands it to `close`."""

        def begin(_attributes: dict[str, str]) -> None:
            self._text.clear()
            self._close = close
            self._field_depth = len(self._path)
            self._parser.CharacterDataHandler = self._text.append

        return begin


def _oversized() -> BadGpx:
    return BadGpx("oversized_element", "The file nests elements, or piles up names or text, as no GPX does.")


def _last(column: list[str]) -> Callable[[str], None]:
    def close(text: str) -> None:
        column[-1] = text

    return close


def _one_line(text: str) -> str:
    return " ".join(text.replace(_SPOILT, " ").split())[:_MAX_NAME]


def _ignore(_text: str) -> None: ...


def _refuse_doctype(name: str, _system: str | None, _public: str | None, _internal: bool) -> None:  # noqa: FBT001 - expat's signature
    raise BadGpx("dtd_forbidden", f"The file carries a document type ({name[:40]}), which GPX never needs.")
