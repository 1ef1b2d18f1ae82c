"""Forecast beside published: how a figure is written and how the forecast is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from kernel.contracts.prediction import CheckpointRequest, Mode
from kernel.forecast import predict
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

MODE: Final[Mode] = "trail_run"
HEAD: Final = ("published", "forecast", "ratio")


def arrivals_s(
    route: RouteGeometry, at_m: Sequence[float] | FloatArray, flat_pace_s_per_km: float | None
) -> FloatArray:
    """Median arrivals without a stop anywhere."""
    places = [CheckpointRequest(name=str(i), at_m=min(float(at), route.length_m)) for i, at in enumerate(at_m)]
    told = predict(
        route, mode=MODE, profile=None, flat_pace_s_per_km=flat_pace_s_per_km, checkpoints=places
    ).checkpoints
    return np.array([arrival.eta_s.p50 for arrival in told])


def compared(was: float, said: float, form: Callable[[float], str]) -> list[str]:
    """Published, forecast, and forecast over published."""
    return [form(was), form(said), f"{said / was:.2f}"]


def as_minutes(value_s: float) -> str:
    """Of seconds, with one decimal."""
    return f"{value_s / 60.0:.1f}"


def as_hours(value_s: float) -> str:
    """Of seconds, as `H:MM`."""
    return f"{int(value_s // 3600)}:{int(value_s % 3600 // 60):02d}"


def as_share(value: float) -> str:
    """With three decimals."""
    return f"{value:.3f}"
