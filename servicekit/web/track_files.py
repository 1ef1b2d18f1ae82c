"""From a request to the file in it, and to an outing: files are read in a child process that can be killed."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from kernel.contracts.activity import SportTag
from kernel.errors import DomainError
from kernel.tracks import MAX_GPX_BYTES, BadTrack, NoElevation
from servicekit.web.problems import ProblemRule, ProblemTable
from trackfiles.child import Bounds, Children
from trackfiles.outing import Outing, implausible_time

FORM_ALLOWANCE: Final = 64 * 1024
MAX_UPLOAD_BYTES: Final = MAX_GPX_BYTES + FORM_ALLOWANCE
"""What a route that takes files lets through; the file in it is held to `MAX_GPX_BYTES`."""
CLOCK_TOLERANCE: Final = timedelta(days=1)

_AT_ONCE: Final = 2
_BOUNDS: Final = Bounds(deadline_s=10.0)
_NO_TIME: Final = "no_time"
_SPORT_CODES: Final = {"other_sport", "sport_unknown"}


class FileTooLarge(DomainError):
    """The file has more bytes than are read."""

    sentence = f"The file is larger than the {MAX_GPX_BYTES // 2**20} MiB that are accepted; please thin it out."


class FileMissing(DomainError):
    """There is no file, or nothing in it."""

    sentence = "The file is empty; please send it as the body or as the form field `file`."


class SportUnknown(DomainError):
    """Neither the caller nor the file says what sport a recording is."""

    sentence = "The file does not say which sport it is. Add sport=run, trail_run, hike or walk."


async def read_upload(request: Request[Any, Any, Any]) -> bytes:
    """The content of the file. Raises FileTooLarge, or FileMissing when there is none or it is empty."""
    try:
        content = await _content(request)
    except RequestEntityTooLarge:
        raise FileTooLarge from None
    if len(content) > MAX_GPX_BYTES:
        raise FileTooLarge
    if not content:
        raise FileMissing
    return content


async def _content(request: Request[Any, Any, Any]) -> bytes:
    kind, _ = request.content_type
    if kind != RequestEncodingType.MULTI_PART:
        return await request.body()
    field = (await request.form()).get("file")
    if isinstance(field, UploadFile):
        return await field.read()
    return field.encode() if isinstance(field, str) else b""


class FileReader:
    """Reads uploaded files, two at once; more wait their turn. Close it."""

    def __init__(self) -> None:
        self._children = Children(_AT_ONCE, _BOUNDS)
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def read(self, content: bytes, sport: SportTag | None, now: datetime) -> Outing:
        """The outing in a GPX, TCX or FIT file with times, gzipped or not.

        Raises BadTrack or NoElevation, and SportUnknown when neither the caller nor the file names a sport on foot.
        """
        async with self._turn:
            answer = await asyncio.to_thread(self._children.read, content, "upload", sport=sport)
        dropped = answer.dropped
        if dropped is not None and dropped.code in _SPORT_CODES:
            raise SportUnknown
        if dropped is not None:
            raise (NoElevation if answer.lacks_elevation else BadTrack)(dropped.code, dropped.sentence)
        if answer.outing is None:
            raise BadTrack("file_unreadable", "This file could not be read. Export it again.")
        if answer.outing.started_at > now + CLOCK_TOLERANCE:
            raise implausible_time(answer.outing.started_at)
        return answer.outing

    async def close(self) -> None:
        """Ends the children."""
        await asyncio.to_thread(self._children.close)


def _bad_track(error: BadTrack) -> ProblemRule:
    """One code for files of every kind, named after the first kind there was.

    A track without times is a good course and no activity, which the caller can tell its user apart.
    """
    return ProblemRule(422, _NO_TIME if error.reason == _NO_TIME else "bad_gpx")


TRACK_FILE_PROBLEMS: Final[ProblemTable] = {
    BadTrack: _bad_track,
    NoElevation: ProblemRule(422, "no_elevation"),
    SportUnknown: ProblemRule(422, "sport_unknown"),
}
"""How both services answer a file they cannot use."""
