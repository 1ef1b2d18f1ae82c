"""`python -m predictor_service web|worker|migrate`: the predictor as processes, configured by its environment."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence

import uvicorn

from predictor_service.app import create_app, run_worker
from predictor_service.settings import Settings
from servicekit.clock import utc_now
from servicekit.logs import configure_logs
from servicekit.migrations import upgrade
from servicekit.settings import SettingsError, load_environ


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; exit code 2 when the settings cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m predictor_service", description=__doc__)
    parser.add_argument("what", choices=["web", "worker", "migrate"])
    parser.add_argument("--host", default="127.0.0.1", help="of `web`")
    parser.add_argument("--port", default=8000, type=int, help="of `web`")
    asked = parser.parse_args(arguments)
    try:
        settings = Settings.from_environ(load_environ())
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure_logs(settings.log_level, settings.log_format, secrets=settings.secrets)
    if asked.what == "migrate":
        upgrade("predictor_service", settings.database_url)
    elif asked.what == "worker":
        asyncio.run(_work(settings))
    else:
        app = create_app(settings, now=utc_now)
        uvicorn.run(app, host=asked.host, port=asked.port, log_config=None, access_log=False, lifespan="on")
    return 0


async def _work(settings: Settings) -> None:
    """Runs jobs until the process is asked to stop; those running then get their grace time."""
    work = asyncio.ensure_future(run_worker(settings, now=utc_now))
    loop = asyncio.get_running_loop()
    for asked in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(asked, work.cancel)
    try:
        await work
    except asyncio.CancelledError:
        return


if __name__ == "__main__":
    raise SystemExit(main())
