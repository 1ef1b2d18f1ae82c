"""`ayda demo`: people meet the bot in a simulated chat, and walk through the whole house."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click

from cli import options, stopping
from cli.console import aside, out, print_json
from cli.demo.client import Visitor
from cli.demo.stage import Stage, raise_curtain
from cli.demo.story import Club, Story
from cli.failure import Refused, content_of
from cli.show.prediction import show_prediction
from kernel.contracts.prediction import Prediction
from kernel.contracts.route import Route
from languages.voice import Voice
from servicekit.web.server import NotServing
from takealong.course import UNNAMED
from takealong.words import one_line
from trackfiles.drawn import draw_course

_STRANGER = "No history yet: this is the population's pace with a wide margin."


@click.command("demo")
@click.option("--gpx", type=options.FILE, help="Your own course; without it the demo draws one.")
@click.option("--exit", "leave", is_flag=True, help="End after the story instead of serving until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON object on stdout.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Keep the databases in this folder.")
@click.option("--activities", type=click.IntRange(1, 400), default=60, show_default=True, help="Simulated history.")
def command(*, gpx: Path | None, leave: bool, as_json: bool, data: Path | None, activities: int) -> None:
    """Run Strava and Telegram (simulated) and both services, and lead people through the whole house."""
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
    """From the first server to the end of the story; then it serves until interrupted, unless told to leave."""
    async with raise_curtain(folder, _say) as stage:
        _show_places(stage)
        async with contextlib.aclosing(Visitor(stage)) as visitor:
            story = Story(visitor, course, activities, _say)
            route, prediction = await story.first_answer()
            _show_answer(route, prediction, as_json=as_json)
            await story.second_answer(route)
            _show_club(await story.club())
            as_member = visitor.as_member()["Authorization"]
        _show_addresses(stage)
        if not leave:
            _show_member(stage, as_member)
            _say("Serving until Ctrl-C.")
            await asyncio.Event().wait()


def _say(sentence: str) -> None:
    """One line of the story."""
    aside().print(sentence)


def _show_answer(route: Route, prediction: Prediction, *, as_json: bool) -> None:
    """The answer as every command shows it."""
    if as_json:
        print_json(prediction)
    else:
        notes = () if prediction.personalized else (_STRANGER,)
        show_prediction(out(), one_line(route.name or UNNAMED), prediction, Voice(), notes=notes)


def _show_member(stage: Stage, authorization: str) -> None:
    """How to ask for something as the athlete, for those who want to try the interface."""
    _say("Ask as the member, for an hour (what changes the connection, for five minutes):")
    aside().print(f"  curl -H 'Authorization: {authorization}' {stage.ayda_url}/api/v1/me/export", soft_wrap=True)


def _show_places(stage: Stage) -> None:
    """Where to watch, and where to try it, before anything happens there."""
    _show({"the chat (simulated Telegram)": f"{stage.telegram_url}/", "the page, for anyone": f"{stage.ayda_url}/"})


def _show_club(club: Club) -> None:
    """What the bot has said of the others, who are all made up."""
    _say("Who suits Alex:")
    for line in (*club.matches.splitlines(), *club.groups.splitlines()):
        _say(f"  {line}")


def _show_addresses(stage: Stage) -> None:
    """Where else to look."""
    _say("Look around:")
    _show_places(stage)
    _show(
        {
            "Strava (simulated)": f"{stage.strava_url}/_sim",
            "ayda's interface": f"{stage.ayda_url}/schema",
            "ayda's health": f"{stage.ayda_url}/health/ready",
            "the predictor's interface": f"{stage.predictor_url}/schema",
            "the race catalogue": f"{stage.predictor_url}/api/v1/races",
        }
    )


def _show(addresses: Mapping[str, str]) -> None:
    for what, url in addresses.items():
        _say(f"  {what:30} {url}")
