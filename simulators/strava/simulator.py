"""The simulated Strava itself: its athletes, activities, tokens, limits and what was asked of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from servicekit.base.clock import utc_now
from simulators.base.client import Caller
from simulators.base.clock import SimulatorClock
from simulators.strava.application.authorizations import AccessToken, Authorizations
from simulators.strava.application.fault_menu import FaultMenu
from simulators.strava.application.quota import REVIEWED_APP, Quota, RateLimits
from simulators.strava.application.refusals import Refusal
from simulators.strava.application.request_log import RequestLog
from simulators.strava.application.switches import Standing, Switches
from simulators.strava.application.uploads import Upload, Uploads
from simulators.strava.push.courier import Courier
from simulators.strava.push.events import may_see, news_of
from simulators.strava.shapes import Json
from simulators.strava.shapes.detail import detail_of
from simulators.strava.shapes.summary import summary_of
from simulators.strava.store import Drawer, Store
from simulators.strava.world.activity import Activity
from simulators.strava.world.athlete import Athlete, AthleteLevel, draw_athlete
from simulators.strava.world.files import FileActivity
from simulators.strava.world.history import plan_history


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
        self._store = store = Store(database)
        kept = store.load("standing", Standing).get("")
        self.standing = standing = kept or Standing(Quota(limits), Switches(**switches))
        self._written = b""
        self.clock = SimulatorClock(now, standing.ahead_s)
        self.seed = seed
        self.client_id = client_id
        self.client_secret = client_secret
        self.switches = standing.switches
        self.quota = standing.quota
        self.faults = FaultMenu()
        self.push = Courier(self.clock, standing.push_switches, store, seed)
        self.authorizations = Authorizations(self.switches, store, on_revoked=self.push.tell_revoked)
        self.request_log = RequestLog(store)
        self.uploads = Uploads(self.switches, store, self._activity_of_upload)
        self._athletes = Drawer[int, Athlete](store, "athlete", Athlete)
        self._activities = Drawer[int, Activity](store, "activity", Activity)
        self._summaries: dict[int, Json] = {}

    def save(self) -> None:
        """Write what has changed to the file; every answer over HTTP does so before it goes out."""
        self.standing.ahead_s = self.clock.ahead_s
        now = msgspec.msgpack.encode(self.standing)
        if now != self._written:
            self._store.put("standing", "", self.standing)
            self._written = now
        self._store.save()

    def close(self) -> None:
        """Save and let go of the file."""
        self.save()
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
        athlete_id = 100_000_001 + len(self._athletes)
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
        new_id, now = self.standing.new_activity_id, self.clock.now()
        planned = plan_history(athlete, new_id, count, days=days, until=now, seed=seed, specials=specials)
        arrived = None if self.authorizations.of(athlete_id) is None else now
        for activity in planned:
            self.add_activity(replace(activity, created_at=arrived))
        return [activity.id for activity in planned]

    def add_file_activity(
        self,
        athlete_id: int,
        file: FileActivity,
        *,
        name: str | None = None,
        sport_type: str | None = None,
        **more: Any,
    ) -> int:
        """The id of an activity with the streams of a recorded file; `more` are fields of `Activity`."""
        return self.new_activity(
            athlete_id,
            source=file.track,
            name=name or file.name or "Imported activity",
            sport_type=sport_type or file.sport_type or "Run",
            started_at=file.started_at,
            **more,
        ).id

    def new_activity(self, athlete_id: int, **told: Any) -> Activity:
        """An activity of this athlete that has come to Strava now, with these fields of `Activity`."""
        athlete = self.athlete(athlete_id)
        activity = Activity(
            id=self.standing.new_activity_id(),
            athlete_id=athlete_id,
            utc_offset_s=athlete.utc_offset_s,
            timezone=athlete.timezone,
            device_name=None,
            created_at=self.clock.now(),
            **told,
        )
        self.add_activity(activity)
        return activity

    def add_activity(self, activity: Activity) -> int:
        """The activity's id; a connected application is told, if its token may see it."""
        self.athlete(activity.athlete_id)
        self._activities[activity.id] = activity
        self._tell_changed(activity, None, activity)
        return activity.id

    def edit_activity(self, activity_id: int, **changes: Any) -> Activity:
        """The activity with these fields of `Activity` replaced. Raises a 404 refusal for an unknown one."""
        before = self._activities.get(activity_id)
        if before is None:
            raise Refusal(404, f"There is no activity {activity_id}.")
        self._activities[activity_id] = after = replace(before, **changes)
        self._summaries.pop(activity_id, None)
        self._tell_changed(after, before, after)
        return after

    def delete_activity(self, activity_id: int) -> bool:
        """Whether there was one."""
        self._summaries.pop(activity_id, None)
        before = self._activities.pop(activity_id, None)
        if before is not None:
            self._tell_changed(before, before, None)
        return before is not None

    def _tell_changed(self, activity: Activity, before: Activity | None, after: Activity | None) -> None:
        authorization = self.authorizations.of(activity.athlete_id)
        news = None if authorization is None else news_of(before, after, authorization.scopes)
        if news is not None:
            self.push.tell("activity", activity.id, news[0], activity.athlete_id, news[1])

    def athlete(self, athlete_id: int) -> Athlete:
        """Raises a 404 refusal for an unknown athlete."""
        if athlete_id not in self._athletes:
            raise Refusal(404, f"There is no athlete {athlete_id}.")
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
        own = activity is not None and activity.athlete_id == access.athlete_id and self.is_served(activity, access)
        return activity if own else None

    def is_served(self, activity: Activity, access: AccessToken) -> bool:
        """Whether a token of its owner gets this activity now."""
        hidden_s = self.switches.not_found_after_create_s
        return may_see(activity, access.scopes) and not self.is_younger(activity, hidden_s)

    def is_younger(self, activity: Activity, age_s: float) -> bool:
        """Whether the activity came to Strava less than `age_s` ago; drawn histories have always been there."""
        return activity.created_at is not None and self.clock.now_s() - activity.created_at.timestamp() < age_s

    def summary(self, activity: Activity) -> Json:
        """The activity as the list shows it."""
        if activity.id not in self._summaries:
            self._summaries[activity.id] = summary_of(activity)
        return self._summaries[activity.id]

    def detail(self, activity: Activity) -> Json:
        """The activity as its own page shows it."""
        return detail_of(activity, self.athlete(activity.athlete_id).traits.weight_kg)

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
        dues = (self.uploads.next_due_s(), self.push.next_due_s())
        return min((due for due in dues if due is not None), default=None)

    def _activity_of_upload(self, upload: Upload, file: FileActivity, form: dict[str, str]) -> int:
        return self.add_file_activity(
            upload.athlete_id,
            file,
            name=form.get("name"),
            sport_type=form.get("sport_type"),
            upload_id=upload.id,
            external_id=upload.external_id,
            description=form.get("description"),
            trainer=form.get("trainer") == "1",
        )
