"""On the day: what was expected before the start, where somebody came through when, and what that says of the rest."""

from __future__ import annotations

from typing import Annotated

import msgspec

from kernel.contracts.times import QuantilesS

MOST_PLACES = 400
PlaceM = Annotated[float, msgspec.Meta(gt=0, le=1_000_000)]
"""Metres from the start."""
ToldTime = Annotated[float, msgspec.Meta(gt=0, le=10_000_000)]
"""Seconds, as an answer told them."""


class ToldS(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds at the 10th, 50th and 90th percentile, as an answer told them."""

    p10: ToldTime
    p50: ToldTime
    p90: ToldTime


class ExpectedPlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place on the way: its arrival, planned stop and cutoff, as in a `CheckpointForecast`."""

    at_m: PlaceM
    eta_s: ToldS
    stop_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 0.0
    cutoff_s: ToldTime | None = None


class Expected(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a `Prediction` told before the start: of its `route`, its `interval` and `elapsed_s`, and of some places.

    Between two places time is taken to pass with the distance.
    """

    distance_m: PlaceM
    gain_m: Annotated[float, msgspec.Meta(ge=0, le=100_000)]
    moving_s: ToldS
    finish_s: ToldS
    places: Annotated[list[ExpectedPlace], msgspec.Meta(max_length=MOST_PLACES)] = []


class Passing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody came by here so long after the start."""

    at_m: PlaceM
    elapsed_s: ToldTime


class ReforecastRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whoever asks sends all that counts: nothing is kept and nothing looked up."""

    expected: Expected
    passed: Annotated[list[Passing], msgspec.Meta(min_length=1, max_length=MOST_PLACES)]


class PlaceAhead(msgspec.Struct, frozen=True):
    """When a place still to come is reached now, and the chance to be there by its cutoff; null where there is none."""

    at_m: float
    eta_s: QuantilesS
    p_in_time: float | None


class Reforecast(msgspec.Struct, frozen=True):
    """What is to come, from the last passing on: seconds after the start, stops included.

    `behind_s` is how much later than expected that passing was; negative for earlier.
    """

    passed_at_m: float
    behind_s: int
    finish_s: QuantilesS
    ahead: list[PlaceAhead]
