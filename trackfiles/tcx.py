"""TCX through tcxreader: the trackpoints of an activity as samples.

The document is checked before the library sees it (no document type, no entities, bounded tokens), and the numbers in
it are read as strictly as those of a GPX: the library would take `nan`, `1_0.5` and digits of other scripts.
"""

from __future__ import annotations

import contextlib
import io
import re
from datetime import UTC, datetime
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import numpy as np
from tcxreader.tcxreader import GARMIN_XML_SCHEMA, TCXReader

from kernel.tracks import BadTrack
from kernel.tracks.gpx_elements import MAX_POINTS
from kernel.tracks.numbers import decimals, instants
from kernel.tracks.sniff import as_utf8_xml
from trackfiles.samples import Samples

_ROOT: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?TrainingCenterDatabase[\s>]")
_ACTIVITY: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?Activity[\s>]")
_LOOKED_AT: Final = 64 * 1024
_DECLARATION: Final = re.compile(rb"<\?xml[^>]*\?>")
_WANTED: Final = {
    f"{GARMIN_XML_SCHEMA}{name}": index
    for index, name in enumerate(("Time", "LatitudeDegrees", "LongitudeDegrees", "AltitudeMeters", "DistanceMeters"))
}
_POSITION: Final = f"{GARMIN_XML_SCHEMA}Position"
_MOST_TAGS_PER_MARK: Final = 20  # each trackpoint opens and closes, and a full one has fifteen elements
_MOST_OTHER_TAGS: Final = 20_000
_SOME_MOMENT: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TROUBLE: Final = (ParseError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class _Trackpoints(TCXReader):  # type: ignore[misc]  # the library has no types
    """The library's walk through activities and laps, with every trackpoint kept as it is written."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[list[str]] = []

    def trackpoint_parser(self, tcx_point: Any, trackpoint: Any) -> None:
        """Keeps the texts of one point; the library gets a moment, because it computes with it."""
        if len(self.texts) >= MAX_POINTS:
            raise BadTrack("too_many_points", f"The recording has more than {MAX_POINTS:,} points.")
        tcx_point.time = _SOME_MOMENT
        texts = [""] * len(_WANTED)
        for element in trackpoint:
            for leaf in element if element.tag == _POSITION else (element,):
                if (index := _WANTED.get(leaf.tag)) is not None:
                    texts[index] = leaf.text or ""
        self.texts.append(texts)


def is_tcx(content: bytes) -> bool:
    """Whether this looks like a TCX document: its root's name stands near the beginning."""
    return _ROOT.search(content[:_LOOKED_AT].replace(b"\0", b"")) is not None


def read_tcx(content: bytes) -> tuple[Samples, str | None]:
    """The samples of the activity in a TCX document and its word for the sport.

    Raises BadGpx as `as_utf8_xml` does, and BadTrack: `broken_tcx`, `bad_number`, `too_few_points`,
    `too_many_points`, `oversized_element`, `several_activities`.
    """
    document = _DECLARATION.sub(b"", as_utf8_xml(content), count=1)
    _refuse_padding(document)
    _refuse_several(document)
    reader = _Trackpoints()
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # the library prints what it cannot compute
            exercise = reader.read(io.BytesIO(document), only_gps=False)
    except _TROUBLE as error:
        raise BadTrack("broken_tcx", f"This TCX file is damaged ({_shown(error)}). Export it again.") from error
    word = getattr(exercise, "activity_type", None)
    return _samples(reader.texts), None if word in {None, "", "Other"} else str(word)


def _refuse_padding(document: bytes) -> None:
    """The library builds the whole tree, so what is no trackpoint must not be most of it."""
    marks = document.count(b"Trackpoint")
    if marks > 2 * MAX_POINTS:
        raise BadTrack("too_many_points", f"The recording has more than {MAX_POINTS:,} points.")
    if document.count(b"<") > _MOST_OTHER_TAGS + _MOST_TAGS_PER_MARK * marks:
        raise BadTrack("oversized_element", "The file nests or piles up elements as no TCX does.")


def _refuse_several(document: bytes) -> None:
    """The library would join the outings of a whole season into one."""
    if (count := len(_ACTIVITY.findall(document))) > 1:
        raise BadTrack("several_activities", f"This TCX file holds {count} activities. Export them one by one.")


def _shown(error: Exception) -> str:
    if isinstance(error, ParseError):
        return f"line {error.position[0]} is no valid XML, or the file was cut short"
    return "an activity or a lap in it is not written as TCX asks"


def _samples(texts: list[list[str]]) -> Samples:
    if not texts:
        raise BadTrack("too_few_points", "This TCX file has no trackpoints. Export an activity with its track.")
    times, lat, lon, ele, distance = zip(*texts, strict=True)
    lat_deg, lon_deg = decimals(lat), decimals(lon)
    written = np.array([bool(a.strip() or b.strip()) for a, b in zip(lat, lon, strict=True)])
    if (unread := written & ~(np.isfinite(lat_deg) & np.isfinite(lon_deg))).any():
        raise BadTrack(
            "bad_number",
            f"Point {int(unread.argmax()) + 1} has a latitude or longitude that is no plain decimal number.",
        )
    return Samples(
        time_s=instants(times),
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        elevation_m=decimals(ele),
        distance_m=decimals(distance),
    )
