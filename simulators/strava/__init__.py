"""A Strava that runs here: OAuth, activities, streams, uploads, limits and faults, from its own truth in memory."""

from __future__ import annotations

from simulators.strava.application.quota import REVIEWED_APP, SELF_UPGRADED_APP, RateLimits
from simulators.strava.simulator import Simulator
from simulators.strava.web.app import create_app

__all__ = ["REVIEWED_APP", "SELF_UPGRADED_APP", "RateLimits", "Simulator", "create_app"]
