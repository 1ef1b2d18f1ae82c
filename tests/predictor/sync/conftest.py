from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from predictor_service.settings import Settings
from servicekit.data.database import Database
from servicekit.strava.access import Retries
from servicekit.web.api_keys import ApiKeys
from tests.predictor.sync.world import World, world


@pytest.fixture
def sync_settings(settings: Settings) -> Settings:
    return replace(
        settings,
        ayda_url="http://ayda",
        ayda_api_keys=ApiKeys.parse("a-key-for-ayda-000000000000000000000000"),
        strava_api_base="http://strava/api/v3",
        background_sync_enabled=True,
        strava_retries=Retries(first_s=0),
    )


@pytest.fixture
async def here(database: Database, sync_settings: Settings) -> AsyncIterator[World]:
    """The usual world: a reviewed application's quota and no history yet."""
    async with world(database, sync_settings) as made:
        yield made
