"""`ayda worker`."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import click

from cli import services, stopping


@click.command("worker")
@services.argument
def command(*, service: str | None) -> None:
    """Work on the jobs of a service, or of both, until asked to stop; running jobs then get their grace time.

    Serve them with WORKER_EMBEDDED=false beside it. Settings are those of `serve`.
    """
    configured = services.configured(services.environments(service))
    stopping.until_stopped(_work([each.work(settings) for each, settings in configured.items()]))


async def _work(work: list[Coroutine[Any, Any, None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for each in work:
            group.create_task(each)
