"""Files that are made to cost their reader much more than they cost their sender, and one that is merely large."""

from __future__ import annotations

import gzip
import struct
from functools import cache

POINTS_OF_50_MB = 500_000


@cache
def empty_members(size_bytes: int) -> bytes:
    """A gzip of about so many bytes that holds nothing, a great many times."""
    member = gzip.compress(b"", mtime=0)
    return member * (size_bytes // len(member))


@cache
def distinct_names(count: int) -> bytes:
    """A GPX in which no element has the name of another."""
    return b"<gpx>" + b"".join(b"<a%d/>" % number for number in range(count)) + b"</gpx>"


@cache
def big_gpx(points: int = POINTS_OF_50_MB) -> bytes:
    """A valid course, of some hundred bytes a point: 50 MB as it stands."""
    lines = (
        b'<trkpt lat="%.7f" lon="%.7f"><ele>%.1f</ele><time>2026-06-01T%02d:%02d:%02dZ</time></trkpt>\n'
        % (43 + 1e-6 * n, 77 + 1e-6 * n, 1500 + 200 * (n % 5000) / 5000, n // 21600, n // 360 % 60, n // 6 % 60)
        for n in range(points)
    )
    head = b'<?xml version="1.0"?><gpx version="1.1" creator="edge"><trk><type>running</type><trkseg>\n'
    return head + b"".join(lines) + b"</trkseg></trk></gpx>"


def zip64_decoy() -> bytes:
    """An archive whose classic end says one entry, and whose ZIP64 record says four thousand million."""
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 4 * 10**9, 4 * 10**9, 10**12, 0)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, 0, 1)
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, 46, 0, 0)
    return record + locator + end
