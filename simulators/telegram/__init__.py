"""A Telegram that runs here: the Bot API, two people and a group, faults and flood limits, and a page to chat in."""

from __future__ import annotations

from simulators.telegram.limits import FloodLimits
from simulators.telegram.simulator import DEFAULT_TOKEN, Telegram
from simulators.telegram.web.app import create_app

__all__ = ["DEFAULT_TOKEN", "FloodLimits", "Telegram", "create_app"]
