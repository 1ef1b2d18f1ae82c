"""The read side of /api/v3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from simulators.strava.authorizations import AccessToken
from simulators.strava.records import Activity
from simulators.strava.refusals import Refusal, bad_request, not_found
from simulators.strava.shapes.athlete import detailed_athlete, stats, summary_athlete, zones
from simulators.strava.shapes.detail import detail_of, zones_of
from simulators.strava.shapes.privacy import cropped
from simulators.strava.shapes.splits import laps_of
from simulators.strava.shapes.streams import as_list, streams_of, with_gaps
from simulators.strava.shapes.summary import SUMMARY_POINTS, line_of
from simulators.strava.simulator import Simulator
from simulators.strava.track import RecordedTrack
from simulators.strava.web.answers import Answer, AnyRequest, authorized, json_answer, whole_number

_READ_ACTIVITIES = ("activity:read", "activity:read_all")
_PER_PAGE, _MOST_PER_PAGE = 30, 200
_SLACK_S = 86_400 * 366


@get("/api/v3/athlete", operation_id="GetAthlete")
async def athlete(request: AnyRequest, simulator: NamedDependency[Simulator]) -> Answer:
    access = authorized(request, simulator)
    own = simulator.athlete(access.athlete_id)
    return json_answer(detailed_athlete(own) if "profile:read_all" in access.scopes else summary_athlete(own))


@get("/api/v3/athlete/zones", operation_id="GetAthleteZones")
async def athlete_zones(request: AnyRequest, simulator: NamedDependency[Simulator]) -> Answer:
    authorized(request, simulator, "profile:read_all")
    return json_answer(zones())


@get("/api/v3/athletes/{athlete_id:int}/stats", operation_id="GetStats")
async def athlete_stats(
    request: AnyRequest, simulator: NamedDependency[Simulator], athlete_id: FromPath[int]
) -> Answer:
    access = authorized(request, simulator, *_READ_ACTIVITIES)
    if athlete_id != access.athlete_id:
        errors = [{"resource": "Athlete", "field": "id", "code": "not authorized"}]
        raise Refusal(403, "Forbidden", errors)
    pairs = [(a, simulator.summary(a)) for a in simulator.activities_of(athlete_id)]
    return json_answer(stats(pairs, simulator.clock.now()))


@get("/api/v3/athlete/activities", operation_id="ListActivities")
async def list_activities(request: AnyRequest, simulator: NamedDependency[Simulator]) -> Answer:
    """Newest first, except oldest first when only `after` is given; an empty page past the end."""
    access = authorized(request, simulator, *_READ_ACTIVITIES)
    fields = {name: str(value) for name, value in request.query_params.items()}
    before, after = (_moment(simulator, fields, name) for name in ("before", "after"))
    page = whole_number(fields, "page", 1) or 1
    per_page = whole_number(fields, "per_page", _PER_PAGE) or _PER_PAGE
    if page < 1 or not 1 <= per_page <= _MOST_PER_PAGE:
        raise bad_request("Application", "page" if page < 1 else "per_page")
    own = simulator.activities_of(access.athlete_id)
    chosen = [a for a in own if simulator.is_served(a, access) and _between(a, before, after)]
    if after is not None and (before is None or simulator.switches.both_bounds_order == "oldest_first"):
        chosen.reverse()
    start = (page - 1) * per_page
    return json_answer([_seen_summary(simulator, a, access) for a in chosen[start : start + per_page]])


@get("/api/v3/activities/{activity_id:int}", operation_id="GetActivity")
async def activity_detail(
    request: AnyRequest, simulator: NamedDependency[Simulator], activity_id: FromPath[int]
) -> Answer:
    access, activity = _activity(request, simulator, activity_id)
    weight_kg = simulator.athlete(activity.athlete_id).traits.weight_kg
    detail = detail_of(activity, simulator.track(activity), weight_kg)
    if _is_cropped(simulator, activity, access):
        seen = _seen_track(simulator, activity, access)
        detail |= {"start_latlng": [], "end_latlng": []}
        detail["map"] |= {name: line_of(seen, SUMMARY_POINTS) for name in ("polyline", "summary_polyline")}
    return json_answer(detail)


@get("/api/v3/activities/{activity_id:int}/laps", operation_id="GetLaps")
async def activity_laps(
    request: AnyRequest, simulator: NamedDependency[Simulator], activity_id: FromPath[int]
) -> Answer:
    _, activity = _activity(request, simulator, activity_id)
    return json_answer(laps_of(activity, simulator.track(activity), simulator.summary(activity)))


@get("/api/v3/activities/{activity_id:int}/zones", operation_id="GetActivityZones")
async def activity_zones(
    request: AnyRequest, simulator: NamedDependency[Simulator], activity_id: FromPath[int]
) -> Answer:
    _, activity = _activity(request, simulator, activity_id)
    return json_answer(zones_of(simulator.track(activity)))


@get("/api/v3/activities/{activity_id:int}/streams", operation_id="GetStreams")
async def activity_streams(
    request: AnyRequest, simulator: NamedDependency[Simulator], activity_id: FromPath[int]
) -> Answer:
    """Without `keys` only the distance comes back, as recorded in 2025; 404 when nothing was recorded."""
    access, activity = _activity(request, simulator, activity_id)
    track = _seen_track(simulator, activity, access)
    if track is None or simulator.is_younger(activity, simulator.switches.streams_after_s):
        raise not_found("Stream")
    keys = str(request.query_params.get("keys", "")).replace(",", " ").split()
    by_type = str(request.query_params.get("key_by_type", "false")).lower() in {"true", "1"}
    streams = streams_of(with_gaps(track) if activity.sensor_gaps else track, keys or ["distance"])
    return json_answer(streams if by_type else as_list(streams))


def _moment(simulator: Simulator, fields: Mapping[str, str], name: str) -> int | None:
    """Epoch seconds; milliseconds lie in a far future and are refused as Strava does."""
    value = whole_number(fields, name, None)
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
    track = simulator.track(activity)
    if track is None or not _is_cropped(simulator, activity, access):
        return track
    owner = simulator.athlete(activity.athlete_id)
    return cropped(track, owner.home, owner.privacy_zone_m)


def _seen_summary(simulator: Simulator, activity: Activity, access: AccessToken) -> dict[str, Any]:
    summary = simulator.summary(activity)
    if not _is_cropped(simulator, activity, access):
        return summary
    line = line_of(_seen_track(simulator, activity, access), SUMMARY_POINTS)
    return summary | {"start_latlng": [], "end_latlng": [], "map": summary["map"] | {"summary_polyline": line}}
