"""Activity files of any kind: GPX, TCX and FIT, each also gzipped, alone, in folders and in archives."""

from __future__ import annotations

from trackfiles.reading import MAX_FILE_BYTES, ReadTrack, read_track, recording_of
from trackfiles.sports import other_sport_of_word

__all__ = [
    "MAX_FILE_BYTES",
    "ReadTrack",
    "other_sport_of_word",
    "read_track",
    "recording_of",
]
