"""The read side of /api/v3."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import get
from litestar.params import FromPath

from simulators.strava.application.authorizations import AccessToken
from simulators.strava.application.refusals import Refusal, bad_request, not_found
from simulators.strava.shapes import Json
from simulators.strava.shapes.athlete import detailed_athlete, stats, summary_athlete, zones
from simulators.strava.shapes.detail import zones_of
from simulators.strava.shapes.line import cropped, without_home
from simulators.strava.shapes.splits import laps_of
from simulators.strava.shapes.streams import streams_of, with_gaps
from simulators.strava.simulator import Simulator
from simulators.strava.web.answers import Answer, AnyRequest, Strava, authorized, json_answer, query_of, whole_number
from simulators.strava.world.activity import Activity
from simulators.strava.world.track import RecordedTrack

_READ_ACTIVITIES = ("activity:read", "activity:read_all")
_PER_PAGE, _MOST_PER_PAGE = 30, 200
_SLACK_S = 86_400 * 366


@get("/api/v3/athlete", operation_id="GetAthlete")
async def athlete(request: AnyRequest, simulator: Strava) -> Answer:
    access = authorized(request, simulator)
    own = simulator.athlete(access.athlete_id)
    return json_answer(detailed_athlete(own) if "profile:read_all" in access.scopes else summary_athlete(own))


@get("/api/v3/athlete/zones", operation_id="GetAthleteZones")
async def athlete_zones(request: AnyRequest, simulator: Strava) -> Answer:
    authorized(request, simulator, "profile:read_all")
    return json_answer(zones())


@get("/api/v3/athletes/{athlete_id:int}/stats", operation_id="GetStats")
async def athlete_stats(request: AnyRequest, simulator: Strava, athlete_id: FromPath[int]) -> Answer:
    access = authorized(request, simulator, *_READ_ACTIVITIES)
    if athlete_id != access.athlete_id:
        raise Refusal(403, "Forbidden", "Athlete", "id", "not authorized")
    pairs = [(a, simulator.summary(a)) for a in simulator.activities_of(athlete_id)]
    return json_answer(stats(pairs, simulator.clock.now()))


@get("/api/v3/athlete/activities", operation_id="ListActivities")
async def list_activities(request: AnyRequest, simulator: Strava) -> Answer:
    """Newest first, except oldest first when only `after` is given; an empty page past the end."""
    access = authorized(request, simulator, *_READ_ACTIVITIES)
    fields = query_of(request)
    before, after = (_moment(simulator, fields, name) for name in ("before", "after"))
    page = whole_number(fields, "page") or 1
    per_page = whole_number(fields, "per_page") or _PER_PAGE
    if page < 1 or not 1 <= per_page <= _MOST_PER_PAGE:
        raise bad_request("Application", "page" if page < 1 else "per_page")
    own = simulator.activities_of(access.athlete_id)
    chosen = [a for a in own if simulator.is_served(a, access) and _between(a, before, after)]
    if after is not None and (before is None or simulator.switches.both_bounds_order == "oldest_first"):
        chosen.reverse()
    switches = simulator.switches
    width = max(1, per_page - switches.short_pages_by - switches.odd_entries)
    shown = chosen[(page - 1) * width :][:width]
    odd: list[Json] = [{"id": None, "resource_state": 1}] * (switches.odd_entries if shown else 0)
    return json_answer([*odd, *(_as_seen(simulator.summary(a), simulator, a, access) for a in shown)])


@get("/api/v3/activities/{activity_id:int}", operation_id="GetActivity")
async def activity_detail(request: AnyRequest, simulator: Strava, activity_id: FromPath[int]) -> Answer:
    access, activity = _activity(request, simulator, activity_id)
    return json_answer(_as_seen(simulator.detail(activity), simulator, activity, access))


@get("/api/v3/activities/{activity_id:int}/laps", operation_id="GetLaps")
async def activity_laps(request: AnyRequest, simulator: Strava, activity_id: FromPath[int]) -> Answer:
    _, activity = _activity(request, simulator, activity_id)
    return json_answer(laps_of(activity, simulator.summary(activity)))


@get("/api/v3/activities/{activity_id:int}/zones", operation_id="GetActivityZones")
async def activity_zones(request: AnyRequest, simulator: Strava, activity_id: FromPath[int]) -> Answer:
    _, activity = _activity(request, simulator, activity_id)
    return json_answer(zones_of(activity.track))


@get("/api/v3/activities/{activity_id:int}/streams", operation_id="GetStreams")
async def activity_streams(request: AnyRequest, simulator: Strava, activity_id: FromPath[int]) -> Answer:
    """Without `keys` only the distance comes back, as recorded in 2025; 404 when nothing was recorded."""
    access, activity = _activity(request, simulator, activity_id)
    track = _seen_track(simulator, activity, access)
    if track is None or simulator.is_younger(activity, simulator.switches.streams_after_s):
        raise not_found("Stream")
    fields = query_of(request)
    keys = fields.get("keys", "").replace(",", " ").split()
    streams = streams_of(with_gaps(track) if activity.sensor_gaps else track, keys or ["distance"])
    by_type = fields.get("key_by_type", "").lower() in {"true", "1"}
    return json_answer(streams if by_type else [{"type": key, **stream} for key, stream in streams.items()])


def _moment(simulator: Simulator, fields: Mapping[str, str], name: str) -> int | None:
    """Epoch seconds; milliseconds lie in a far future and are refused as Strava does."""
    value = whole_number(fields, name)
    if value is not None and value > simulator.clock.now_s() + _SLACK_S:
        raise bad_request("Application", name, "future")
    return value


def _between(activity: Activity, before: int | None, after: int | None) -> bool:
    start_s = activity.shown_start.timestamp()
    return (before is None or start_s < before) and (after is None or start_s > after)


def _activity(request: AnyRequest, simulator: Simulator, activity_id: int) -> tuple[AccessToken, Activity]:
    access = authorized(request, simulator, *_READ_ACTIVITIES)
    activity = simulator.visible_activity(activity_id, access)
    if activity is None:
        raise not_found("Activity")
    return access, activity


def _is_cropped(simulator: Simulator, activity: Activity, access: AccessToken) -> bool:
    return simulator.athlete(activity.athlete_id).privacy_zone_m > 0 and "activity:read_all" not in access.scopes


def _seen_track(simulator: Simulator, activity: Activity, access: AccessToken) -> RecordedTrack | None:
    if activity.track is None or not _is_cropped(simulator, activity, access):
        return activity.track
    owner = simulator.athlete(activity.athlete_id)
    return cropped(activity.track, owner.home, owner.privacy_zone_m)


def _as_seen(shown: Json, simulator: Simulator, activity: Activity, access: AccessToken) -> Json:
    if not _is_cropped(simulator, activity, access):
        return shown
    return without_home(shown, _seen_track(simulator, activity, access))
