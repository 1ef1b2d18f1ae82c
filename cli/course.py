"""A route file on this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.failure import Refused, not_readable
from kernel.tracks import (
    MAX_GPX_BYTES,
    BadGpx,
    NoElevation,
    Recording,
    RouteGeometry,
    Track,
    read_gpx,
    recording_from_track,
    route_from_track,
)

UNNAMED: Final = "Your course"


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What was read: the track with its places, and the shape a forecast needs."""

    name: str
    track: Track
    route: RouteGeometry


def read_course(path: Path) -> Course:
    """The route in a GPX file. Raises Refused: `file_*`, `bad_gpx` or `no_elevation`."""
    with _named(path):
        track = read_gpx(content_of(path))
        route = route_from_track(track)
    return Course(" ".join((track.name or path.stem).split()) or UNNAMED, track, route)


def read_recording(path: Path) -> Recording:
    """The activity in a GPX file with times. Raises Refused as `read_course` does."""
    with _named(path):
        return recording_from_track(read_gpx(content_of(path)))


def content_of(path: Path) -> bytes:
    """The bytes of a file, one more than allowed at most. Raises Refused when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_GPX_BYTES + 1)
    except OSError as error:
        raise not_readable(path, error) from error


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """What is wrong with a file, with its name."""
    try:
        yield
    except BadGpx as bad:
        raise Refused("bad_gpx", f"{path}: {bad}") from bad
    except NoElevation as missing:
        raise Refused("no_elevation", f"{path}: {missing}") from missing
