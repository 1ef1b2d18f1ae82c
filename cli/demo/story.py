"""One athlete walks through the whole house."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cli.demo.client import Visitor
from cli.demo.course import draw_course
from cli.demo.show import Show
from cli.demo.stage import Stage, raise_curtain
from cli.failure import Refused, not_readable
from kernel.contracts.prediction import Prediction
from kernel.contracts.route import Route
from kernel.contracts.sync import SyncState

SYNC_TIMEOUT_S = 120.0
POLL_S = 0.15


@dataclass(frozen=True, slots=True)
class Options:
    """What the visitor asked for."""

    gpx: Path | None
    leave: bool
    as_json: bool
    data: Path | None
    activities: int


def _course(path: Path | None) -> bytes:
    if path is None:
        return draw_course()
    try:
        return path.read_bytes()
    except OSError as error:
        raise not_readable(path, error) from error


@contextlib.contextmanager
def _folder(chosen: Path | None) -> Iterator[Path]:
    if chosen is not None:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="ayda-demo-") as name:
        yield Path(name)


async def tell(options: Options) -> None:
    """Run the demo from the first server to the answer, then serve until interrupted unless told to leave."""
    course = _course(options.gpx)
    with _folder(options.data) as folder:
        await _perform(options, folder, course)


async def _perform(options: Options, folder: Path, course: bytes) -> None:
    show = Show(as_json=options.as_json)
    async with raise_curtain(folder, show.say) as stage:
        async with Visitor(stage) as visitor:
            route, prediction = await _walk(visitor, show, course, options.activities)
            as_member = visitor.as_member()["Authorization"]
        _present(show, stage, route, prediction)
        if not options.leave:
            show.member(stage, as_member)
            show.say("Serving until Ctrl-C.")
            await asyncio.Event().wait()


async def _walk(visitor: Visitor, show: Show, course: bytes, activities: int) -> tuple[Route, Prediction]:
    show.say(f"Strava (simulated) creates an athlete with {activities} activities …")
    athlete_id = await visitor.create_athlete(activities)
    show.say("The athlete connects Strava through ayda …")
    await visitor.connect(athlete_id)
    show.say("Uploading the course …")
    route = await visitor.upload_route(course)
    await _watch_sync(visitor, show, athlete_id)
    show.say("Asking ayda for the prediction …")
    return route, await visitor.predict(route.id)


async def _watch_sync(visitor: Visitor, show: Show, athlete_id: int) -> SyncState:
    """Follow the sync the connection notice has triggered until it is done."""
    try:
        async with asyncio.timeout(SYNC_TIMEOUT_S):
            with show.progress("Reading the athlete's activities") as advance:
                return await _until_synced(visitor, athlete_id, advance)
    except TimeoutError:
        sentence = f"The sync did not end within {SYNC_TIMEOUT_S:.0f} seconds; is this machine very busy?"
        raise Refused("sync_too_slow", sentence) from None


async def _until_synced(visitor: Visitor, athlete_id: int, advance: Callable[[int, int], None]) -> SyncState:
    while True:
        state = await visitor.sync_state(athlete_id)
        if state is not None:
            advance(state.activities_read, max(state.activities_known, 1))
            if state.status == "success":
                return state
            if state.status == "failed":
                raise Refused("sync_failed", state.detail or "The sync failed without a reason.")
        await asyncio.sleep(POLL_S)


def _present(show: Show, stage: Stage, route: Route, prediction: Prediction) -> None:
    if show.as_json:
        sys.stdout.buffer.write(msgspec.json.encode(prediction) + b"\n")
        sys.stdout.flush()
    else:
        show.answer(route, prediction)
    show.addresses(stage)
