from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from tests.ayda.uploads.bench import Bench, open_bench


@pytest.fixture
async def bench(database_url: str) -> AsyncIterator[Bench]:
    async with open_bench(database_url) as opened:
        yield opened


@pytest.fixture(autouse=True)
def quiet_log() -> Iterator[None]:
    """Drawing tracebacks takes longer than the tries themselves."""
    with structlog.testing.capture_logs():
        yield
