from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from ayda_service.settings import MemberBudgets, Settings
from tests.ayda.support import Ayda, World
from tests.ayda.uploads.bench import API_BASE


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Three files and not a word of Strava unless a test asks."""
    return replace(settings, strava_api_base=API_BASE, budgets=MemberBudgets(files=3))


@pytest.fixture
async def club(world: World) -> AsyncIterator[Ayda]:
    async with world.running() as running:
        yield running
