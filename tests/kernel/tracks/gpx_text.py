"""GPX documents as text, for tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
START = datetime(2026, 5, 2, 6, 30, tzinfo=UTC)


def point(
    lat: object, lon: object, ele: object = None, time: object = None, inside: str = "", *, tag: str = "trkpt"
) -> str:
    height = "" if ele is None else f"<ele>{ele}</ele>"
    moment = "" if time is None else f"<time>{time}</time>"
    return f'<{tag} lat="{lat}" lon="{lon}">{height}{moment}{inside}</{tag}>\n'


def document(*segments: Iterable[str], before: str = "", name: str = "A walk", head: str = "") -> bytes:
    body = "".join(f"<trkseg>{''.join(segment)}</trkseg>" for segment in segments)
    return (
        (head or DECLARATION) + "\n"
        f'<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1">{before}'
        f"<trk><name>{name}</name>{body}</trk></gpx>"
    ).encode()


def moment(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def walk(count: int = 200, *, heights: Sequence[object] | None = None, timed: bool = True) -> list[str]:
    """A straight walk north of about 11 m and 8 s per step, climbing 1 m per step."""
    return [
        point(
            f"{47 + index * 1e-4:.6f}",
            "8.500000",
            heights[index] if heights is not None else 500 + index,
            moment(8 * index) if timed else None,
        )
        for index in range(count)
    ]
