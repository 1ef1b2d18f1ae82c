"""Bytes of any kind of activity file in, a track out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np

from kernel.contracts.activity import SportTag
from kernel.tracks import MAX_GPX_BYTES, BadTrack, FloatArray, Recording, Track, read_gpx, recording_from_track
from trackfiles.corrections import CorrectionCode
from trackfiles.fit import is_fit, read_fit
from trackfiles.gzipped import unpacked
from trackfiles.pieces import Piece, pieces_of, whole_piece
from trackfiles.samples import placed, samples_of_track
from trackfiles.sports import sport_of_word
from trackfiles.tcx import is_tcx, read_tcx

TrackFormat = Literal["gpx", "tcx", "fit"]
MAX_FILE_BYTES: Final = MAX_GPX_BYTES
_DISTANCES_AGREE: Final = 0.10
_NEEDED_DISTANCE_SHARE: Final = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class ReadTrack:
    """A track, what kind of file it came in and what sport the file says it is.

    `sport` is None when the file names none on foot; `sport_word` is its own word. `device_distance_m` is the distance
    the device counted at each point of the track (metres, nan where it is missing) and None when there is none;
    `sensors` are further columns of the same length by name. `corrections` are what was put right in reading.
    """

    track: Track
    format: TrackFormat
    sport: SportTag | None
    sport_word: str | None
    device_distance_m: FloatArray | None = None
    sensors: dict[str, FloatArray] = field(default_factory=dict)
    corrections: frozenset[CorrectionCode] = frozenset()


def read_track(content: bytes, name: str) -> ReadTrack:
    """The whole track in a GPX, TCX or FIT file, gzipped or not, be it a course or a recording.

    The content decides what it is; the name only where the content does not say. Raises BadTrack (of which BadGpx is
    one), and nothing else, for any bytes that are no usable track; its `reason` is a stable token.
    """
    kind, content = _known(content, name)
    if kind == "gpx":
        track = read_gpx(content)
        return ReadTrack(track, kind, sport_of_word(track.sport), track.sport)
    samples, parts = read_fit(content) if kind == "fit" else read_tcx(content)
    return _read_piece(whole_piece(samples, parts), kind)


def read_recordings(content: bytes, name: str) -> list[ReadTrack | BadTrack]:
    """The outings in such a file, oldest first, each by itself; of one that cannot be used, why.

    Raises BadTrack as `read_track` does, and `several_activities` for a file of too many.
    """
    kind, content = _known(content, name)
    if kind != "gpx":
        samples, parts = read_fit(content) if kind == "fit" else read_tcx(content)
    else:
        track = read_gpx(content)
        if track.time_s is None:
            return [ReadTrack(track, kind, sport_of_word(track.sport), track.sport)]
        samples, parts = samples_of_track(track)
    pieces = pieces_of(samples, parts)
    return [_read_or_not(piece, kind) for piece in pieces] if len(pieces) > 1 else [_read_piece(pieces[0], kind)]


def read_recording(content: bytes, name: str) -> ReadTrack:
    """The one outing in such a file. Raises BadTrack as above, and `several_activities` for a file of several."""
    read = [one for one in read_recordings(content, name) if isinstance(one, ReadTrack)]
    if len(read) != 1:
        raise several_activities(len(read))
    return read[0]


def several_activities(count: int) -> BadTrack:
    """The refusal of a file of several outings where one is asked for."""
    return BadTrack("several_activities", f"This file holds {count} outings. Export them one by one.")


def recording_of(read: ReadTrack) -> Recording:
    """The recording in the track, along the device's own distance where that can be trusted.

    A device that counts distance leaves out its pauses and the jitter of its receiver, and this is the distance Strava
    reports for the same outing. It is used when it never falls, is known at 95 % of the points, agrees within 10 % with
    the length of the track, and no fix had to be dropped. Raises as `recording_from_track` does.
    """
    recording = recording_from_track(read.track, read.device_distance_m)
    counted_m = recording.counted_m
    if counted_m is None:
        return recording
    known = np.isfinite(counted_m)
    if known.mean() < _NEEDED_DISTANCE_SHARE or (np.diff(counted_m[known]) < 0).any():
        return recording
    filled_m = np.interp(recording.distance_m, recording.distance_m[known], counted_m[known])
    filled_m = np.where(known, counted_m, filled_m) - filled_m[0]
    length_m = float(recording.distance_m[-1])
    if (np.diff(filled_m) < 0).any() or abs(filled_m[-1] - length_m) > _DISTANCES_AGREE * length_m:
        return recording
    return replace(recording, distance_m=filled_m)


def _read_piece(piece: Piece, kind: TrackFormat) -> ReadTrack:
    found = placed(piece.samples, piece.word, is_course=piece.is_course)
    return ReadTrack(
        track=found.track,
        format=kind,
        sport=sport_of_word(piece.word),
        sport_word=piece.word,
        device_distance_m=found.distance_m,
        sensors=found.sensors,
        corrections=piece.corrections,
    )


def _read_or_not(piece: Piece, kind: TrackFormat) -> ReadTrack | BadTrack:
    try:
        return _read_piece(piece, kind)
    except BadTrack as bad:
        return bad


def _known(content: bytes, name: str) -> tuple[TrackFormat, bytes]:
    """What kind of file it is, and its unpacked content. Raises BadTrack."""
    content = unpacked(content, MAX_FILE_BYTES)
    if len(content) > MAX_FILE_BYTES:
        raise BadTrack(
            "too_large", f"The file is larger than {MAX_FILE_BYTES // 1024**2} MiB. Simplify the track first."
        )
    return _format_of(content, name), content


def _format_of(content: bytes, name: str) -> TrackFormat:
    if is_fit(content):
        return "fit"
    if is_tcx(content):
        return "tcx"
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"<") or b"\0" not in head:
        return "gpx"
    return "fit" if name.lower().removesuffix(".gz").endswith(".fit") else "gpx"
