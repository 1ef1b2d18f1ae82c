"""A worker process that takes a job, says so, and never ends it: to be killed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from servicekit.data.database import Database
from servicekit.jobs import Job
from tests.servicekit.jobs.conftest import open_queue


async def mark(args: Mapping[str, Any]) -> None:
    (Path(args["folder"]) / "started").touch()
    await asyncio.Event().wait()


async def main(kind: str, url: str, pace: str) -> None:
    await open_queue(kind, Database(url), pace).work([Job("mark", mark)])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
