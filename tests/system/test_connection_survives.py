"""A connection is never forgotten: whoever dies or is away, the predictor learns of it in the end."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from cli.demo.client import Visitor
from cli.demo.stage import Stage
from servicekit.base.vault import generate_setting
from tests.system.processes import Process, free_port, killed_at_the_end

PATIENCE_S = 240.0


class House:
    """Three processes that share one configuration; none of them runs yet."""

    def __init__(self, folder: Path) -> None:
        ports = free_port(), free_port(), free_port()
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        self.stage = Stage(*urls, bot_token=f"4242:{secrets.token_urlsafe(26)}", api_key=secrets.token_urlsafe(32))
        shared = {
            "CROSS_SERVICE_API_KEY": self.stage.api_key,
            "STRAVA_OAUTH_BASE": self.stage.strava_url,
            "STRAVA_API_BASE": f"{self.stage.strava_url}/api/v3",
        }
        ayda = {
            **shared,
            "DATABASE_URL": f"sqlite:///{folder / 'ayda.db'}",
            "GPX_PREDICTOR_API_URL": self.stage.predictor_url,
            "PUBLIC_URL": self.stage.ayda_url,
            "STRAVA_CLIENT_ID": "4242",
            "STRAVA_CLIENT_SECRET": "simulated-secret",
            "TOKEN_ENCRYPTION_KEYS": generate_setting(),
            "TELEGRAM_BOT_TOKEN": self.stage.bot_token,
        }
        predictor = {
            **shared,
            "DATABASE_URL": f"sqlite:///{folder / 'predictor.db'}",
            "AYDA_RUN_API_URL": self.stage.ayda_url,
            "TOKEN_ENCRYPTION_KEYS": generate_setting(),
        }
        self.strava = Process(("sim", "strava"), ports[0], {}, folder, ready_path="/_sim")
        self.ayda = Process(("serve", "ayda"), ports[1], ayda, folder)
        self.ayda_without_worker = Process(("serve", "ayda"), ports[1], {**ayda, "WORKER_EMBEDDED": "false"}, folder)
        self.predictor = Process(("serve", "predictor"), ports[2], predictor, folder)

    @property
    def processes(self) -> tuple[Process, ...]:
        return self.strava, self.ayda, self.ayda_without_worker, self.predictor


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    built.ayda.migrate()
    built.predictor.migrate()
    with killed_at_the_end(*built.processes):
        built.strava.start()
        yield built


@pytest.fixture
async def visitor(house: House) -> AsyncIterator[Visitor]:
    async with contextlib.aclosing(Visitor(house.stage)) as talking:
        yield talking


async def _is_synced(visitor: Visitor, athlete_id: int) -> bool:
    """Whether the predictor comes to know the athlete and reads their activities, within our patience."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                state = await visitor.sync_state(athlete_id)
                if state is not None and state.status == "success":
                    return True
                await asyncio.sleep(0.1)
    except TimeoutError:
        return False


async def test_a_kill_between_storing_the_tokens_and_the_notice_loses_nothing(house: House, visitor: Visitor):
    house.ayda_without_worker.start()
    athlete_id = await visitor.create_athlete(3)
    await visitor.connect(athlete_id)
    house.ayda_without_worker.kill()

    house.predictor.start()
    assert await visitor.sync_state(athlete_id) is None
    house.ayda.start()
    assert await _is_synced(visitor, athlete_id)


async def test_a_callback_succeeds_while_the_predictor_is_down_and_the_notice_arrives_later(
    house: House, visitor: Visitor
):
    house.ayda.start()
    athlete_id = await visitor.create_athlete(3)
    await visitor.connect(athlete_id)

    house.predictor.start()
    assert await _is_synced(visitor, athlete_id)
