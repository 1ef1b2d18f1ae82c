"""Forecast beside published: how a figure is written and how the forecast is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from kernel.contracts.prediction import Mode
from kernel.forecast import predict
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray

MODE: Final[Mode] = "trail_run"
HEAD: Final = ("published", "forecast", "ratio")


def arrivals_s(
    route: RouteGeometry, at_m: Sequence[float] | FloatArray, flat_pace_s_per_km: float | None
) -> FloatArray:
    """Median arrivals without a stop anywhere."""
    way = predict(route, mode=MODE, profile=None, flat_pace_s_per_km=flat_pace_s_per_km).way
    share = way.pacing.share_at(np.minimum(at_m, route.length_m))
    median_s: FloatArray = share * way.clock.going_at(np.zeros(len(share)))
    return median_s


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
