"""`ayda serve`, `ayda worker` and `ayda migrate`: the services as processes of this machine."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Coroutine
from typing import Any

import click
import structlog

from cli import services, stopping
from cli.failure import Refused
from servicekit.base.settings import load_environ
from servicekit.web.server import NotServing, listen, serving

_KEY = "CROSS_SERVICE_API_KEY"
_log = structlog.get_logger("ayda.serve")


@click.command("serve")
@services.argument
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Of the one service [default: ayda 8001, predictor 8000].")
def serve(*, service: str | None, host: str, port: int | None) -> None:
    """Serve a service, or both in one process, and work on their jobs unless WORKER_EMBEDDED=false.

    Both need databases of their own: what belongs to the predictor alone is set as PREDICTOR_DATABASE_URL,
    PREDICTOR_PUBLIC_URL and so on. Without a key of yours they make one up.
    """
    if port is not None and service is None:
        raise click.UsageError("--port is of one service; name it.")
    environs = services.environments(service)
    if service is None:
        key = secrets.token_urlsafe(32)
        for environ in environs.values():
            environ.setdefault(_KEY, key)
    apps = {each: each.app(settings) for each, settings in services.configured(environs).items()}
    sockets = {each: _listen(host, port or each.port) for each in apps}
    stopping.until_stopped(_serve([(each.name, apps[each], sockets[each]) for each in apps]))


@click.command("worker")
@services.argument
def worker(*, service: str | None) -> None:
    """Work on the jobs of a service, or of both, until asked to stop; running jobs then get their grace time.

    Serve them with WORKER_EMBEDDED=false beside it. Settings are those of `serve`.
    """
    configured = services.configured(services.environments(service))
    stopping.until_stopped(_work([each.work(settings) for each, settings in configured.items()]))


@click.command("migrate")
@services.argument
def migrate(*, service: str | None) -> None:
    """Bring the database of a service, or of both, to the last revision; it needs no setting but DATABASE_URL.

    Several may do so at once. An upgrade is all there, or nothing of it.
    """
    urls = services.database_urls(services.environments(service))
    from servicekit.data.migrations import upgrade  # noqa: PLC0415 - a bad setting is said before Alembic is imported

    for each, url in urls.items():
        upgrade(each.package, url)
        click.echo(f"{each.name}: migrated.", err=True)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as error:
        raise Refused("port_not_free", f"{host}:{port} cannot be listened on: {error.strerror}.") from error


async def _serve(apps: list[tuple[str, Any, socket.socket]]) -> None:
    trusted = load_environ().get("FORWARDED_ALLOW_IPS", "127.0.0.1")
    try:
        async with contextlib.AsyncExitStack() as stack:
            tasks = []
            for name, app, listener in apps:
                tasks.append(await stack.enter_async_context(serving(app, listener, trusted_proxies=trusted)))
                _log.info("serving", service=name, address=listener.getsockname()[:2])
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    except NotServing as error:
        raise Refused("not_serving", str(error)) from error


async def _work(work: list[Coroutine[Any, Any, None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for each in work:
            group.create_task(each)
