from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ayda_service.settings import Settings
from tests.ayda.bot.support import Chatting, chatting
from tests.ayda.support import World


@pytest.fixture
async def chat(world: World, settings: Settings) -> AsyncIterator[Chatting]:
    async with chatting(world, settings) as opened:
        yield opened
