"""`python -m strava_sim`: the simulated Strava alone, on a loopback port."""

from __future__ import annotations

import argparse
import sys

import uvicorn

from strava_sim.simulator import Simulator
from strava_sim.web.app import create_app


def main(arguments: list[str] | None = None) -> None:
    """Serve until Ctrl-C, with one athlete ready to log in as."""
    parser = argparse.ArgumentParser(prog="python -m strava_sim", description="A Strava that runs here.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--activities", type=int, default=120, help="of the first athlete (default 120)")
    options = parser.parse_args(arguments)
    simulator = Simulator(seed=options.seed)
    simulator.add_athlete(activities=options.activities)
    base = f"http://{options.host}:{options.port}"
    lines = (
        f"Simulated Strava: {base}/_sim explains it",
        f"  STRAVA_OAUTH_BASE={base}",
        f"  STRAVA_API_BASE={base}/api/v3",
        f"  client id {simulator.client_id}, client secret {simulator.client_secret}",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    uvicorn.run(create_app(simulator), host=options.host, port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
