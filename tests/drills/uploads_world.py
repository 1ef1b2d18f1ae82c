"""What the bars of uploads share: a bench on an empty database, and a line for the figure."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import structlog

from tests.ayda.uploads.bench import NOON, Bench, empty_database, open_bench
from tests.service_database import ON_POSTGRES

SLACK_S = 12.0
"""Beyond the jitter of those who wait for one moment: they run together, as they would."""
MARKS = ["postgres"] if ON_POSTGRES else []


@asynccontextmanager
async def quiet_bench(folder: Path, *, at: datetime = NOON) -> AsyncIterator[Bench]:
    """Uploads on an empty database; nothing is logged, because drawing tracebacks takes longer than the tries."""
    with empty_database(folder) as url, structlog.testing.capture_logs():
        async with open_bench(url, at=at) as bench:
            yield bench
