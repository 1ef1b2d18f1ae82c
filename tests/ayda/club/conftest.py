"""ayda in front of a predictor that knows how long a course takes the members of a club."""

from __future__ import annotations

import pytest

from ayda_service.settings import Settings
from simulators.strava.simulator import Simulator
from tests.ayda.club.support import ClubPredictor
from tests.ayda.support import CLIENT_SECRET, World
from tests.servicekit.strava.support import Clock, StravaTransport


@pytest.fixture
def predictor() -> ClubPredictor:
    return ClubPredictor()


@pytest.fixture
def world(settings: Settings, clock: Clock, predictor: ClubPredictor) -> World:
    simulator = Simulator(now=clock.now, seed=1, rotation="strict", client_secret=CLIENT_SECRET)
    return World(settings, clock, simulator, StravaTransport(simulator), predictor)
