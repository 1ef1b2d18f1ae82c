"""Past activities on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cli.failure import Refused
from kernel.contracts.activity import SportTag
from kernel.errors import DomainError
from kernel.pace import ActivityFeatures, features_of_recording
from kernel.tracks import read_gpx, recording_from_track

_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file that tells nothing: its name, a stable code and a sentence."""

    name: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Past:
    """What the files said, and which of them said nothing."""

    features: tuple[ActivityFeatures, ...] = ()
    dropped: tuple[Dropped, ...] = ()

    def before(self, moment: datetime) -> Past:
        """Without what happened on the day of `moment` or later."""
        day = moment.timestamp() // _DAY_S
        return Past(tuple(f for f in self.features if f.day < day), self.dropped)


def read_past(paths: Sequence[Path]) -> Past:
    """Every activity in files, folders and archives."""
    sports: dict[str, SportTag] = {"running": "run", "trail_running": "trail_run", "hiking": "hike", "walking": "walk"}
    features, dropped = [], []
    for path in paths:
        if not path.exists():
            raise Refused("file_not_found", f"There is no file or folder {path}.")
        for file in sorted(path.glob("*.gpx")) if path.is_dir() else [path]:
            try:
                track = read_gpx(file.read_bytes())
                features.append(features_of_recording(recording_from_track(track), sports[track.sport or "running"]))
            except DomainError as bad:
                dropped.append(Dropped(file.name, getattr(bad, "reason", "x"), str(bad)))
    return Past(tuple(features), tuple(dropped))
