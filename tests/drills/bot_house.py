"""Telegram, the web process that hears it and the worker that answers: both can be killed and started again."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ayda_service.messages.models import BotMessage
from ayda_service.updates.models import BotUpdate
from servicekit.base.vault import generate_setting
from servicekit.data.database import Database
from servicekit.data.migrations import upgrade
from servicekit.web.server import listen, serving
from simulators.telegram import Telegram
from simulators.telegram import create_app as create_telegram
from simulators.telegram.trouble import OrderedTrouble
from simulators.telegram.world.people import Person
from tests.drills.edge_house import BOT_TOKEN, KEY, Served, ServerKind
from tests.drills.places import Place
from tests.drills.reporting import DRILL
from tests.drills.webhook_house import Worker
from tests.system.processes import HOST, free_port, killed_at_the_end

FIRST_PERSON = 200_000_001


class QuickWorker(Worker):
    """One whose jobs others have after two seconds, where an operator's have them after thirty."""

    def _arguments(self) -> list[str]:
        return [sys.executable, "-m", "tests.drills.bot_worker"]


@dataclass
class BotHouse:
    """`people` write to the bot of an ayda on this kind of server and database."""

    folder: Path
    server: ServerKind
    place: Place
    people: int
    kills_s: list[float] = field(default_factory=list)
    """When the worker was killed, in the time of Telegram's clock."""

    def __post_init__(self) -> None:
        persons = [Person(FIRST_PERSON + n, f"P{n}", f"person_{n}") for n in range(self.people)]
        self.telegram = Telegram(token=BOT_TOKEN, people=persons, seed=7)
        self._socket = listen(HOST)
        telegram_url, port = f"http://{HOST}:{self._socket.getsockname()[1]}", free_port()
        self.database_url = self.place("ayda")
        environment = {
            "CROSS_SERVICE_API_KEY": KEY,
            "DATABASE_URL": self.database_url,
            "PUBLIC_URL": f"http://{HOST}:{port}",
            "STRAVA_CLIENT_ID": "4242",
            "STRAVA_CLIENT_SECRET": "simulated-secret",
            "TOKEN_ENCRYPTION_KEYS": generate_setting(),
            "TELEGRAM_BOT_TOKEN": BOT_TOKEN,
            "TELEGRAM_WEBHOOK_SECRET": "webhook-secret-0000000000000000000000000",
            "TELEGRAM_API_BASE": telegram_url,
            "WORKER_EMBEDDED": "false",
            "LOG_LEVEL": "WARNING",
            "OPENBLAS_NUM_THREADS": "1",
        }
        self.web = Served(("serve", "ayda"), port, environment, self.folder, server=self.server)
        # the long form waits for a killed worker's jobs as long as an operator would
        self.worker = (Worker if DRILL else QuickWorker)(("worker", "ayda"), 0, environment, self.folder)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Telegram has been told where updates go."""
        await asyncio.to_thread(upgrade, "ayda_service", self.database_url)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(serving(create_telegram(self.telegram), self._socket))
            stack.enter_context(killed_at_the_end(self.web, self.worker))
            await asyncio.to_thread(self.web.start)
            self.worker.start()
            while not self.telegram.courier.webhook.url:
                await self.telegram.bell.wait_beyond(self.telegram.bell.rung, 1.0)
            yield

    def trouble(self, chance: random.Random) -> None:
        """From now on: calls are refused, updates come twice or late, and for some people one receipt gets lost."""
        trouble = self.telegram.trouble
        trouble.refused_share, trouble.flood_share, trouble.retry_after_s = 0.05, 0.03, 1
        trouble.duplicate_share, trouble.duplicate_after_s = 0.2, 1.0
        trouble.late_share, trouble.late_s, trouble.webhook_within_s = 0.1, 1.0, 5.0
        unlucky = chance.sample(sorted(self.telegram.people), len(self.telegram.people) // 4)
        for number, person_id in enumerate(unlucky):
            kind = "lost" if number % 2 else "silent"
            self.telegram.desk.order(OrderedTrouble(kind, "sendMessage", person_id, silence_s=0.2))

    async def kill(self, *, web: bool) -> None:
        """One of the processes, and starts it again."""
        victim = self.web if web else self.worker
        if not web:
            self.kills_s.append(self.telegram.clock.now_s())
        await asyncio.to_thread(victim.kill)
        await asyncio.to_thread(victim.start)

    async def settled(self, patience_s: float) -> float:
        """Seconds until nothing waits any more, neither at Telegram nor here; gives up where nothing moves."""
        database, begun = Database(self.database_url), time.monotonic()
        seen, moved_at = self.telegram.bell.rung, begun
        try:
            while self.telegram.line.pending() or await database.read(_waiting):
                await asyncio.sleep(0.2)
                if seen != self.telegram.bell.rung:
                    seen, moved_at = self.telegram.bell.rung, time.monotonic()
                assert time.monotonic() - moved_at < patience_s, "nothing moves, and something waits"
        finally:
            await database.close()
        return time.monotonic() - begun


def _waiting(session: Session) -> int:
    """Updates that are not answered, and messages that are not sent."""
    counts: Sequence[type[BotUpdate | BotMessage]] = (BotUpdate, BotMessage)
    states = [select(func.count()).select_from(each).where(each.state == "new") for each in counts]
    return sum(session.execute(state).scalar_one() for state in states)
