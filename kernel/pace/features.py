"""What is kept of an activity: some numbers that say how hard the ground was and how long it took. No places."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec
import numpy as np

from kernel.contracts.activity import SportTag
from kernel.fitted import CURVE_PERCENT, CURVE_RELATIVE_PACE, WINDING_RAD, Kind
from kernel.pace.ground import Ground, ground_of_route, ground_of_splits
from kernel.pace.population import KIND_OF_SPORT, log_relative_pace
from kernel.pace.samples import CategoryTotals, SplitSample, samples_of_recording, totals_of
from kernel.stored import Format, digest_of
from kernel.tracks import Recording, RouteGeometry, route_from_recording
from kernel.tracks.track import FloatArray


def features_format(
    relative_pace: Mapping[Kind, tuple[float, ...]] = CURVE_RELATIVE_PACE,
    percent: tuple[float, ...] = CURVE_PERCENT,
    winding_rad: float = WINDING_RAD,
) -> Format:
    """The format of features that were measured by these numbers.

    Counts up when other code than that of these numbers changes what is stored.
    """
    digests = {kind: digest_of((percent, pace, winding_rad)) for kind, pace in relative_pace.items()}
    return Format("Activity features", "AF", 4, digests)


FEATURES_FORMAT: Final = features_format()
"""Features of another version are measured again."""

_DAY_S: Final = 86_400.0
_SHORTEST_KM: Final = 0.5
_LOG_FASTEST: Final = math.log(0.12)
_LOG_SLOWEST: Final = math.log(6.0)
_MAD_TO_SD: Final = 1.48


class ActivityFeatures(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One activity as the profile remembers it: no location, no time of day.

    `log_unit_time` is the logarithm of the seconds it takes at one second per flat metre on the population curve of
    its `kind`; `climb_cost` is the logarithm of how much longer the climbs alone make that than a flat course.
    `heterogeneity` is the spread of log grade-adjusted pace between 100 m pieces, `turn` the root of radians turned per
    100 m, `winding` the share of 100 m pieces that wind; nan where the source does not tell. `day` is whole days since
    1970. The last three are kilometre samples per gradient category.
    """

    log_unit_time: float
    climb_cost: float
    log_km: float
    kind: Kind
    sport: SportTag
    day: float
    log_moving_s: float
    elapsed_ratio: float
    heterogeneity: float
    turn: float
    winding: float
    source: Literal["recording", "splits"]
    category_seconds: tuple[float, ...]
    category_metres: tuple[float, ...]
    category_count: tuple[int, ...]

    @property
    def km(self) -> float:
        """Length in kilometres."""
        return math.exp(self.log_km)

    @property
    def moving_s(self) -> float:
        """Moving time in seconds."""
        return math.exp(self.log_moving_s)

    @property
    def usable(self) -> bool:
        """Whether a profile may rest on it: at least 500 m, at a flat-equivalent pace of 2:00 to 100 min/km."""
        log_pace = self.log_moving_s - self.log_unit_time
        return (
            math.isfinite(log_pace)
            and math.isfinite(self.day)
            and self.km >= _SHORTEST_KM
            and _LOG_FASTEST <= log_pace <= _LOG_SLOWEST
        )

    def to_bytes(self) -> bytes:
        """A compact form for storage."""
        return FEATURES_FORMAT.pack(self.kind, msgspec.msgpack.encode(self))

    @classmethod
    def from_bytes(cls, packed: bytes) -> ActivityFeatures:
        """The features that `to_bytes` packed. Raises ValueError if these are not such bytes, or of another version."""
        return msgspec.msgpack.decode(FEATURES_FORMAT.unpack(packed), type=cls)


def features_of_recording(recording: Recording, sport: SportTag) -> ActivityFeatures:
    """Features of a recording with heights. Raises BadGpx (`zero_length`) when it goes nowhere."""
    return features_of_paced_route(recording, route_from_recording(recording), sport)


def features_of_paced_route(recording: Recording, route: RouteGeometry, sport: SportTag) -> ActivityFeatures:
    """Features of a recording whose route is known already, with the route's turning."""
    kind = KIND_OF_SPORT[sport]
    return _features(
        ground_of_route(route, kind),
        samples_of_recording(recording, route),
        sport=sport,
        day=_day_of(recording.started_at),
        moving_s=recording.moving_time_s,
        elapsed_s=recording.elapsed_time_s,
        heterogeneity=_heterogeneity(recording, route, kind),
        source="recording",
    )


def features_of_splits(
    splits: Sequence[SplitSample],
    sport: SportTag,
    started_at: datetime,
    moving_time_s: float,
    elapsed_time_s: float,
    *,
    gain_m: float | None = None,
) -> ActivityFeatures:
    """Features of an activity of which only kilometre splits are known.

    Splits hide the ups and downs within a kilometre; where the activity's whole gain is known (`gain_m`) the missing
    climb is spread evenly over them. Raises ValueError when no split has a length.
    """
    going = [split for split in splits if split.distance_m > 0]
    if not going:
        raise ValueError("An activity without a split that goes anywhere has no features.")
    length_m = np.array([split.distance_m for split in going])
    rise_m = np.array([split.elevation_difference_m for split in going])
    moving_s = np.array([split.moving_time_s for split in going])
    return _features(
        ground_of_splits(length_m, rise_m, KIND_OF_SPORT[sport], gain_m),
        totals_of(length_m, rise_m, moving_s),
        sport=sport,
        day=_day_of(started_at),
        moving_s=moving_time_s,
        elapsed_s=elapsed_time_s,
        heterogeneity=math.nan,
        source="splits",
    )


def _features(
    ground: Ground,
    totals: CategoryTotals,
    *,
    sport: SportTag,
    day: float,
    moving_s: float,
    elapsed_s: float,
    heterogeneity: float,
    source: Literal["recording", "splits"],
) -> ActivityFeatures:
    moving_s = max(moving_s, 1.0)
    return ActivityFeatures(
        log_unit_time=ground.log_unit_time,
        climb_cost=ground.climb_cost,
        log_km=ground.log_km,
        kind=KIND_OF_SPORT[sport],
        sport=sport,
        day=day,
        log_moving_s=math.log(moving_s),
        elapsed_ratio=max(1.0, elapsed_s / moving_s),
        heterogeneity=heterogeneity,
        turn=ground.turn,
        winding=ground.winding,
        source=source,
        category_seconds=totals.moving_s,
        category_metres=totals.length_m,
        category_count=totals.count,
    )


def _day_of(moment: datetime) -> float:
    return float(moment.timestamp() // _DAY_S)


def _heterogeneity(recording: Recording, route: RouteGeometry, kind: Kind) -> float:
    """Spread of log grade-adjusted pace over 100 m pieces (scaled median absolute deviation); nan below five pieces."""
    edges: FloatArray = route.edges_m + recording.distance_m[0]
    moving_s = np.diff(recording.moving_s_at(edges))
    moved = moving_s > 0
    if moved.sum() < 5:
        return math.nan
    adjusted = np.log(moving_s[moved] / route.segment_length_m[moved]) - log_relative_pace(route.gradient[moved], kind)
    return float(_MAD_TO_SD * np.median(np.abs(adjusted - np.median(adjusted))))
