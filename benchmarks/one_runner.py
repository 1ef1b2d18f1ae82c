"""Two published activities of one runner, forecast from the flat pace alone, beside that runner's 11-bin profile."""

from __future__ import annotations

import numpy as np

from benchmarks.baselines.eleven_bins import paces_at
from benchmarks.compared import HEAD, MODE, arrivals_s, as_minutes, compared
from benchmarks.courses import course_of_splits
from benchmarks.published import PublishedActivity, TwoActivities
from benchmarks.tables import Table
from kernel.forecast import times_of
from kernel.tracks import RouteGeometry
from kernel.tracks.track import FloatArray


def totals(two: TwoActivities) -> Table:
    rows = []
    for activity in two.activities:
        actual_s = 60.0 * sum(split[2] for split in activity.splits)
        told = {
            "the runner's 11-bin profile, P50 (in-sample)": float(by_profile_s(two, activity, 1).sum()),
            "ayda, flat pace stated, net climb of splits": _forecast_s(two, activity, None),
            "ayda, flat pace stated, real climb": _forecast_s(two, activity, activity.gain_m),
        }
        rows += [[f"{activity.name}, {what}", *compared(actual_s, said_s, as_minutes)] for what, said_s in told.items()]
    return Table("Two activities of one runner, min", ["activity, method", *HEAD], rows)


def kilometres(two: TwoActivities, activity: PublishedActivity) -> Table:
    """Kilometre by kilometre."""
    profile_s = by_profile_s(two, activity, 1)
    route = _course_of(activity, None)
    edges_m = np.cumsum([split[0] for split in activity.splits])
    ours_s = np.diff(arrivals_s(route, edges_m, 60.0 * two.flat_pace_min_per_km), prepend=0.0)
    rows = [
        [
            str(number),
            f"{length_m:.0f}",
            f"{percent:+.1f}",
            *compared(60.0 * minutes, said_s, as_minutes),
            as_minutes(bin_s),
        ]
        for number, ((length_m, percent, minutes), said_s, bin_s) in enumerate(
            zip(activity.splits, ours_s, profile_s, strict=True), 1
        )
    ]
    actual_s = np.array([60.0 * split[2] for split in activity.splits])
    error, of_profile = (100 * float(np.abs(said / actual_s - 1).mean()) for said in (ours_s, profile_s))
    title = (
        f"Kilometres of {activity.name} ({activity.what}), min: mean error {error:.1f} %, of the 11-bin profile "
        f"{of_profile:.1f} %"
    )
    return Table(title, ["split", "m", "%", *HEAD, "11-bin profile"], rows, long=True)


def by_profile_s(two: TwoActivities, activity: PublishedActivity, percentile: int) -> FloatArray:
    """Seconds per split as the runner's own profile has them."""
    length_m, percent, _ = (np.array(column) for column in zip(*activity.splits, strict=True))
    seconds_: FloatArray = length_m / 1000.0 * paces_at(percent / 100.0, two.profile_s_per_km(percentile))
    return seconds_


def _forecast_s(two: TwoActivities, activity: PublishedActivity, gain_m: float | None) -> float:
    """Median of someone who states the flat pace and has no history."""
    pace = 60.0 * two.flat_pace_min_per_km
    return times_of(_course_of(activity, gain_m), mode=MODE, profile=None, flat_pace_s_per_km=pace).p50_s


def _course_of(activity: PublishedActivity, gain_m: float | None) -> RouteGeometry:
    lengths, percents, _ = zip(*activity.splits, strict=True)
    return course_of_splits(lengths, [percent / 100.0 for percent in percents], gain_m)
