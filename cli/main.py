"""The commands of `ayda`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from cli.demo.story import DemoFailed, Options, tell


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ayda", prog_name="ayda", message="%(prog)s 0.1.0")
def main() -> None:
    """How long a route will take you."""


@main.command()
@click.option("--gpx", type=click.Path(path_type=Path), help="Your own course; without it the demo draws one.")
@click.option("--exit", "leave", is_flag=True, help="End after the answer instead of serving until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print the final answer as one JSON object on stdout.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Keep the databases in this folder.")
@click.option("--activities", type=click.IntRange(1, 400), default=60, show_default=True, help="Simulated history.")
def demo(gpx: Path | None, leave: bool, as_json: bool, data: Path | None, activities: int) -> None:  # noqa: FBT001 - click passes flags by keyword
    """Run Strava (simulated), both services and one athlete through the whole house."""
    options = Options(gpx=gpx, leave=leave, as_json=as_json, data=data, activities=activities)
    try:
        asyncio.run(tell(options))
    except DemoFailed as failure:
        click.echo(f"{failure.code}: {failure}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
