"""`ayda sim`."""

from __future__ import annotations

from pathlib import Path

import click

from cli import options
from cli.failure import Refused
from simulators.strava.serving import BadConfiguration, Configuration, Options, read_configuration, serve


@click.command("sim")
@click.option("--port", type=click.IntRange(1, 65535), default=8090, show_default=True, help="Where to listen.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--db", "database", type=options.FILE, metavar="FILE", help="Keep its truth in this SQLite file.")
@click.option("--config", type=options.FILE, metavar="FILE.toml", help="Credentials, athletes, limits and trouble.")
def command(*, port: int, host: str, database: Path | None, config: Path | None) -> None:
    """Run a simulated Strava until Ctrl-C; its page at / tells how to point a client at it."""
    try:
        wanted = Configuration() if config is None else read_configuration(config)
        serve(Options(host, port, database, wanted), lambda text: click.echo(text, nl=False))
    except BadConfiguration as wrong:
        raise Refused("bad_configuration", str(wrong)) from wrong
