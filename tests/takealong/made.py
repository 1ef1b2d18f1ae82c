"""Answers to take along, made by the real kernel of made-up courses."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from kernel.contracts.prediction import AskedCourse, CheckpointRequest, Prediction
from kernel.forecast import Question, ask, course_of, forecast_to_wire
from kernel.tracks import Track
from kernel.tracks.track import FloatArray
from takealong.course import Ground, ground_of_track

_METRES_PER_DEGREE = 111_195.0
NAMES = ("Озеро Большое", "Checkpoint with a name longer than any sheet is wide", "$x_1$ <b>&", "산장")


def loop(length_m: float = 21_000.0, climb_m: float = 160.0, lat_deg: float = 46.0, lon_deg: float = 7.7) -> Track:
    """A crooked loop over hills."""
    count = max(40, round(length_m / 25))
    turn = np.linspace(0.0, 2 * math.pi, count)
    radius_m = length_m / (2 * math.pi) / 1.12 * (1 + 0.18 * np.sin(5 * turn) + 0.03 * np.sin(31 * turn))
    lat = lat_deg + radius_m * np.sin(turn) / _METRES_PER_DEGREE
    lon = lon_deg + radius_m * np.cos(turn) / _METRES_PER_DEGREE / math.cos(math.radians(lat_deg))
    return Track((lat), (lon + 180.0) % 360.0 - 180.0, _heights(turn, climb_m), None)


def camps(count: int, length_m: float) -> tuple[CheckpointRequest, ...]:
    """Checkpoints with names as people give them, every second one with a cutoff."""
    return tuple(
        CheckpointRequest(
            f"{NAMES[i % len(NAMES)]} {i}", (i + 1) * length_m / (count + 1), 120.0, 3600.0 * (i + 1) if i % 2 else None
        )
        for i in range(count)
    )


def told(track: Track | None = None, name: str = "Lake loop", **asked: object) -> tuple[Prediction, Ground]:
    """The answer for a course, and the ground it is about."""
    track = loop() if track is None else track
    course, track = course_of(track)
    forecast = ask(course, Question(**asked), None)  # type: ignore[arg-type]
    told_by = AskedCourse(name=name, route_id=None, race_id=None, distance_id=None)
    prediction = msgspec.structs.replace(forecast_to_wire(forecast, "1"), course=told_by)
    return prediction, ground_of_track(name, track, course.route)


def _heights(turn: FloatArray, climb_m: float) -> FloatArray:
    return 900.0 + climb_m * np.sin(3 * turn) + 0.3 * climb_m * np.sin(17 * turn)
