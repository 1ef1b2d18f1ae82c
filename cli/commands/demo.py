"""`ayda demo`."""

from __future__ import annotations

from pathlib import Path

import click

from cli import stopping
from cli.demo.story import Options, tell
from cli.failure import Refused
from servicekit.web.server import NotServing


@click.command("demo")
@click.option("--gpx", type=click.Path(path_type=Path), help="Your own course; without it the demo draws one.")
@click.option("--exit", "leave", is_flag=True, help="End after the answer instead of serving until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print the final answer as one JSON object on stdout.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Keep the databases in this folder.")
@click.option("--activities", type=click.IntRange(1, 400), default=60, show_default=True, help="Simulated history.")
def command(*, gpx: Path | None, leave: bool, as_json: bool, data: Path | None, activities: int) -> None:
    """Run Strava (simulated), both services and one athlete through the whole house."""
    options = Options(gpx=gpx, leave=leave, as_json=as_json, data=data, activities=activities)
    try:
        stopping.run(tell(options))
    except NotServing as error:
        raise Refused("not_serving", str(error)) from error
