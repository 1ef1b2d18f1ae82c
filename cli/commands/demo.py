"""`ayda demo`: one athlete walks through the whole house."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from cli import options, stopping
from cli.console import aside, out, print_json, progress
from cli.course import UNNAMED
from cli.demo.client import Visitor
from cli.demo.course import draw_course
from cli.demo.stage import Stage, raise_curtain
from cli.failure import Refused, content_of
from cli.show.prediction import show_prediction
from cli.words import one_line
from kernel.contracts.prediction import Prediction
from kernel.contracts.route import Route
from servicekit.web.server import NotServing

SYNC_TIMEOUT_S = 120.0
POLL_S = 0.15
_STRANGER = "No history yet: this is the population's pace with a wide margin."


@click.command("demo")
@click.option("--gpx", type=options.FILE, help="Your own course; without it the demo draws one.")
@click.option("--exit", "leave", is_flag=True, help="End after the answer instead of serving until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print the final answer as one JSON object on stdout.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Keep the databases in this folder.")
@click.option("--activities", type=click.IntRange(1, 400), default=60, show_default=True, help="Simulated history.")
def command(*, gpx: Path | None, leave: bool, as_json: bool, data: Path | None, activities: int) -> None:
    """Run Strava (simulated), both services and one athlete through the whole house."""
    course = draw_course() if gpx is None else content_of(gpx)
    with contextlib.ExitStack() as stack:
        if data is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ayda-demo-")))
        else:
            data.mkdir(parents=True, exist_ok=True)
            folder = data.resolve()
        try:
            stopping.run(_perform(folder, course, activities, leave=leave, as_json=as_json))
        except NotServing as error:
            raise Refused("not_serving", str(error)) from error


async def _perform(folder: Path, course: bytes, activities: int, *, leave: bool, as_json: bool) -> None:
    """From the first server to the answer; then it serves until interrupted, unless told to leave."""
    async with raise_curtain(folder, _say) as stage:
        async with contextlib.aclosing(Visitor(stage)) as visitor:
            route, prediction = await _walk(visitor, course, activities)
            as_member = visitor.as_member()["Authorization"]
        _show_answer(route, prediction, as_json=as_json)
        _show_addresses(stage)
        if not leave:
            _show_member(stage, as_member)
            _say("Serving until Ctrl-C.")
            await asyncio.Event().wait()


async def _walk(visitor: Visitor, course: bytes, activities: int) -> tuple[Route, Prediction]:
    _say(f"Strava (simulated) creates an athlete with {activities} activities …")
    athlete_id = await visitor.create_athlete(activities)
    _say("The athlete connects Strava through ayda …")
    await visitor.connect(athlete_id)
    _say("Uploading the course …")
    route = await visitor.upload_route(course)
    await _watch_sync(visitor, athlete_id)
    _say("Asking ayda for the prediction …")
    return route, await visitor.predict(route.id)


async def _watch_sync(visitor: Visitor, athlete_id: int) -> None:
    """Follow the sync the connection notice has triggered until it is done."""
    try:
        async with asyncio.timeout(SYNC_TIMEOUT_S):
            with progress("Reading the athlete's activities") as advance:
                await _until_synced(visitor, athlete_id, advance)
    except TimeoutError:
        sentence = f"The sync did not end within {SYNC_TIMEOUT_S:.0f} seconds; is this machine very busy?"
        raise Refused("sync_too_slow", sentence) from None


async def _until_synced(visitor: Visitor, athlete_id: int, advance: Callable[[int, int], None]) -> None:
    while True:
        state = await visitor.sync_state(athlete_id)
        if state is not None:
            advance(state.activities_read, max(state.activities_known, 1))
            if state.status == "success":
                return
            if state.status == "failed":
                raise Refused("sync_failed", state.detail or "The sync failed without a reason.")
        await asyncio.sleep(POLL_S)


def _say(sentence: str) -> None:
    """One line of the story."""
    aside().print(sentence)


def _show_answer(route: Route, prediction: Prediction, *, as_json: bool) -> None:
    """The answer as every command shows it."""
    if as_json:
        print_json(prediction)
    else:
        notes = () if prediction.personalized else (_STRANGER,)
        show_prediction(out(), one_line(route.name or UNNAMED), prediction, notes=notes)


def _show_member(stage: Stage, authorization: str) -> None:
    """How to ask for something as the athlete, for those who want to try the interface."""
    _say("Ask as the member, for an hour (what changes the connection, for five minutes):")
    aside().print(f"  curl -H 'Authorization: {authorization}' {stage.ayda_url}/api/v1/me/export", soft_wrap=True)


def _show_addresses(stage: Stage) -> None:
    """Where to look."""
    _say("Look around:")
    for what, url in (
        ("Strava (simulated)", f"{stage.strava_url}/_sim"),
        ("ayda's interface", f"{stage.ayda_url}/schema"),
        ("ayda's health", f"{stage.ayda_url}/health/ready"),
        ("the predictor's interface", f"{stage.predictor_url}/schema"),
        ("the race catalogue", f"{stage.predictor_url}/api/v1/races"),
    ):
        _say(f"  {what:26} {url}")
