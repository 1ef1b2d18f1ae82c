"""The simulated Strava itself: its athletes, activities, tokens, limits and what was asked of it."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from strava_sim.authorizations import AccessToken, Authorizations, RotationMode
from strava_sim.clock import SimulatorClock, utc_now
from strava_sim.fault_menu import FaultMenu
from strava_sim.files import FileActivity
from strava_sim.generator.history import HistoryRequest, plan_history
from strava_sim.generator.physiology import AthleteLevel, draw_physiology
from strava_sim.generator.recording import RecordingPlan, record
from strava_sim.quota import REVIEWED_APP, Quota, RateLimits
from strava_sim.records import Activity, Athlete, ManualEntry
from strava_sim.request_log import RequestLog
from strava_sim.shapes.summary import summary_of
from strava_sim.track import RecordedTrack
from strava_sim.uploads import Upload, Uploads

_WOMEN = ("Aliya", "Dana", "Vera", "Saule")
_MEN = ("Timur", "Marat", "Anton", "Ilya")
_SURNAMES = ("Skala", "Tropa", "Veter", "Gornaya", "Beregova", "Dolin", "Kamen", "Ozero")
_TRACKS_KEPT = 48


class Simulator:
    """A Strava in memory, driven by an injected clock.

    `headerless_streams_every`: every n-th streams answer lacks the rate-limit headers, as once recorded; 0 is never.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = utc_now,
        seed: int = 1,
        client_id: int = 4242,
        client_secret: str = "simulated-secret",  # noqa: S107 - a made-up secret of a simulation
        callback_domain: str = "localhost",
        limits: RateLimits = REVIEWED_APP,
        rotation: RotationMode = "strict",
        grace_s: float = 300.0,
        athlete_capacity: int = 999,
        headerless_streams_every: int = 10,
    ) -> None:
        self.clock = SimulatorClock(now)
        self.seed = seed
        self.client_id = client_id
        self.client_secret = client_secret
        self.callback_domain = callback_domain
        self.headerless_streams_every = headerless_streams_every
        self.inactive = False
        self.quota = Quota(limits)
        self.authorizations = Authorizations(rotation=rotation, grace_s=grace_s, capacity=athlete_capacity)
        self.faults = FaultMenu()
        self.request_log = RequestLog()
        self.uploads = Uploads(self._activity_of_upload)
        self._athletes: dict[int, Athlete] = {}
        self._activities: dict[int, Activity] = {}
        self._tracks: OrderedDict[int, RecordedTrack] = OrderedDict()
        self._summaries: dict[int, dict[str, Any]] = {}
        self._athlete_ids = itertools.count(100_000_001)
        self._activity_ids = itertools.count(16_000_000_001)
        self._upload_ids = itertools.count(17_000_000_001)

    def add_athlete(
        self,
        *,
        seed: int | None = None,
        level: AthleteLevel = "intermediate",
        activities: int = 0,
        history_days: float = 240.0,
        firstname: str | None = None,
        specials: bool = True,
        privacy_zone_m: float = 0.0,
    ) -> int:
        """The id of a new athlete with `activities` activities in the last `history_days` days."""
        athlete_id = next(self._athlete_ids)
        own_seed = self.seed * 10_007 + athlete_id % 10_000 if seed is None else seed
        self._athletes[athlete_id] = self._draw_athlete(athlete_id, own_seed, level, firstname, privacy_zone_m)
        if activities:
            self.generate_activities(athlete_id, activities, days=history_days, specials=specials)
        return athlete_id

    def _draw_athlete(
        self, athlete_id: int, seed: int, level: AthleteLevel, firstname: str | None, privacy_zone_m: float
    ) -> Athlete:
        rng = np.random.default_rng([seed, 5])
        woman = bool(rng.random() < 0.5)
        name = str(rng.choice(_WOMEN if woman else _MEN))
        return Athlete(
            id=athlete_id,
            seed=seed,
            firstname=firstname or name,
            lastname=_SURNAMES[int(rng.integers(len(_SURNAMES)))],
            sex="F" if woman else "M",
            level=level,
            traits=draw_physiology(rng, level),
            home=(43.2 + float(rng.normal(0, 0.05)), 76.9 + float(rng.normal(0, 0.05))),
            base_m=float(rng.uniform(700, 1500)),
            utc_offset_s=18_000,
            timezone="(GMT+05:00) Asia/Almaty",
            created_at=datetime(2018, 3, 1, 6, 0, tzinfo=UTC),
            privacy_zone_m=privacy_zone_m,
        )

    def generate_activities(
        self, athlete_id: int, count: int, *, days: float = 240.0, specials: bool = False
    ) -> list[int]:
        """Ids of `count` new activities spread over the last `days` days, oldest first."""
        athlete = self.athlete(athlete_id)
        seed = self.seed * 1_000 + len(self._activities)
        request = HistoryRequest(count, days, self.clock.now(), seed, specials=specials)
        planned = plan_history(athlete, request, self._activity_ids)
        self._activities.update({activity.id: activity for activity in planned})
        return [activity.id for activity in planned]

    def add_file_activity(
        self, athlete_id: int, file: FileActivity, *, name: str | None = None, sport_type: str | None = None
    ) -> int:
        """The id of an activity with the streams of a recorded file."""
        athlete = self.athlete(athlete_id)
        return self.add_activity(
            Activity(
                id=next(self._activity_ids),
                athlete_id=athlete_id,
                name=name or file.name or "Imported activity",
                sport_type=sport_type or file.sport_type or "Run",
                started_at=file.started_at,
                utc_offset_s=athlete.utc_offset_s,
                timezone=athlete.timezone,
                source=file.track,
                device_name=None,
                created_at=self.clock.now(),
            )
        )

    def add_activity(self, activity: Activity) -> int:
        self.athlete(activity.athlete_id)
        self._activities[activity.id] = activity
        return activity.id

    def edit_activity(self, activity_id: int, **changes: Any) -> Activity:
        """The activity with these fields of `Activity` replaced. Raises KeyError for an unknown one."""
        self._activities[activity_id] = replace(self._activities[activity_id], **changes)
        self._summaries.pop(activity_id, None)
        self._tracks.pop(activity_id, None)
        return self._activities[activity_id]

    def delete_activity(self, activity_id: int) -> bool:
        self._summaries.pop(activity_id, None)
        self._tracks.pop(activity_id, None)
        return self._activities.pop(activity_id, None) is not None

    def athlete(self, athlete_id: int) -> Athlete:
        """Raises KeyError for an unknown athlete."""
        return self._athletes[athlete_id]

    def athletes(self) -> list[Athlete]:
        return list(self._athletes.values())

    def activity(self, activity_id: int) -> Activity | None:
        return self._activities.get(activity_id)

    def activities_of(self, athlete_id: int) -> list[Activity]:
        """All activities of this athlete, newest first by the start the API shows."""
        own = [a for a in self._activities.values() if a.athlete_id == athlete_id]
        return sorted(own, key=lambda a: (a.shown_start, a.id), reverse=True)

    def visible_activity(self, activity_id: int, access: AccessToken) -> Activity | None:
        """The token owner's activity, if the granted scopes let it be seen."""
        activity = self._activities.get(activity_id)
        if activity is None or activity.athlete_id != access.athlete_id:
            return None
        return activity if activity.visibility != "only_me" or "activity:read_all" in access.scopes else None

    def track(self, activity: Activity) -> RecordedTrack | None:
        """The one track behind this activity, made when first asked for; None for a manual one."""
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

    def next_activity_id(self) -> int:
        return next(self._activity_ids)

    def next_upload_id(self) -> int:
        return next(self._upload_ids)

    def settle_uploads(self) -> None:
        """Process the uploads whose time has come."""
        self.uploads.settle(self.clock.now_s(), lambda activity_id: activity_id in self._activities)

    def _activity_of_upload(self, upload: Upload, file: FileActivity, form: dict[str, str]) -> int:
        activity_id = self.add_file_activity(
            upload.athlete_id, file, name=form.get("name"), sport_type=form.get("sport_type")
        )
        self.edit_activity(
            activity_id,
            upload_id=upload.id,
            external_id=upload.external_id,
            description=form.get("description"),
            trainer=form.get("trainer") == "1",
        )
        return activity_id
