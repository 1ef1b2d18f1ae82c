"""Files of somebody who is not known, read as they are sent into a profile that goes back with the answer.

Nothing is stored: the files lie in the spool while the request lasts, and what they told is in memory until then.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from litestar import Request

from kernel.contracts.activity import SportTag
from kernel.contracts.guest import MOST_GUEST_BYTES, GuestProfile, ReadingLine
from kernel.contracts.prediction import Mode
from kernel.forecast import FittedProfile, fit_profile
from predictor_service.errors import NoOutings, ReadingTooLong
from predictor_service.guests.seals import GuestSeals
from predictor_service.imports.reading import AT_ONCE, BOUNDS, Sources, reading
from predictor_service.profiles.service import MODES
from servicekit.web.lines import BEAT_S
from servicekit.web.sent_files import SentFiles
from servicekit.web.track_files import CLOCK_TOLERANCE
from servicekit.web.turns import Busy, Turns
from trackfiles.children import Children, ChildrenStalled
from trackfiles.history import History

_HISTORIES: Final = 4
"""At once; they share the children."""
_MOST_WAITING: Final = 12
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestLimits:
    """How much of one guest is read, and how long that may take once it has begun."""

    files: int = 3_000
    size_bytes: int = MOST_GUEST_BYTES
    reading_s: float = 600.0
    progress_s: float = 0.5
    """Between two looks at how far it is."""


class GuestProfileService:
    """Makes profiles for guests. Close it."""

    def __init__(
        self, files: SentFiles, seals: GuestSeals, *, now: Callable[[], datetime], limits: GuestLimits | None = None
    ) -> None:
        self._turns = Turns(_HISTORIES, _MOST_WAITING)
        self._files = files.beside(self._turns)
        self._children = Children(AT_ONCE, BOUNDS)
        self._threads = ThreadPoolExecutor(_HISTORIES, "guests")
        self._seals = seals
        self._now = now
        self._limits = limits or GuestLimits()

    @asynccontextmanager
    async def profile(
        self, request: Request[Any, Any, Any], sport: SportTag | None
    ) -> AsyncIterator[AsyncGenerator[ReadingLine, None]]:
        """What is to be told of the files in a request, for the length of the block.

        Raises FilesTooLarge, TooManyFiles, FileMissing, SpoolFull and Busy. The lines raise NoOutings, TooManyFiles,
        ReadingTooLong and Busy.
        """
        async with self._files.receive_several(request, self._limits.files, self._limits.size_bytes) as paths:
            yield self._lines(paths, sport)

    async def _lines(self, paths: Sequence[Path], sport: SportTag | None) -> AsyncGenerator[ReadingLine, None]:
        turn = asyncio.ensure_future(self._turns.take(heavy=False))
        try:
            async for _ in _beats(turn):
                yield ReadingLine()
            async with aclosing(self._read(Sources(paths, sport, self._limits.files))) as lines:
                async for line in lines:
                    yield line
        finally:
            turn.cancel()
            await asyncio.wait([turn])
            if not turn.cancelled() and turn.exception() is None:
                self._turns.give_back(heavy=False)

    async def _read(self, sources: Sources) -> AsyncGenerator[ReadingLine, None]:
        loop = asyncio.get_running_loop()
        ends_at_s = loop.time() + self._limits.reading_s
        async with reading(sources, threads=self._threads, children=self._children) as under_way:
            told, silent_since_s = None, loop.time()
            async for _ in under_way.steps(self._limits.progress_s):
                line, now_s = ReadingLine(under_way.files.read, under_way.files.of), loop.time()
                if line != told or now_s - silent_since_s >= BEAT_S:
                    told, silent_since_s = line, now_s
                    yield line
                if now_s > ends_at_s and not under_way.result.done():
                    raise ReadingTooLong
            try:
                history = await under_way.result
            except ChildrenStalled:
                raise Busy from None
        made = loop.run_in_executor(self._threads, self._made_of, history)
        async for _ in _beats(made):
            yield ReadingLine(under_way.files.read, under_way.files.of)
        files = under_way.files
        yield ReadingLine(files.read, files.of, profile=await made)

    def _made_of(self, history: History) -> GuestProfile:
        """Raises NoOutings."""
        now = self._now()
        outings = [one for one in history.outings if one.started_at <= now + CLOCK_TOLERANCE]
        dropped = Counter(one.code for one in history.dropped)
        dropped["implausible_time"] += len(history.outings) - len(outings)
        fitted: dict[Mode, FittedProfile] = {}
        for mode in MODES:
            found = fit_profile([one.features for one in outings], mode, today_day=now.timestamp() / _DAY_S)
            if found is not None:
                fitted[mode] = found
        if not fitted:
            raise NoOutings({one.sentence for one in history.dropped})
        sealed, expires_at = self._seals.seal(fitted, now)
        return GuestProfile(
            sealed=sealed,
            expires_at=expires_at,
            outings={mode: profile.facts.total_activities for mode, profile in fitted.items()},
            dropped={code: n for code, n in sorted(dropped.items()) if n},
        )

    async def close(self) -> None:
        """Ends the children. Requests have ended before."""
        await asyncio.to_thread(self._children.close)
        await asyncio.to_thread(self._threads.shutdown)


async def _beats(waiting: asyncio.Future[Any]) -> AsyncIterator[None]:
    """Comes round every few seconds until that is done."""
    while not waiting.done():
        await asyncio.wait([waiting], timeout=BEAT_S)
        if not waiting.done():
            yield
    await waiting
