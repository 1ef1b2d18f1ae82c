"""The sun over a route."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from kernel.contracts.quantiles import QuantilesS

Sun = Literal["rises_and_sets", "never_sets", "never_rises"]


class TurnAround(msgspec.Struct, frozen=True):
    """The last place and moment to turn and be back at the start by civil dusk, nine times in ten."""

    at_m: float
    by: datetime


class Daylight(msgspec.Struct, frozen=True):
    """The sun at the start of the route; instants in UTC, of the day of the start unless said otherwise.

    `civil_dusk` is the first one after the start, when the sun is 6 degrees below the horizon; dark is from there to
    civil dawn. Null where the sun does no such thing: `sun` says what it does on that day. `latest_start` is the last
    one that ends before that dusk nine times in ten.
    """

    sun: Sun
    sunrise: datetime | None
    sunset: datetime | None
    civil_dusk: datetime | None
    dark_s: QuantilesS
    finish_before_dark_p: float
    latest_start: datetime | None
    turn_around: TurnAround | None
