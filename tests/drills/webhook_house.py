"""ayda's receiver and worker as processes to be killed, and a predictor whose tables tell what had an effect."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
from sqlalchemy import select

from ayda_service.members.models import Member
from ayda_service.strava.models import StravaToken
from kernel.strava.webhooks import path_secret
from predictor_service.events.models import StravaEventRow
from servicekit.base.vault import generate_setting
from servicekit.data.columns import uuid7
from servicekit.data.database import Database
from servicekit.data.migrations import upgrade
from tests.drills.places import Place
from tests.system.processes import Process, free_port, killed_at_the_end

KEY = "bars-key-000000000000000000000000"
VERIFY_TOKEN = "bars-verify-token-0000"
START = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class Worker(Process):
    """A worker serves nothing, so it is running once it was started."""

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                self._arguments(), cwd=self.folder, env=self._environment(), stdout=log, stderr=log, process_group=0
            )

    def _arguments(self) -> list[str]:
        return [sys.executable, "-m", "cli", *self.command]

    def kill(self) -> None:
        if self._running is not None:
            os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait(10)
            self._running = None

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        return {**kept, "PYTHONPATH": str(Path(__file__).parents[2]), **self.environment}


class House:
    """Receiver, worker and predictor, each with a database of its own; `athletes` are known to both services."""

    def __init__(self, folder: Path, athletes: int, place: Place) -> None:
        self.folder = folder
        self.owners = [100_000_000 + number for number in range(athletes)]
        self.predictor_database = place("predictor")
        self.ayda_database = place("ayda")
        upgrade("predictor_service", self.predictor_database)
        upgrade("ayda_service", self.ayda_database)
        shared = {"CROSS_SERVICE_API_KEY": KEY, "WORKER_EMBEDDED": "false", "LOG_LEVEL": "WARNING"}
        shared["OPENBLAS_NUM_THREADS"] = "1"
        self.predictor = Process(
            ("serve", "predictor"),
            free_port(),
            {
                **shared,
                "DATABASE_URL": self.predictor_database,
                "TOKEN_ENCRYPTION_KEYS": generate_setting(),
                "BACKGROUND_SYNC_ENABLED": "false",
            },
            folder,
        )
        environment = {
            **shared,
            "DATABASE_URL": self.ayda_database,
            "GPX_PREDICTOR_API_URL": self.predictor.url,
            "STRAVA_CLIENT_ID": "4242",
            "STRAVA_CLIENT_SECRET": "simulated-secret",
            "STRAVA_API_BASE": "http://127.0.0.1:9",
            "STRAVA_WEBHOOK_VERIFY_TOKEN": VERIFY_TOKEN,
            "TOKEN_ENCRYPTION_KEYS": generate_setting(),
            "TELEGRAM_BOT_TOKEN": f"4242:{'b' * 35}",
        }
        self.receiver = Process(("serve", "ayda"), free_port(), environment, folder)
        self.worker = Worker(("worker", "ayda"), 0, environment, folder)

    @property
    def callback(self) -> str:
        return f"{self.receiver.url}/webhooks/strava/{path_secret(VERIFY_TOKEN)}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        with killed_at_the_end(self.predictor, self.receiver, self.worker):
            await asyncio.to_thread(self.predictor.start)
            await self._introduce()
            await asyncio.to_thread(self.receiver.start)
            self.worker.start()
            yield

    async def _introduce(self) -> None:
        database = Database(self.ayda_database)
        async with httpx.AsyncClient(base_url=self.predictor.url, trust_env=False, headers={"X-API-Key": KEY}) as http:
            for owner in self.owners:
                member = Member(id=uuid7(), telegram_id=owner, created_at=START)
                with database.transaction() as session:
                    session.add(member)
                    session.flush()
                    session.add(_token(owner, member))
                body = {"telegram_id": str(owner), "athlete_id": owner}
                answer = await http.post("/api/v1/internal/strava/connected", json=body)
                assert answer.status_code == 200
        await database.close()

    async def effects(self) -> list[int]:
        """The activities the predictor has taken events about, once for each event."""
        database = Database(self.predictor_database)
        try:
            with database.reading() as session:
                return list(session.scalars(select(StravaEventRow.strava_activity_id)))
        finally:
            await database.close()


def _token(owner: int, member: Member) -> StravaToken:
    return StravaToken(
        athlete_id=owner,
        member_id=member.id,
        updated_at=START,
        scope="read,activity:read_all",
        state="active",
        access_sealed="",
        refresh_sealed=[],
        expires_at_s=0,
        obtained_at_s=0,
        fence=0,
    )
