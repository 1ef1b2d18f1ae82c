"""One recording written as GPX, TCX and FIT, as devices write them."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

FIT_EPOCH_S = 631_065_600
SEMICIRCLES_PER_DEG = 2**31 / 180
FIT_SPORTS = {"running": 1, "cycling": 2, "swimming": 5, "walking": 11, "hiking": 17}
TCX_SPACE = "http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"
NO_POSITION = 0x7FFFFFFF


@dataclass(frozen=True, slots=True)
class Point:
    """One sample; `time_s` is epoch seconds."""

    time_s: float
    lat_deg: float | None
    lon_deg: float | None
    ele_m: float | None
    distance_m: float | None = None

    def later(self, seconds: float) -> Point:
        """The same place at another time."""
        return replace(self, time_s=self.time_s + seconds)


def gpx_of(points: Iterable[Point], sport: str = "running") -> bytes:
    rows = "".join(
        f'<trkpt lat="{p.lat_deg:.7f}" lon="{p.lon_deg:.7f}"><ele>{p.ele_m:.2f}</ele>'
        f"<time>{_moment(p.time_s)}</time></trkpt>\n"
        for p in points
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="made up" '
        f'xmlns="http://www.topografix.com/GPX/1/1"><trk><name>Made up</name><type>{sport}</type>'
        f"<trkseg>\n{rows}</trkseg></trk></gpx>"
    ).encode()


def tcx_of(points: Iterable[Point], sport: str = "Running") -> bytes:
    rows, first = [], None
    for p in points:
        first = first if first is not None else p.time_s
        position = (
            ""
            if p.lat_deg is None
            else f"<Position><LatitudeDegrees>{p.lat_deg:.7f}</LatitudeDegrees>"
            f"<LongitudeDegrees>{p.lon_deg:.7f}</LongitudeDegrees></Position>"
        )
        height = "" if p.ele_m is None else f"<AltitudeMeters>{p.ele_m:.2f}</AltitudeMeters>"
        distance = "" if p.distance_m is None else f"<DistanceMeters>{p.distance_m:.2f}</DistanceMeters>"
        rows.append(f"<Trackpoint><Time>{_moment(p.time_s)}</Time>{position}{height}{distance}</Trackpoint>\n")
    begun = _moment(first or 0.0)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<TrainingCenterDatabase xmlns="{TCX_SPACE}"><Activities>'
        f'<Activity Sport="{sport}"><Id>{begun}</Id><Lap StartTime="{begun}"><TotalTimeSeconds>1</TotalTimeSeconds>'
        "<DistanceMeters>1</DistanceMeters><Calories>1</Calories><Intensity>Active</Intensity>"
        f"<TriggerMethod>Manual</TriggerMethod><Track>\n{''.join(rows)}</Track></Lap></Activity></Activities>"
        "</TrainingCenterDatabase>"
    ).encode()


def fit_of(points: Iterable[Point], sport: str = "running", sub_sport: int = 0, *, enhanced: bool = True) -> bytes:
    """A FIT activity: file id, records, one session; heights to 0.2 m, distances to 1 cm, as the protocol has them."""
    altitude = (78, 4, 0x86) if enhanced else (2, 2, 0x84)
    body = definition(0, 0, ((0, 1, 0x00),)) + data(0, "B", 4)
    body += definition(1, 20, ((253, 4, 0x86), (0, 4, 0x85), (1, 4, 0x85), altitude, (5, 4, 0x86)))
    absent = 0xFFFFFFFF if enhanced else 0xFFFF
    for p in points:
        body += data(
            1,
            "IiiII" if enhanced else "IiiHI",
            round(p.time_s - FIT_EPOCH_S),
            NO_POSITION if p.lat_deg is None else round(p.lat_deg * SEMICIRCLES_PER_DEG),
            NO_POSITION if p.lon_deg is None else round(p.lon_deg * SEMICIRCLES_PER_DEG),
            absent if p.ele_m is None else round((p.ele_m + 500) * 5),
            0xFFFFFFFF if p.distance_m is None else round(p.distance_m * 100),
        )
    body += definition(2, 18, ((5, 1, 0x00), (6, 1, 0x00))) + data(2, "BB", FIT_SPORTS.get(sport, 0), sub_sport)
    return fit_file(body)


def definition(local: int, message: int, fields: Iterable[tuple[int, int, int]]) -> bytes:
    fields = tuple(fields)
    return struct.pack("<BBBHB", 0x40 | local, 0, 0, message, len(fields)) + b"".join(
        struct.pack("<BBB", *one) for one in fields
    )


def data(local: int, layout: str, *values: int) -> bytes:
    return struct.pack(f"<B{layout}", local, *values)


def fit_file(body: bytes) -> bytes:
    """Header, body and checksum."""
    header = struct.pack("<BBHI4s", 14, 0x20, 2132, len(body), b".FIT")
    header += struct.pack("<H", crc(header))
    return header + body + struct.pack("<H", crc(header + body))


def crc(content: bytes) -> int:
    """CRC-16 with the polynomial 0xA001, as the FIT protocol has it."""
    value = 0
    for byte in content:
        value = (value >> 8) ^ _CRC_OF_BYTE[(value ^ byte) & 0xFF]
    return value


def _crc_of_byte(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return value


_CRC_OF_BYTE = tuple(map(_crc_of_byte, range(256)))


def _moment(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
