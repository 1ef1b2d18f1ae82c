"""Files someone might have on their machine, made up."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

_METRES_PER_DEGREE = 111_195.0
_STEP_M = 25.0
DAY_ONE = datetime(2026, 3, 1, 7, tzinfo=UTC)


def height_m(at_m: float, climb_m: float) -> float:
    return 800.0 + climb_m * math.sin(at_m / 700.0) + 0.4 * climb_m * math.sin(at_m / 190.0)


def gpx(
    *,
    length_m: float = 6_000.0,
    climb_m: float = 60.0,
    pace_s_per_km: float | None = None,
    started_at: datetime = DAY_ONE,
    stop_at_m: float | None = None,
    stop_s: float = 0.0,
    sport: str | None = "running",
    name: str = "Made-up hills",
    lat_deg: float = 43.0,
    with_elevation: bool = True,
) -> bytes:
    """A straight GPX track over hills; with a pace it is a recording, slower uphill, with a stop if wanted."""
    points, clock_s, before_m = [], 0.0, height_m(0.0, climb_m)
    for index in range(int(length_m / _STEP_M) + 1):
        at_m = index * _STEP_M
        here_m = height_m(at_m, climb_m)
        if pace_s_per_km is not None and index:
            clock_s += _STEP_M / 1000 * pace_s_per_km * math.exp(3.0 * max(-0.1, (here_m - before_m) / _STEP_M))
        before_m = here_m
        place = f'lat="{lat_deg + at_m / _METRES_PER_DEGREE:.7f}" lon="77.0000000"'
        ele = f"<ele>{here_m:.2f}</ele>" if with_elevation else ""
        for moment_s in _passing(clock_s, stop_s if at_m == stop_at_m else 0.0):
            time = f"<time>{_text(started_at, moment_s)}</time>" if pace_s_per_km is not None else ""
            points.append(f"<trkpt {place}>{ele}{time}</trkpt>")
            clock_s = moment_s
    kind = f"<type>{sport}</type>" if sport else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><gpx version="1.1" creator="tests" '
        'xmlns="http://www.topografix.com/GPX/1/1">'
        f"<trk><name>{name}</name>{kind}<trkseg>{''.join(points)}</trkseg></trk></gpx>"
    ).encode()


def history_folder(folder: Path, count: int = 8, pace_s_per_km: float = 330.0) -> Path:
    """A folder of recordings on different days."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in _outings(count, pace_s_per_km):
        (folder / name).write_bytes(content)
    return folder


def export_zip(path: Path, count: int = 8, pace_s_per_km: float = 330.0) -> Path:
    """The same as Strava's bulk export."""
    head = "Activity ID,Activity Date,Activity Name,Activity Type,Elapsed Time,Distance,Filename"
    rows = [head]
    with zipfile.ZipFile(path, "w") as archive:
        for number, (name, content) in enumerate(_outings(count, pace_s_per_km)):
            archive.writestr(f"activities/{name}", content)
            day = DAY_ONE + timedelta(days=2 * number)
            rows.append(f'{number},"{day:%b %d, %Y, %I:%M:%S %p}",Out {number},Run,2000,6.0,activities/{name}')
        archive.writestr("activities.csv", "\n".join(rows))
    return path


def _outings(count: int, pace_s_per_km: float) -> Iterator[tuple[str, bytes]]:
    for number in range(count):
        length_m, pace = 5_000.0 + 500.0 * (number % 5), pace_s_per_km + 6.0 * (number % 4)
        day = DAY_ONE + timedelta(days=2 * number)
        yield f"{number:03d}.gpx", gpx(length_m=length_m, climb_m=30.0, pace_s_per_km=pace, started_at=day)


def _passing(clock_s: float, stop_s: float) -> list[float]:
    return [clock_s, clock_s + stop_s] if stop_s else [clock_s]


def _text(started_at: datetime, after_s: float) -> str:
    return (started_at + timedelta(seconds=after_s)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
