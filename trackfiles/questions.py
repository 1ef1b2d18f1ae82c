"""What children are asked and what they answer: plain data, so that nothing a child says can be more than data.

A further kind of question is a class here, one in `Question`, one for its answer in `Answer`, and a line in
`trackfiles/answers.py`.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from kernel.contracts.activity import SportTag
from kernel.contracts.prediction import PredictRequest
from trackfiles.course import DrawnCourse
from trackfiles.outing import UNSAID, Dropped, Outing, SaidSport
from trackfiles.reading import MAX_FILE_BYTES
from trackfiles.tarred import TarMember
from trackfiles.zipped import Archive, Member

_SMALL_BYTES: Final = 1024**2
_LISTING_BYTES: Final = 64 * 1024**2


class Content(msgspec.Struct, frozen=True, tag=True):
    """A file that is small and at hand."""

    content: bytes


class File(msgspec.Struct, frozen=True, tag=True):
    """A file by its path, which the child opens itself."""

    path: str


class Packed(msgspec.Struct, frozen=True, tag=True):
    """A file in a ZIP or TAR archive, found by what the archive's list said of it."""

    archive: Archive
    member: Member | TarMember


Source: TypeAlias = Content | File | Packed


class ReadOuting(msgspec.Struct, frozen=True, tag=True):
    """The one outing in a file, as `outing_of` takes it; `keep` also asks for what is stored of the file itself.

    With the `path_key` of an athlete also for its paths under that key.
    """

    source: Source
    name: str
    said: SaidSport = UNSAID
    keep: bool = False
    path_key: bytes | None = None


class ReadOutings(msgspec.Struct, frozen=True, tag=True):
    """All outings in a file; `path_key` as in `ReadOuting`."""

    source: Source
    name: str
    said: SaidSport = UNSAID
    path_key: bytes | None = None


class DrawCourse(msgspec.Struct, frozen=True, tag=True):
    """The course in a file; of several tracks the one `chosen` by its name or number, else the longest."""

    source: Source
    chosen: str | None = None


class ReadPredictRequest(msgspec.Struct, frozen=True, tag=True):
    """A request for a prediction in JSON that is too large to be read beside other requests."""

    path: str


class ListArchive(msgspec.Struct, frozen=True, tag=True):
    """What there is to read in a ZIP or TAR archive, which is called `shown` in the names of entries."""

    archive: Archive
    shown: str


class CheckArchive(msgspec.Struct, frozen=True, tag=True):
    """Whether a file is a ZIP archive whose list can be read."""

    archive: Archive


class DigestFile(msgspec.Struct, frozen=True, tag=True):
    """The SHA-256 of a file's content."""

    source: Source


Question: TypeAlias = (
    ReadOuting | ReadOutings | DrawCourse | ReadPredictRequest | ListArchive | CheckArchive | DigestFile
)


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The file gives nothing, for this reason. `lacks_elevation` tells NoElevation from BadTrack."""

    code: str
    sentence: str
    lacks_elevation: bool = False


class Kept(msgspec.Struct, frozen=True):
    """What is stored of a file: itself gzipped, the SHA-256 of its unpacked content, and whether Strava made it."""

    packed: bytes
    digest: str
    made_by_strava: bool


class OutingRead(msgspec.Struct, frozen=True, tag=True):
    """The outing, and the file itself where it was asked for."""

    outing: Outing
    kept: Kept | None = None


class OutingsRead(msgspec.Struct, frozen=True, tag=True):
    """The outings, oldest first, and why others of the file tell nothing."""

    told: list[Outing | Dropped]


class CourseDrawn(msgspec.Struct, frozen=True, tag=True):
    """The course."""

    course: DrawnCourse


class PredictRequestRead(msgspec.Struct, frozen=True, tag=True):
    """The request without the GPX it brought along, and the course in that; None when it brought none."""

    request: PredictRequest
    course: DrawnCourse | None


class BodyRefused(msgspec.Struct, frozen=True, tag=True):
    """The JSON is none (`fault` is empty), or not of the shape that was asked for (`fault` says where)."""

    fault: str


class ArchiveListed(msgspec.Struct, frozen=True, tag=True):
    """The entries of an archive, and what is known to be useless before it is read."""

    found: list[Listed | Dropped]


class Listed(msgspec.Struct, frozen=True, tag="listed"):
    """An entry of an archive; `sport` is what a table beside it says, which beats the file."""

    name: str
    member: Member | TarMember
    sport: SportTag | None


class ArchiveOpens(msgspec.Struct, frozen=True, tag=True):
    """It is an archive."""


class Digested(msgspec.Struct, frozen=True, tag=True):
    """The SHA-256 in hexadecimal."""

    digest: str


Answer: TypeAlias = (
    Refused
    | OutingRead
    | OutingsRead
    | CourseDrawn
    | PredictRequestRead
    | BodyRefused
    | ArchiveListed
    | ArchiveOpens
    | Digested
)

_MOST_BYTES: Final[dict[type[Question], int]] = {
    CheckArchive: _SMALL_BYTES,
    DigestFile: _SMALL_BYTES,
    DrawCourse: 2 * _SMALL_BYTES,
    ListArchive: _LISTING_BYTES,
    ReadOuting: _SMALL_BYTES,
    ReadOutings: 2 * _SMALL_BYTES,
    ReadPredictRequest: 2 * _SMALL_BYTES,
}


def most_answer_bytes(question: Question) -> int:
    """How long an answer may be; a child that says more is not listened to."""
    kept_bytes = MAX_FILE_BYTES + MAX_FILE_BYTES // 64 if isinstance(question, ReadOuting) and question.keep else 0
    return _MOST_BYTES[type(question)] + kept_bytes
