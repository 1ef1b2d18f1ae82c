from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import pytest

from ayda_service.settings import Settings
from ayda_service.webhook_settings import WebhookSettings
from tests.ayda.support import Ayda, World
from tests.ayda.webhooks.support import DISCONNECTED, OFF

Open = Callable[[WebhookSettings | None], AbstractAsyncContextManager[Ayda]]


@pytest.fixture
def open_ayda(world: World, settings: Settings) -> Open:
    """An ayda with these webhook settings, and a predictor that takes events."""
    world.predictor.answers["POST", DISCONNECTED] = (200, {"status": "erased", "erased": {"activity": 3}})

    @asynccontextmanager
    async def opened(webhooks: WebhookSettings | None) -> AsyncIterator[Ayda]:
        async with world.running(replace(settings, webhooks=webhooks)) as running:
            yield running

    return opened


@pytest.fixture
async def hooked(open_ayda: Open) -> AsyncIterator[Ayda]:
    """Without signatures, as Strava's documentation has it."""
    async with open_ayda(OFF) as ayda:
        yield ayda
