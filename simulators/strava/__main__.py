"""`python -m simulators.strava`: the simulated Strava alone, on a loopback port."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from simulators.strava.serving import BadConfiguration, Configuration, Options, read_configuration, serve
from simulators.strava.web.admin_bodies import NewAthlete


def main(arguments: list[str] | None = None) -> None:
    """Serve until Ctrl-C, with one athlete ready to log in as."""
    parser = argparse.ArgumentParser(prog="python -m simulators.strava", description="A Strava that runs here.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--db", type=Path, help="keep the truth in this SQLite file")
    parser.add_argument("--config", type=Path, help="a TOML file, see docs/simulator.md")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--activities", type=int, help="of the first athlete (default 120)")
    options = parser.parse_args(arguments)
    try:
        wanted = Configuration() if options.config is None else read_configuration(options.config)
        if options.seed is not None:
            wanted = msgspec.structs.replace(wanted, seed=options.seed)
        if options.activities is not None:
            wanted = msgspec.structs.replace(wanted, athletes=(NewAthlete(activities=options.activities),))
        serve(Options(options.host, options.port, options.db, wanted), _say)
    except BadConfiguration as wrong:
        sys.exit(str(wrong))


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
