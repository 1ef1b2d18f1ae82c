"""From a request to the file in it, and to what a child process says of it: nothing is opened in this process."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from litestar.params import QueryParameter

from kernel.contracts.activity import SportTag
from kernel.contracts.problem import BUSY
from kernel.errors import DomainError
from kernel.tracks import BadTrack, NoElevation
from servicekit.base.metrics import Metrics
from servicekit.base.spans import part_told
from servicekit.web.file_errors import FileMissing, FilesTooLarge, FileTooLarge
from servicekit.web.problems import ProblemRule, ProblemTable
from servicekit.web.sent_files import Sent, SentFiles
from servicekit.web.sinks import TooManyFiles
from servicekit.web.spool import Spool, SpoolFull
from servicekit.web.turns import Busy, Turns
from trackfiles.child import Bounds
from trackfiles.children import Children, ChildrenStalled, Stop, Stopped
from trackfiles.course import DrawnCourse
from trackfiles.outing import Outing, SaidSport, implausible_time
from trackfiles.questions import (
    Answer,
    ArchiveOpens,
    BodyRefused,
    CheckArchive,
    CourseDrawn,
    DrawCourse,
    Kept,
    OutingRead,
    PredictRequestRead,
    Question,
    ReadOuting,
    ReadPredictRequest,
    Refused,
)
from trackfiles.rehearsal import rehearse
from trackfiles.zipped import Archive

CLOCK_TOLERANCE: Final = timedelta(days=1)
_AT_ONCE: Final = 2
_MOST_WAITING: Final = 30
_MOST_HEAVY: Final = 8
"""At two to three seconds each, all of them are read within half a minute."""
_BOUNDS: Final = Bounds(deadline_s=20.0, memory_bytes=768 * 1024**2, cpu_s=10)
_BUSY_S: Final = 10.0
_FULL_S: Final = 30.0
_OWN_CODES: Final = frozenset({"no_time", "no_such_track"})
_SPORT_CODES: Final = {"other_sport", "sport_unknown"}
TrackQuery = Annotated[
    str | None,
    QueryParameter(name="track", min_length=1, max_length=200, description="Which track of a file of several."),
]
A = TypeVar("A")


class SportUnknown(DomainError):
    """Neither the caller nor the file says what sport a recording is."""

    sentence = "The file does not say which sport it is. Add sport=run, trail_run, hike or walk."


class FileReader(SentFiles):
    """Takes files in and has children read them, two at once; some more wait their turn. Close it."""

    def __init__(
        self,
        bounds: Bounds = _BOUNDS,
        most_waiting: int = _MOST_WAITING,
        spool: Spool | None = None,
        *,
        metrics: Metrics | None = None,
    ) -> None:
        super().__init__(Turns(_AT_ONCE, most_waiting, _MOST_HEAVY), spool or Spool())
        self._metrics = metrics
        self._children = Children(_AT_ONCE, bounds)
        self._threads = ThreadPoolExecutor(_AT_ONCE, "children")
        self._stops: set[Stop] = set()

    def wake(self) -> None:
        """Has a child up that has read a course, before the first file comes, without waiting for it."""
        self._threads.submit(rehearse, self._children)

    async def check_archive(self, path: Path, key: bytes | None = None) -> None:
        """Raises BadTrack unless a ZIP archive lies there that can be opened, and Busy."""
        _expected(await self._ask(CheckArchive(Archive(str(path), key)), heavy=False), ArchiveOpens)

    async def outing(
        self, sent: Sent, sport: SportTag | None, now: datetime, *, path_key: bytes | None = None
    ) -> Outing:
        """The outing in a GPX, TCX or FIT file with times, gzipped or not; its paths too under an athlete's key.

        Raises Busy, BadTrack or NoElevation, and SportUnknown when neither the caller nor the file names a sport on
        foot.
        """
        question = ReadOuting(sent.source, "upload", SaidSport(sport), path_key=path_key)
        return (await self._outing(question, now, heavy=sent.heavy)).outing

    async def kept_outing(self, sent: Sent, sport: SportTag | None, now: datetime) -> tuple[Outing, Kept]:
        """The same, and what is stored of the file itself."""
        question = ReadOuting(sent.source, "upload", SaidSport(sport), keep=True)
        read = await self._outing(question, now, heavy=sent.heavy)
        if read.kept is None:
            raise _unreadable()
        return read.outing, read.kept

    async def _outing(self, question: ReadOuting, now: datetime, *, heavy: bool) -> OutingRead:
        answer = await self._ask(question, heavy=heavy)
        if isinstance(answer, Refused) and answer.code in _SPORT_CODES:
            raise SportUnknown
        read = _expected(answer, OutingRead)
        if read.outing.started_at > now + CLOCK_TOLERANCE:
            raise implausible_time(read.outing.started_at)
        return read

    async def course(self, sent: Sent, chosen: str | None = None) -> DrawnCourse:
        """The course in a file; of several tracks the one `chosen`. Raises Busy, BadTrack or NoElevation."""
        answer = await self._ask(DrawCourse(sent.source, chosen), heavy=sent.heavy)
        return _expected(answer, CourseDrawn).course

    async def predict_request(self, sent: Sent) -> PredictRequestRead | BodyRefused:
        """The request in a large JSON body. Raises Busy, BadTrack or NoElevation."""
        answer = await self._ask(ReadPredictRequest(str(sent.path)), heavy=sent.heavy)
        return answer if isinstance(answer, BodyRefused) else _expected(answer, PredictRequestRead)

    async def _ask(self, question: Question, *, heavy: bool) -> Answer:
        sink = None if self._metrics is None else self._metrics.spans
        if sink is None:
            return await self._asked(question, heavy=heavy)
        told = {"ayda.file": "heavy" if heavy else "light"}
        with part_told(sink, type(question).__name__, "internal", told):
            return await self._asked(question, heavy=heavy)

    async def _asked(self, question: Question, *, heavy: bool) -> Answer:
        """Whoever is cancelled while a child works for them ends that work."""
        await self._turns.take(heavy=heavy)
        stop = Stop()
        self._stops.add(stop)
        ask = partial(self._children.ask, question, stop, heavy=heavy)
        working = asyncio.get_running_loop().run_in_executor(self._threads, ask)
        working.add_done_callback(partial(self._done, stop, heavy))
        try:
            return (await asyncio.shield(working)).answer
        except asyncio.CancelledError:
            stop.pull()
            raise
        except (ChildrenStalled, Stopped):  # the second where this process ends before its requests do
            raise Busy from None

    def _done(self, stop: Stop, heavy: bool, working: asyncio.Future[Any]) -> None:  # noqa: FBT001 - private
        if not working.cancelled():
            working.exception()  # nobody else may be left to look at it
        self._stops.discard(stop)
        self._turns.give_back(heavy=heavy)

    async def close(self) -> None:
        """Ends the children, whatever they do, and deletes what lies in the spool."""
        for stop in tuple(self._stops):
            stop.pull()
        await asyncio.to_thread(self._children.close)
        await asyncio.to_thread(self._threads.shutdown)
        await self._spool.close()


def _expected(answer: Answer, kind: type[A]) -> A:
    """An answer of this kind. Raises what the child refused the file with."""
    if isinstance(answer, kind):
        return answer
    if isinstance(answer, Refused):
        raise (NoElevation if answer.lacks_elevation else BadTrack)(answer.code, answer.sentence)
    raise _unreadable()


def _unreadable() -> BadTrack:
    return BadTrack("file_unreadable", "This file could not be read. Export it again.")


def _bad_track(error: BadTrack) -> ProblemRule:
    """One code for files of every kind, named after the first kind there was.

    A track without times is a good course and no activity, and a file without the track that was asked for a good file:
    the caller can tell its user apart.
    """
    return ProblemRule(422, error.reason if error.reason in _OWN_CODES else "bad_gpx")


TRACK_FILE_PROBLEMS: Final[ProblemTable] = {
    BadTrack: _bad_track,
    NoElevation: ProblemRule(422, "no_elevation"),
    SportUnknown: ProblemRule(422, "sport_unknown"),
    FileTooLarge: ProblemRule(413, "file_too_large"),
    FilesTooLarge: ProblemRule(413, "files_too_large"),
    TooManyFiles: ProblemRule(413, "too_many_files"),
    FileMissing: ProblemRule(422, "file_missing"),
    Busy: ProblemRule(503, BUSY, retry_after_s=_BUSY_S),
    SpoolFull: ProblemRule(503, "disk_full", retry_after_s=_FULL_S),
}
"""How both services answer a file they cannot use, or cannot use now."""
