"""What a forecast was made of, as one digest: two forecasts of one digest say the same."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from kernel.forecast import MODEL, Course, FittedProfile, Question
from kernel.forecast.calibration import Past
from kernel.pace.paths import Paths

_NOTHING: Final = b""


def inputs_hash(
    course: Course, question: Question, profile: FittedProfile | None, past: Past, paths: Paths | None = None
) -> str:
    """SHA-256 of the model, the course with its paths, the question, the profile and what the ledger said.

    64 hexadecimal digits.

    Nothing can be read off it: not where a course lies, nor whose profile it was.
    """
    digest = hashlib.sha256()
    parts = (
        MODEL.encode(),
        course.route.distance_m.tobytes(),
        course.route.elevation_m.tobytes(),
        course.route.segment_length_m.tobytes(),
        _NOTHING if course.route.turn_rad is None else course.route.turn_rad.tobytes(),
        msgspec.json.encode((course.checkpoints, course.place, course.time_zone), order="sorted"),
        msgspec.json.encode((question, past), order="sorted"),
        _NOTHING if profile is None else profile.to_bytes(),
        *(() if paths is None else (paths.to_bytes(),)),
    )
    for part in parts:
        # each with its length, or two neighbours could trade bytes
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
