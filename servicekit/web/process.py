"""`python -m SERVICE web|worker|migrate`: a service as processes, configured by its environment."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import uvicorn

from servicekit.base.logs import LogFormat, configure_logs
from servicekit.base.settings import Secret, SettingsError, load_environ
from servicekit.data.migrations import upgrade


class ProcessSettings(Protocol):
    """What running a process needs to know of a service's settings."""

    @property
    def database_url(self) -> str:
        """The database to migrate."""
        ...

    @property
    def log_level(self) -> str:
        """Lowest level that is written."""
        ...

    @property
    def log_format(self) -> LogFormat:
        """How lines are written."""
        ...

    @property
    def secrets(self) -> Sequence[Secret]:
        """What must never be written."""
        ...


S = TypeVar("S", bound=ProcessSettings)


@dataclass(frozen=True, slots=True)
class Service(Generic[S]):
    """A service and the two ways to run it."""

    package: str
    port: int
    read_settings: Callable[[Mapping[str, str]], S]
    create_app: Callable[[S], Any]
    run_worker: Callable[[S], Coroutine[Any, Any, None]]


def main(service: Service[S], arguments: Sequence[str] | None = None) -> int:
    """The command line of a service; exit code 2 when the settings cannot be used."""
    asked = _parser(service).parse_args(arguments)
    try:
        settings = settings_of_process(service.read_settings)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if asked.what == "migrate":
        upgrade(service.package, settings.database_url)
    elif asked.what == "worker":
        asyncio.run(_until_stopped(service.run_worker(settings)))
    else:
        app = service.create_app(settings)
        trusted = load_environ().get("FORWARDED_ALLOW_IPS", "127.0.0.1")
        uvicorn.run(
            app,
            host=asked.host,
            port=asked.port,
            log_config=None,
            access_log=False,
            lifespan="on",
            forwarded_allow_ips=trusted,
        )
    return 0


def settings_of_process(read_settings: Callable[[Mapping[str, str]], S]) -> S:
    """The settings of this process's environment, with logs set up to keep its secrets. Raises SettingsError."""
    settings = read_settings(load_environ())
    configure_logs(settings.log_level, settings.log_format, secrets=settings.secrets)
    return settings


def _parser(service: Service[S]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {service.package}", description="Run one process of the service.")
    parser.add_argument("what", choices=["web", "worker", "migrate"])
    parser.add_argument("--host", default="127.0.0.1", help="of `web`")
    parser.add_argument("--port", default=service.port, type=int, help="of `web`")
    return parser


async def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Works until the process is asked to stop; running jobs then get their grace time."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for asked in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(asked, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return
