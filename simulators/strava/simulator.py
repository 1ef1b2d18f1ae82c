"""The simulated Strava itself: its athletes, activities, tokens, limits and what was asked of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from simulators.strava.athletes import draw_athlete
from simulators.strava.authorizations import AccessToken, Authorizations
from simulators.strava.clock import SimulatorClock, utc_now
from simulators.strava.fault_menu import FaultMenu
from simulators.strava.files import FileActivity
from simulators.strava.generator.physiology import AthleteLevel
from simulators.strava.history import HistoryRequest, plan_history
from simulators.strava.push.courier import Caller, Courier
from simulators.strava.push.news import may_see, news_of
from simulators.strava.quota import REVIEWED_APP, Quota, RateLimits
from simulators.strava.records import Activity, Athlete
from simulators.strava.request_log import RequestLog
from simulators.strava.rows import Singles, activities_drawer
from simulators.strava.store import Counter, Drawer, Store, drawer
from simulators.strava.switches import PushSwitches, Switches
from simulators.strava.track import RecordedTrack
from simulators.strava.tracks import TrackShelf
from simulators.strava.uploads import Upload, Uploads


class Simulator:
    """A Strava driven by an injected clock, in memory or, with a `database` file, in a truth that outlives a kill.

    What the file says about limits, switches and tokens wins over the arguments; `switches` are those of `Switches`.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = utc_now,
        seed: int = 1,
        client_id: int = 4242,
        client_secret: str = "simulated-secret",  # noqa: S107 - a made-up secret of a simulation
        limits: RateLimits = REVIEWED_APP,
        database: Path | None = None,
        **switches: Any,
    ) -> None:
        self.clock = SimulatorClock(now)
        self.seed = seed
        self.client_id = client_id
        self.client_secret = client_secret
        self.switches = Switches(**switches)
        self.quota = Quota(limits)
        self.faults = FaultMenu()
        self._store = store = Store(database)
        self.push = Courier(self.clock, PushSwitches(), store, seed)
        self.authorizations = Authorizations(self.switches, store, on_revoked=self._tell_revoked)
        self.request_log = RequestLog(store)
        self.uploads = Uploads(self.switches, store, self._activity_of_upload)
        self._athletes: Drawer[int, Athlete] = drawer(store, "athlete", Athlete)
        self._activities = activities_drawer(store)
        self._tracks = TrackShelf()
        self.athlete_ids = Counter(100_000_001)
        self.activity_ids = Counter(16_000_000_001)
        self.upload_ids = Counter(17_000_000_001)
        self._singles = self._kept_in(store)

    def _kept_in(self, store: Store) -> Singles:
        """Clock, quota, numbering and switches, given back what the store knows of them."""
        singles = Singles(store)
        singles.bind("clock", lambda: self.clock.ahead_s, self.clock.advance)
        singles.bind("quota", self.quota.kept, self.quota.restore)
        singles.bind_fields("switches", self.switches, Switches.__struct_fields__)
        singles.bind_fields("push_switches", self.push.switches, PushSwitches.__struct_fields__)
        own, pushed = ("athlete_ids", "activity_ids", "upload_ids"), ("subscription_ids", "event_ids")
        for owner, name in (*((self, name) for name in own), *((self.push, name) for name in pushed)):
            singles.bind_fields(name, getattr(owner, name), ("following",))
        return singles

    def save(self) -> None:
        """Write what has changed to the file; every answer over HTTP does so before it goes out."""
        self._singles.put()
        self._store.save()

    def close(self) -> None:
        """Save and let go of the file."""
        self._singles.put()
        self._store.close()

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
        athlete_id = next(self.athlete_ids)
        own_seed = self.seed * 10_007 + athlete_id % 10_000 if seed is None else seed
        self._athletes[athlete_id] = draw_athlete(athlete_id, own_seed, level, firstname, privacy_zone_m)
        if activities:
            self.generate_activities(athlete_id, activities, days=history_days, specials=specials)
        return athlete_id

    def generate_activities(
        self, athlete_id: int, count: int, *, days: float = 240.0, specials: bool = False
    ) -> list[int]:
        """Ids of `count` new activities spread over the last `days` days, oldest first."""
        athlete = self.athlete(athlete_id)
        seed = self.seed * 1_000 + len(self._activities)
        request = HistoryRequest(count, days, self.clock.now(), seed, specials=specials)
        planned = plan_history(athlete, request, self.activity_ids)
        arrived = None if self.authorizations.of(athlete_id) is None else self.clock.now()
        for activity in planned:
            self.add_activity(replace(activity, created_at=arrived))
        return [activity.id for activity in planned]

    def add_file_activity(
        self, athlete_id: int, file: FileActivity, *, name: str | None = None, sport_type: str | None = None
    ) -> int:
        """The id of an activity with the streams of a recorded file."""
        athlete = self.athlete(athlete_id)
        return self.add_activity(
            Activity(
                id=next(self.activity_ids),
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
        """The activity's id; a connected application is told, if its token may see it."""
        self.athlete(activity.athlete_id)
        self._activities[activity.id] = activity
        self._tell_changed(None, activity)
        return activity.id

    def edit_activity(self, activity_id: int, **changes: Any) -> Activity:
        """The activity with these fields of `Activity` replaced. Raises KeyError for an unknown one."""
        before = self._activities[activity_id]
        self._activities[activity_id] = after = replace(before, **changes)
        self._tracks.forget(activity_id)
        self._tell_changed(before, after)
        return after

    def delete_activity(self, activity_id: int) -> bool:
        """Whether there was one."""
        self._tracks.forget(activity_id)
        before = self._activities.pop(activity_id, None)
        if before is not None:
            self._tell_changed(before, None)
        return before is not None

    def _tell_changed(self, before: Activity | None, after: Activity | None) -> None:
        activity = before or after
        authorization = None if activity is None else self.authorizations.of(activity.athlete_id)
        news = None if authorization is None else news_of(before, after, authorization.scopes)
        if activity is not None and news is not None:
            self.push.tell("activity", activity.id, news[0], activity.athlete_id, news[1])

    def _tell_revoked(self, athlete_id: int) -> None:
        updates = {"authorized": self.push.switches.authorized_word}
        self.push.tell("athlete", athlete_id, "update", athlete_id, updates)

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
        """The token owner's activity, if the granted scopes let it be seen and it is not too new to be served."""
        activity = self._activities.get(activity_id)
        if activity is None or activity.athlete_id != access.athlete_id:
            return None
        return activity if self.is_served(activity, access) else None

    def is_served(self, activity: Activity, access: AccessToken) -> bool:
        """Whether a token of its owner gets this activity now."""
        return may_see(activity, access.scopes) and not self.is_younger(
            activity, self.switches.not_found_after_create_s
        )

    def is_younger(self, activity: Activity, age_s: float) -> bool:
        """Whether the activity came to Strava less than `age_s` ago; drawn histories have always been there."""
        return activity.created_at is not None and self.clock.now_s() - activity.created_at.timestamp() < age_s

    def track(self, activity: Activity) -> RecordedTrack | None:
        """The one track behind this activity; None for a manual one."""
        return self._tracks.track(activity)

    def summary(self, activity: Activity) -> dict[str, Any]:
        """The activity as the list shows it."""
        return self._tracks.summary(activity)

    def next_activity_id(self) -> int:
        return next(self.activity_ids)

    def next_upload_id(self) -> int:
        return next(self.upload_ids)

    def settle_uploads(self) -> None:
        """Process the uploads whose time has come."""
        self.uploads.settle(self.clock.now_s(), lambda activity_id: activity_id in self._activities)

    async def tick(self, caller: Caller) -> int:
        """Do what the clock says is due: process uploads, deliver events. The number of deliveries tried."""
        self.settle_uploads()
        delivered = await self.push.deliver_due(caller)
        self.save()
        return delivered

    def next_due_s(self) -> float | None:
        """When something is due without a request, epoch seconds of the simulator's clock."""
        return min(
            (due for due in (self.uploads.next_due_s(), self.push.next_due_s()) if due is not None), default=None
        )

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
