"""`ayda serve`, `ayda worker` and `ayda migrate`: the services as processes of this machine."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

import click
import structlog

from cli import preflight, services, stopping
from cli.failure import Refused
from cli.healthy import beating
from servicekit.base.logs import write_repeats
from servicekit.data.trouble import DatabaseUnavailable, trouble_told
from servicekit.web.limits import MOST_OF_GRANIAN, Limits, connections_within, raise_descriptor_limit
from servicekit.web.server import NotServing, listen, serving

_KEY = "CROSS_SERVICE_API_KEY"
_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_log = structlog.get_logger("ayda.serve")


@click.command("serve")
@services.argument
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Of the one service [default: ayda 8001, predictor 8000].")
@click.option(
    "--server",
    type=click.Choice(["uvicorn", "granian"]),
    default="uvicorn",
    show_default=True,
    help="What speaks HTTP; Granian is faster, serves one service and wants a proxy in front of it.",
)
@click.option(
    "--notice",
    type=click.FloatRange(0, 60),
    default=0.0,
    metavar="SECONDS",
    help="Asked to stop, serve on for so long while /health/ready says no: for a balancer in front of several.",
)
def serve(*, service: str | None, host: str, port: int | None, server: str, notice: float) -> None:
    """Serve a service, or both in one process, and work on their jobs unless WORKER_EMBEDDED=false.

    Both need databases of their own: what belongs to the predictor alone is set as PREDICTOR_DATABASE_URL,
    PREDICTOR_PUBLIC_URL and so on. Without a key of yours they make one up.
    """
    if port is not None and service is None:
        raise click.UsageError("--port is of one service; name it.")
    if server == "granian":
        _serve_with_granian(service, host, port, notice)
        return
    environs = services.environments(service)
    if service is None:
        key = secrets.token_urlsafe(32)
        for environ in environs.values():
            environ.setdefault(_KEY, key)
    configured = services.configured(environs)
    preflight.check_stores(configured)
    apps = {each: each.app(settings) for each, settings in configured.items()}
    sockets = {each: _listen(host, port or each.port) for each in apps}
    limits = Limits(connections=connections_within(raise_descriptor_limit(), servers=len(apps)), notice_s=notice)
    stopping.until_stopped(_serve([(each.name, apps[each], sockets[each]) for each in apps], limits))


@click.command("worker")
@services.argument
@click.option("--heartbeat", type=_FILE, metavar="FILE", help="Touch this file every five seconds while at work.")
@click.option("--metrics-host", default="127.0.0.1", show_default=True, help="The address for those who watch.")
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65535),
    is_flag=False,
    flag_value=0,
    help="Answer /metrics and /health there; without a number: ayda 9101, predictor 9100.",
)
def worker(*, service: str | None, heartbeat: Path | None, metrics_host: str, metrics_port: int | None) -> None:
    """Work on the jobs of a service, or of both, until asked to stop; running jobs then get their grace time.

    Serve them with WORKER_EMBEDDED=false beside it. Settings are those of `serve`.
    """
    if metrics_port is not None and service is None:
        raise click.UsageError("--metrics-port is of one service; name it.")
    configured = services.configured(services.environments(service))
    preflight.check_stores(configured)
    work = [
        each.work(settings, None if metrics_port is None else _listen(metrics_host, metrics_port or each.metrics_port))
        for each, settings in configured.items()
    ]
    stopping.until_stopped(_work([*work, *([] if heartbeat is None else [beating(heartbeat)])]))


@click.command("migrate")
@services.argument
def migrate(*, service: str | None) -> None:
    """Bring the database of a service, or of both, to the last revision; it needs no setting but DATABASE_URL.

    Several may do so at once. An upgrade is all there, or nothing of it.
    """
    urls = services.database_urls(services.environments(service))
    for each, url in urls.items():
        _migrate(each, url)
        click.echo(f"{each.name}: migrated.", err=True)


def _migrate(service: services.Service, url: str) -> None:
    # a bad setting is said before Alembic is imported
    from servicekit.data.migrations import MigrationError, upgrade  # noqa: PLC0415

    try:
        with trouble_told():
            upgrade(service.package, url)
    except DatabaseUnavailable as trouble:
        raise preflight.database_unusable(service, trouble) from trouble
    except OSError as error:
        raise preflight.no_folder(service, error) from error
    except MigrationError as error:
        variable = services.variable_of("DATABASE_URL", service)
        raise Refused("migration_failed", f"{variable}: {error}") from error


def _listen(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as error:
        raise Refused("port_not_free", f"{host}:{port} cannot be listened on: {error.strerror}.") from error


async def _serve(apps: list[tuple[str, Any, socket.socket]], limits: Limits) -> None:
    try:
        async with contextlib.AsyncExitStack() as stack:
            tasks = []
            for name, app, listener in apps:
                served = serving(app, listener, limits=limits, is_proxy=app.proxies.__contains__)
                tasks.append(await stack.enter_async_context(served))
                _log.info("serving", service=name, address=listener.getsockname()[:2])
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                for _, app, _ in apps:
                    app.notice.give()
                await asyncio.wait(tasks, timeout=limits.notice_s, return_when=asyncio.FIRST_COMPLETED)
                raise
    except NotServing as error:
        raise Refused("not_serving", str(error)) from error


def _serve_with_granian(service: str | None, host: str, port: int | None, notice_s: float) -> None:
    if service is None:
        raise click.UsageError("Granian serves one service; name it.")
    served = services.SERVICES[service]
    # what is wrong is said here, and not by a process that dies
    configured = services.configured(services.environments(service))
    preflight.check_stores(configured)
    try:
        from cli import granian_parent  # noqa: PLC0415 - Granian is an extra
    except ModuleNotFoundError:
        raise Refused("no_granian", "Granian is not installed; it comes with ayda's extra `production`.") from None
    listener = _listen(host, port or served.port)
    connections = connections_within(raise_descriptor_limit(), most=MOST_OF_GRANIAN)
    limits = Limits(connections=connections, notice_s=notice_s)
    _log.info("serving", service=service, address=listener.getsockname()[:2], server="granian")
    (settings,) = configured.values()
    granian_parent.become(service, listener, limits, settings.log_level, settings.log_format)


async def _work(work: list[Coroutine[Any, Any, None]]) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for each in work:
                group.create_task(each)
    finally:
        write_repeats()
