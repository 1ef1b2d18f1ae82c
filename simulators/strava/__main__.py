"""`python -m simulators.strava`: the simulated Strava alone, on a loopback port. Also `ayda sim strava`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click
import msgspec

from simulators.strava.serving import BadConfiguration, Configuration, Options, read_configuration, serve
from simulators.strava.web.admin_bodies import NewAthlete

_FILE: Final = click.Path(path_type=Path)


@click.command("strava")
@click.option("--port", type=click.IntRange(1, 65535), default=8090, show_default=True, help="Where to listen.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--db", "database", type=_FILE, metavar="FILE", help="Keep its truth in this SQLite file.")
@click.option("--config", type=_FILE, metavar="FILE.toml", help="Credentials, athletes, limits and trouble.")
@click.option("--seed", type=click.IntRange(0), help="Other athletes, other activities.")
@click.option("--activities", type=click.IntRange(0, 2000), help="Of the one athlete there is at the start.")
def command(
    *, port: int, host: str, database: Path | None, config: Path | None, seed: int | None, activities: int | None
) -> None:
    """Run a simulated Strava until Ctrl-C; its page at / tells how to point a client at it."""
    wanted = Configuration() if config is None else read_configuration(config)
    if seed is not None:
        wanted = msgspec.structs.replace(wanted, seed=seed)
    if activities is not None:
        wanted = msgspec.structs.replace(wanted, athletes=(NewAthlete(activities=activities),))
    serve(Options(host, port, database, wanted))


if __name__ == "__main__":
    try:
        command.main(prog_name="python -m simulators.strava")
    except BadConfiguration as wrong:
        sys.exit(str(wrong))
