"""What a child does with each kind of question."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from kernel.tracks import BadTrack
from trackfiles.asked import question_in
from trackfiles.course import drawn_course_of
from trackfiles.export import entries_of_archive
from trackfiles.gzipped import packed, unpacked
from trackfiles.outing import Dropped, digest_of, outing_from, outings_from
from trackfiles.questions import (
    Answer,
    ArchiveListed,
    ArchiveOpens,
    BodyRefused,
    CheckArchive,
    Content,
    CourseDrawn,
    Digested,
    DigestFile,
    DrawCourse,
    Kept,
    ListArchive,
    Listed,
    OutingRead,
    OutingsRead,
    Packed,
    PredictRequestRead,
    Question,
    ReadOuting,
    ReadOutings,
    ReadPredictRequest,
    Source,
)
from trackfiles.reading import MAX_FILE_BYTES, read_recording, read_recordings
from trackfiles.tarred import content_of_any
from trackfiles.zipped import open_archive

_HEAD_BYTES: Final = 4096
_FROM_STRAVA: Final = re.compile(rb"<gpx\b[^>]*\bcreator\s*=\s*[\"']\s*strava", re.IGNORECASE)


def answer_of(question: Question) -> Answer:
    """The answer. Raises BadTrack and NoElevation."""
    return _ANSWERED_BY[type(question)](question)


def made_by_strava(content: bytes) -> bool:
    """Whether an unpacked GPX names Strava as its creator, as its exports do. FIT and TCX exports do not say."""
    return _FROM_STRAVA.search(content[:_HEAD_BYTES]) is not None


def content_of(source: Source) -> bytes:
    """The bytes of a file, not many more than are read of one. Raises BadTrack."""
    if isinstance(source, Content):
        return source.content
    if isinstance(source, Packed):
        return content_of_any(source.archive, source.member, MAX_FILE_BYTES)
    try:
        with Path(source.path).open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise BadTrack("missing_file", "This file cannot be opened.") from error


def _outing(question: ReadOuting) -> OutingRead:
    content = content_of(question.source)
    if question.keep:
        content = unpacked(content, MAX_FILE_BYTES)
    read, digest = read_recording(content, question.name), digest_of(content)
    kept = Kept(packed(content), digest, made_by_strava(content)) if question.keep else None
    del content  # what follows needs as much again
    return OutingRead(outing_from(read, question.name, digest, question.said, question.path_key), kept)


def _outings(question: ReadOutings) -> OutingsRead:
    content = content_of(question.source)
    read, digest = read_recordings(content, question.name), digest_of(content)
    del content
    return OutingsRead(outings_from(read, question.name, digest, question.said, question.path_key))


def _course(question: DrawCourse) -> CourseDrawn:
    return CourseDrawn(drawn_course_of(content_of(question.source), question.chosen))


def _predict_request(question: ReadPredictRequest) -> PredictRequestRead | BodyRefused:
    try:
        request, course = question_in(Path(question.path))
    except msgspec.ValidationError as error:
        return BodyRefused(str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return BodyRefused("")
    if course is None:
        return PredictRequestRead(request, None)
    if any(one is not None for one in (request.gpx_file_id, request.race_id, request.distance_id)):
        return PredictRequestRead(msgspec.structs.replace(request, gpx=""), None)
    question_alone, courses = msgspec.structs.replace(request, track=None), [course]
    del course  # 50 MB, which need not lie beside what is made of them
    return PredictRequestRead(question_alone, drawn_course_of(courses.pop(), request.track))


def _listing(question: ListArchive) -> ArchiveListed:
    found = entries_of_archive(question.archive, question.shown)
    return ArchiveListed([one if isinstance(one, Dropped) else Listed(one.name, one.place, one.sport) for one in found])


def _check(question: CheckArchive) -> ArchiveOpens:
    with open_archive(question.archive):
        return ArchiveOpens()


def _digest(question: DigestFile) -> Digested:
    return Digested(digest_of(content_of(question.source)))


_ANSWERED_BY: Final[dict[type[Question], Callable[[Any], Answer]]] = {
    CheckArchive: _check,
    DigestFile: _digest,
    DrawCourse: _course,
    ListArchive: _listing,
    ReadOuting: _outing,
    ReadOutings: _outings,
    ReadPredictRequest: _predict_request,
}
