from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ayda_service.settings import Settings
from tests.ayda.bot.answered import give_answer
from tests.ayda.bot.support import Chatting, chatting
from tests.ayda.support import World


@pytest.fixture
async def chat(world: World, settings: Settings) -> AsyncIterator[Chatting]:
    async with chatting(world, settings) as opened:
        yield opened


@pytest.fixture
async def answered(chat: Chatting) -> Chatting:
    """Somebody who was given an answer about a course in Almaty; there it is the evening of June 1."""
    await give_answer(chat)
    return chat
