"""What an event of Strava costs the predictor, told of by itself and in batches: milliseconds of CPU.

    python -m benchmarks.events [--events N]

prints one JSON object: `ms_per_event` by the size of the batch, over a whole request (in this process, without a
socket), its transaction on SQLite and the job that it puts. Each event is about another athlete, as on a Sunday.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

import httpx

from kernel.contracts.connection import MOST_EVENTS
from predictor_service.app import create_app
from predictor_service.athletes.store import AthleteStore
from predictor_service.settings import Settings
from servicekit.base.vault import Vault
from servicekit.data.columns import uuid7
from servicekit.data.migrations import upgrade
from servicekit.web.api_keys import ApiKeys
from servicekit.web.budgets import Budget, RequestBudgets

NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
SIZES: Final = (1, 10, MOST_EVENTS)
UNHURRIED: Final = RequestBudgets(Budget(1_000_000, 100_000), Budget(1_000_000, 100_000))
_KEY: Final = "a-key-of-the-benchmark-000000000000000"
_PATH: Final = "/api/v1/internal/strava/events"


def event(number: int) -> dict[str, Any]:
    """One new activity of one of the athletes."""
    about = {"event_id": str(uuid7()), "telegram_id": str(number), "athlete_id": number, "object_type": "activity"}
    return {**about, "object_id": number, "aspect_type": "create", "updates": {}, "event_time": 1_780_000_000}


async def measured(folder: Path, events: int) -> dict[int, float]:
    """Milliseconds of CPU of each event, by the size of the batch; 1 is the endpoint for one event."""
    url = f"sqlite:///{folder / 'predictor.db'}"
    await asyncio.to_thread(upgrade, "predictor_service", url)
    vault, keys = Vault({"k1": bytes(range(32))}), ApiKeys.parse(_KEY)
    settings = Settings(
        vault=vault, database_url=url, api_keys=keys, worker_embedded=False, background_sync_enabled=False,
        imports_folder=folder / "imports", request_budgets=UNHURRIED, reader_at_start=False,
    )  # fmt: skip
    app = create_app(settings, now=lambda: NOW)
    parts = app.litestar.state.parts
    costs = {}
    async with (
        parts.running(worker=False),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=cast("Any", app)), base_url="http://p.test") as http,
    ):
        with parts.database.transaction() as session:
            store = AthleteStore(session)
            for number in range(1, events * len(SIZES) + 1):
                athlete = store.find_or_create(str(number), NOW)
                store.set_strava_id(athlete.id, number, NOW)
        for place, size in enumerate(SIZES):
            told = [event(number) for number in range(place * events + 1, (place + 1) * events + 1)]
            began_s = time.process_time()
            for start in range(0, events, size):
                await _tell(http, told[start : start + size])
            costs[size] = 1000 * (time.process_time() - began_s) / events
    return costs


async def _tell(http: httpx.AsyncClient, events: Sequence[dict[str, Any]]) -> None:
    path, body = (_PATH, events[0]) if len(events) == 1 else (f"{_PATH}/batch", {"events": events})
    answer = await http.post(path, json=body, headers={"X-API-Key": _KEY})
    if answer.status_code != httpx.codes.ACCEPTED:
        raise RuntimeError(answer.text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.events", description=__doc__)
    parser.add_argument("--events", type=int, default=300, help="events of each size of batch")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        costs = asyncio.run(measured(Path(folder), options.events))
    print(json.dumps({"ms_per_event": {str(size): round(ms, 2) for size, ms in costs.items()}}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
