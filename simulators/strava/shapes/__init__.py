"""Strava's JSON, computed from athletes, activities and their tracks."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
