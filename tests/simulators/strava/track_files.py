"""Small track files, made byte by byte."""

from __future__ import annotations

import struct
from datetime import UTC, datetime


def fit(points: int = 60, *, step_m: int = 6) -> bytes:
    """A minimal FIT recording: one point every 2 s, `step_m` and 1 m up each, with heart rate."""
    fields = ((253, 4, 0x86), (0, 4, 0x85), (1, 4, 0x85), (2, 2, 0x84), (5, 4, 0x86), (3, 1, 0x02))
    body = struct.pack("<BBBHB", 0x40, 0, 0, 20, len(fields)) + b"".join(struct.pack("<BBB", *f) for f in fields)
    for i in range(points):
        lat, lon = (int(degrees * 2**31 / 180) for degrees in (43.2 + i * 5.4e-5, 76.9))
        body += struct.pack("<BIiiHIB", 0, 1_100_000_000 + 2 * i, lat, lon, (900 + i + 500) * 5, 100 * step_m * i, 140)
    return struct.pack("<BBHI4s", 12, 0x10, 2132, len(body), b".FIT") + body + b"\0\0"


def gpx(points: int = 200, *, timed: bool = True) -> bytes:
    """A straight climb due north: 10 m and 1 m up every 5 seconds."""
    rows = "".join(
        f'<trkpt lat="{43.2 + i * 9e-5:.6f}" lon="76.9"><ele>{900 + i}</ele>'
        + (f"<time>{datetime.fromtimestamp(1_780_000_000 + 5 * i, UTC):%Y-%m-%dT%H:%M:%SZ}</time>" if timed else "")
        + "</trkpt>"
        for i in range(points)
    )
    head = '<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">'
    return f"{head}<trk><name>Up</name><trkseg>{rows}</trkseg></trk></gpx>".encode()


def tcx(points: int = 100) -> bytes:
    """A run on the flat in another place and week: 3 m every second."""
    rows = "".join(
        f"<Trackpoint><Time>{datetime.fromtimestamp(1_779_000_000 + i, UTC):%Y-%m-%dT%H:%M:%SZ}</Time><Position>"
        f"<LatitudeDegrees>{43.1 + i * 2.7e-5:.6f}</LatitudeDegrees><LongitudeDegrees>76.8</LongitudeDegrees>"
        f"</Position><AltitudeMeters>800</AltitudeMeters><DistanceMeters>{3 * i}</DistanceMeters></Trackpoint>"
        for i in range(points)
    )
    head = '<?xml version="1.0"?><TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2">'
    lap = '<Activities><Activity Sport="Running"><Id>2026-05-17T06:40:00Z</Id><Lap StartTime="2026-05-17T06:40:00Z">'
    sums = f"<TotalTimeSeconds>{points}</TotalTimeSeconds><DistanceMeters>{3 * points}</DistanceMeters><Track>"
    return f"{head}{lap}{sums}{rows}</Track></Lap></Activity></Activities></TrainingCenterDatabase>".encode()
