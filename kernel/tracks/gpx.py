"""GPX 1.0 and 1.1 in, a Track out."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernel.tracks.errors import BadGpx
from kernel.tracks.gpx_elements import GpxElements
from kernel.tracks.points import time_fault
from kernel.tracks.sniff import as_utf8_xml
from kernel.tracks.track import Track
from kernel.tracks.xml_faults import read_past

MAX_GPX_BYTES: Final = 50 * 1024 * 1024


def read_gpx(content: bytes) -> Track:
    """The track in a GPX file: its tracks, all segments joined, or its routes when it has no track.

    Raises BadGpx, and nothing else, for any bytes that are no usable track.
    """
    if len(content) > MAX_GPX_BYTES:
        raise BadGpx("too_large", f"The file is larger than {MAX_GPX_BYTES // 1024**2} MiB. Simplify the track first.")
    reader = read_past(GpxElements, as_utf8_xml(content))
    points, parts = (reader.track, reader.tracks) if reader.track.count > 1 else (reader.route, reader.routes)
    if points.count < 2:
        raise BadGpx("too_few_points", _too_few(reader, max(points.count, reader.track.count)))
    lat_deg, lon_deg, elevation_m, time_s = points.arrays()
    if not (np.ptp(lat_deg) or np.ptp(lon_deg)):
        raise BadGpx("zero_length", "All points of this track are the same place. Choose the file of the whole route.")
    return Track(
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        elevation_m=elevation_m,
        time_s=time_s,
        name=reader.words.get("name") or reader.words.get("file_name"),
        waypoints=reader.waypoints(),
        sport=reader.words.get("type", "").lower() or None,
        stretches=parts.of(points.count),
        time_fault=time_fault(time_s, told=points.tells_times, read=points.reads_times),
    )


def _too_few(reader: GpxElements, count: int) -> str:
    if count == 1:
        return "The track has a single point; a route needs at least two."
    if reader.marks.count:
        return "The file has only waypoints. Export the track or the route itself as GPX."
    return "The file is GPX but has no track and no route in it. Export the track itself as GPX."
