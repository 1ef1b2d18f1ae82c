"""The tracks behind activities, made when first asked for, and what the list shows of them."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from simulators.strava.generator.recording import RecordingPlan, record
from simulators.strava.records import Activity, ManualEntry
from simulators.strava.shapes.summary import summary_of
from simulators.strava.track import RecordedTrack

_TRACKS_KEPT = 48


class TrackShelf:
    """The last few generated tracks and every summary, until their activity changes."""

    def __init__(self) -> None:
        self._tracks: OrderedDict[int, RecordedTrack] = OrderedDict()
        self._summaries: dict[int, dict[str, Any]] = {}

    def track(self, activity: Activity) -> RecordedTrack | None:
        """The one track behind this activity; None for a manual one."""
        if isinstance(activity.source, ManualEntry):
            return None
        if isinstance(activity.source, RecordedTrack):
            return activity.source
        return self._generated(activity.id, activity.source)

    def _generated(self, activity_id: int, plan: RecordingPlan) -> RecordedTrack:
        made = self._tracks.pop(activity_id, None) or record(plan)
        self._tracks[activity_id] = made
        if len(self._tracks) > _TRACKS_KEPT:
            self._tracks.popitem(last=False)
        return made

    def summary(self, activity: Activity) -> dict[str, Any]:
        """The activity as the list shows it."""
        if activity.id not in self._summaries:
            self._summaries[activity.id] = summary_of(activity, self.track(activity))
        return self._summaries[activity.id]

    def forget(self, activity_id: int) -> None:
        self._summaries.pop(activity_id, None)
        self._tracks.pop(activity_id, None)
