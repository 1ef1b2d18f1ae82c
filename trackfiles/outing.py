"""One file as one outing: the facts and features that are kept of it, or the reason it tells nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

import msgspec

from kernel.contracts.activity import SportTag
from kernel.pace import ActivityFeatures
from kernel.pace.features import features_of_paced_route
from kernel.pace.paths import paths_of_recording
from kernel.tracks import BadTrack, FindingCode, NoElevation, Recording, route_from_recording, times_of
from trackfiles.corrections import Correction, CorrectionCode, corrections_of
from trackfiles.movement import only_on_foot, refuse_impossible, refuse_vehicle
from trackfiles.reading import ReadTrack, TrackFormat, read_recording, recording_of
from trackfiles.sports import other_sport_of_word, says_nothing

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
SHORTEST_MOVING_S: Final = 60.0
_CORRECTION_OF: Final[dict[FindingCode, CorrectionCode]] = {"coarse_points": "coarse", "heights_missing": "no_heights"}
COURSE_ALL_THE_SAME: Final = frozenset({"no_time", "several_activities", "vehicle", "impossible_pace"})
"""Codes of files that tell no outing, or not one alone, and may be a good course."""

SportSource: TypeAlias = Literal["named", "file", "movement"]
"""Who said which sport it was: the caller or a table, the file, or nobody, so that the movement decided."""

_NO_PACE: Final = (
    "This recording says nothing about the athlete: it is too short (500 m and a minute of movement are needed), "
    "or its pace is that of no runner or walker."
)


class Outing(msgspec.Struct, frozen=True, tag="outing"):
    """What is kept of one recording: no place, and no more of the file than these numbers.

    `paths` are `Paths.to_bytes()` where they were asked for.

    `digest` is the SHA-256 of the file as it was handed in, of a further outing in it another one; `points` is how many
    points its track has, `sport_word` the file's own word, and `sport_from` says who named the sport. Times are in
    seconds, distances and gain in metres.
    """

    name: str
    digest: str
    format: TrackFormat
    sport: SportTag
    sport_word: str | None
    started_at: datetime
    distance_m: float
    moving_s: float
    elapsed_s: float
    gain_m: float
    points: int
    features: ActivityFeatures
    sport_from: SportSource = "file"
    corrections: tuple[Correction, ...] = ()
    paths: bytes | None = None


class Dropped(msgspec.Struct, frozen=True, tag="dropped"):
    """A file that gave nothing: `code` is a stable token, `sentence` says why and what helps."""

    name: str
    code: str
    sentence: str


def digest_of(content: bytes) -> str:
    """The name of a content, the same wherever it lies: SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


class SaidSport(msgspec.Struct, frozen=True):
    """What is said of a file's sport by others than the file.

    `named` is what the caller or a table knows better than the file; `otherwise` is taken where neither it nor the file
    says. With `trusted` that is so whatever the movement; else, and for a word that nobody knows, only where the
    movement can have been on foot alone.
    """

    named: SportTag | None = None
    otherwise: SportTag | None = None
    trusted: bool = False


UNSAID: Final = SaidSport()


def outing_of(content: bytes, name: str, said: SaidSport = UNSAID) -> Outing:
    """The one outing in a GPX, TCX or FIT file.

    Raises BadTrack as `read_recording` does, and with `no_time`, `no_pace`, `other_sport`, `sport_unknown`,
    `implausible_time`, `vehicle`, `impossible_pace`; NoElevation as `recording_from_track` does.
    """
    return outing_from(read_recording(content, name), name, digest_of(content), said)


def outings_from(
    read: Sequence[ReadTrack | BadTrack], name: str, digest: str, said: SaidSport, path_key: bytes | None = None
) -> list[Outing | Dropped]:
    """The outings of a file that was read, and those that tell nothing, of which one alone is raised as `outing_of`."""
    if len(read) == 1 and isinstance(read[0], ReadTrack):
        return [outing_from(read[0], name, digest, said, path_key)]
    return [_outing_or_not(one, name, _digest_of_further(digest, at), said, path_key) for at, one in enumerate(read)]


def outing_from(
    read: ReadTrack, name: str, digest: str, said: SaidSport = UNSAID, path_key: bytes | None = None
) -> Outing:
    """The same from a track that was read, so that its file need not be held any longer. Raises as `outing_of`."""
    times_of(read.track)
    tag, source = _sport_of(read, said)
    recording = recording_of(read)
    if recording.started_at < EARLIEST:
        raise implausible_time(recording.started_at)
    refuse_vehicle(recording)
    if source == "movement" and not only_on_foot(recording):
        raise BadTrack("sport_unknown", _unknown(read.sport_word))
    route = route_from_recording(recording)
    features = features_of_paced_route(recording, route, tag)
    if not features.usable or recording.moving_time_s < SHORTEST_MOVING_S:
        raise BadTrack("no_pace", _NO_PACE)
    refuse_impossible(features)
    return Outing(
        name=name,
        digest=digest,
        format=read.format,
        sport=tag,
        sport_word=read.sport_word,
        started_at=recording.started_at,
        distance_m=float(recording.distance_m[-1]),
        moving_s=recording.moving_time_s,
        elapsed_s=recording.elapsed_time_s,
        gain_m=route.gain_m,
        points=len(recording.time_s),
        features=features,
        sport_from=source,
        corrections=corrections_of(_corrected(read, recording)),
        paths=None if path_key is None else paths_of_recording(recording, path_key).to_bytes(),
    )


def _corrected(read: ReadTrack, recording: Recording) -> set[CorrectionCode]:
    found: set[CorrectionCode] = {_CORRECTION_OF.get(one.code, "heights") for one in recording.findings}
    return {*read.corrections, *(one.kind for one in recording.cuts), *found}


def _outing_or_not(
    read: ReadTrack | BadTrack, name: str, digest: str, said: SaidSport, path_key: bytes | None
) -> Outing | Dropped:
    try:
        if isinstance(read, BadTrack):
            raise read
        return outing_from(read, name, digest, said, path_key)
    except (BadTrack, NoElevation) as bad:
        return Dropped(name, bad.reason, str(bad))


def _digest_of_further(digest: str, at: int) -> str:
    """Two outings of one file are not the same because the file is."""
    return digest if at == 0 else digest_of(f"{digest}:{at}".encode())


def implausible_time(started_at: datetime) -> BadTrack:
    """The refusal of a recording whose clock was wrong."""
    return BadTrack(
        "implausible_time",
        f"This recording says it started on {started_at:%Y-%m-%d}. Check the clock of the device and the file.",
    )


def _sport_of(read: ReadTrack, said: SaidSport) -> tuple[SportTag, SportSource]:
    if said.named is not None:
        return said.named, "named"
    if read.sport is not None:
        return read.sport, "file"
    if other := other_sport_of_word(read.sport_word):
        raise BadTrack("other_sport", other_sport_sentence(other))
    if said.otherwise is None:
        raise BadTrack(
            "sport_unknown", "The file does not say which sport it is. Add sport=run, trail_run, hike or walk."
        )
    return said.otherwise, "named" if said.trusted and says_nothing(read.sport_word) else "movement"


def other_sport_sentence(other: str) -> str:
    """Why an activity is left out whose word is known."""
    return f"This is {other}; only runs, trail runs, hikes and walks tell a pace on foot."


def _unknown(word: str | None) -> str:
    named = "The file does not say which sport it is" if says_nothing(word) else f"The sport {word!r} is not known"
    return f"{named}, and the movement may be that of a bicycle or a boat. Say which sport it is."
