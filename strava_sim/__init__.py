"""A Strava that runs here: OAuth, activities, streams, uploads, limits and faults, from its own truth in memory."""

from __future__ import annotations

from strava_sim.quota import NEW_APP, REVIEWED_APP, SELF_UPGRADED_APP, RateLimits
from strava_sim.simulator import Simulator
from strava_sim.web.app import create_app

__all__ = ["NEW_APP", "REVIEWED_APP", "SELF_UPGRADED_APP", "RateLimits", "Simulator", "create_app"]
