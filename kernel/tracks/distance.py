"""Distances on the sphere, safe at the antimeridian and the poles."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernel.tracks.track import FloatArray, Track

EARTH_RADIUS_M: Final = 6_371_008.8
"""Mean radius R1 of the WGS 84 ellipsoid (Moritz, Geodetic Reference System 1980)."""


def step_lengths_m(lat_deg: FloatArray, lon_deg: FloatArray) -> FloatArray:
    """Great-circle metres between consecutive points (haversine formula); one fewer than there are points."""
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    across = np.sin(np.diff(lat) / 2) ** 2 + np.cos(lat[:-1]) * np.cos(lat[1:]) * np.sin(np.diff(lon) / 2) ** 2
    metres: FloatArray = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(across, 0.0, 1.0)))
    return metres


def cumulative_m(steps_m: FloatArray) -> FloatArray:
    """Running sum of steps, starting at zero: one more value than there are steps."""
    return np.concatenate(([0.0], np.cumsum(steps_m)))


def local_plane_m(lat_deg: FloatArray, lon_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
    """East and north metres of a path unrolled step by step, so headings hold locally however long the path is."""
    lat = np.radians(lat_deg)
    turn_around = (np.diff(lon_deg) + 180.0) % 360.0 - 180.0
    east = EARTH_RADIUS_M * np.cos((lat[:-1] + lat[1:]) / 2) * np.radians(turn_around)
    return cumulative_m(east), cumulative_m(EARTH_RADIUS_M * np.diff(lat))


def along_m(track: Track) -> FloatArray:
    """Metres along the way from its start to each point."""
    return cumulative_m(step_lengths_m(track.lat_deg, track.lon_deg)) if track.at_m is None else track.at_m
