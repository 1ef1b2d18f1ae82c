"""The admin paths under /_sim about athletes and their activities."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import delete, get, patch, post
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath

from simulators.strava.simulator import Simulator
from simulators.strava.web.admin_bodies import ActivityChanges, Expire, NewActivities, NewAthlete
from simulators.strava.web.answers import Answer, AnyRequest, Strava, body_as, json_answer, query_of
from simulators.strava.world.activity import SPORT_TYPES, Activity, iso_z
from simulators.strava.world.athlete import Athlete
from simulators.strava.world.files import UnreadableFile, read_activity


@post("/_sim/athletes", operation_id="CreateAthlete", status_code=201)
async def create_athlete(request: AnyRequest, simulator: Strava) -> Answer:
    wanted = await body_as(request, NewAthlete)
    athlete_id = simulator.add_athlete(**msgspec.structs.asdict(wanted))
    return json_answer(_athlete_view(simulator, simulator.athlete(athlete_id)), 201)


@get("/_sim/athletes", operation_id="ShowAthletes")
async def show_athletes(simulator: Strava) -> Answer:
    return json_answer([_athlete_view(simulator, athlete) for athlete in simulator.athletes()])


@get("/_sim/athletes/{athlete_id:int}/activities", operation_id="ShowActivities")
async def show_activities(simulator: Strava, athlete_id: FromPath[int]) -> Answer:
    simulator.athlete(athlete_id)
    return json_answer([_activity_view(activity) for activity in simulator.activities_of(athlete_id)])


@post("/_sim/athletes/{athlete_id:int}/activities", operation_id="GenerateActivities", status_code=201)
async def generate_activities(request: AnyRequest, simulator: Strava, athlete_id: FromPath[int]) -> Answer:
    wanted = await body_as(request, NewActivities)
    made = simulator.generate_activities(athlete_id, **msgspec.structs.asdict(wanted))
    return json_answer({"activities": made}, 201)


@post("/_sim/athletes/{athlete_id:int}/files", operation_id="AddFile", status_code=201)
async def add_file(request: AnyRequest, simulator: Strava, athlete_id: FromPath[int]) -> Answer:
    """An activity from the GPX, TCX or FIT file in the body."""
    query = query_of(request)
    _check_sport(query.get("sport_type"))
    try:
        file = read_activity(await request.body(), query.get("data_type", ""))
    except UnreadableFile as unreadable:
        raise ClientException(str(unreadable), status_code=422) from unreadable
    made = simulator.add_file_activity(athlete_id, file, name=query.get("name"), sport_type=query.get("sport_type"))
    return json_answer({"activities": [made]}, 201)


@patch("/_sim/activities/{activity_id:int}", operation_id="EditActivity")
async def edit_activity(request: AnyRequest, simulator: Strava, activity_id: FromPath[int]) -> Answer:
    changes = await body_as(request, ActivityChanges)
    fields = {k: v for k, v in msgspec.structs.asdict(changes).items() if v is not msgspec.UNSET}
    _check_sport(fields.get("sport_type"))
    started_at = fields.get("started_at")
    if isinstance(started_at, datetime):
        fields["started_at"] = started_at if started_at.tzinfo else started_at.replace(tzinfo=UTC)
    return json_answer(_activity_view(simulator.edit_activity(activity_id, **fields)))


@delete("/_sim/activities/{activity_id:int}", operation_id="DeleteActivity", status_code=200)
async def delete_activity(simulator: Strava, activity_id: FromPath[int]) -> Answer:
    if not simulator.delete_activity(activity_id):
        raise NotFoundException(f"There is no activity {activity_id}.")
    return json_answer({"deleted": activity_id})


@post("/_sim/athletes/{athlete_id:int}/revoke", operation_id="RevokeAthlete", status_code=200)
async def revoke_athlete(simulator: Strava, athlete_id: FromPath[int]) -> Answer:
    """As if the athlete had removed the application on Strava's settings page."""
    simulator.athlete(athlete_id)
    return json_answer({"was_connected": simulator.authorizations.revoke_athlete(athlete_id) is not None})


@post("/_sim/athletes/{athlete_id:int}/expire", operation_id="ExpireTokens", status_code=200)
async def expire_tokens(request: AnyRequest, simulator: Strava, athlete_id: FromPath[int]) -> Answer:
    """Shorten the life of the athlete's access tokens."""
    simulator.athlete(athlete_id)
    wanted = await body_as(request, Expire)
    simulator.authorizations.expire_access(athlete_id, simulator.clock.now_s(), left_s=wanted.left_s)
    return json_answer({"left_s": wanted.left_s})


def _check_sport(sport_type: object) -> None:
    if sport_type is not None and sport_type not in SPORT_TYPES:
        raise ClientException(f"{sport_type} is none of Strava's sport types.", status_code=422)


def _athlete_view(simulator: Simulator, athlete: Athlete) -> dict[str, Any]:
    authorization = simulator.authorizations.of(athlete.id)
    return {
        "id": athlete.id,
        "name": f"{athlete.firstname} {athlete.lastname}",
        "level": athlete.level,
        "seed": athlete.seed,
        "activities": len(simulator.activities_of(athlete.id)),
        "connected": authorization is not None,
        "scopes": [] if authorization is None else list(authorization.scopes),
    }


def _activity_view(activity: Activity) -> dict[str, Any]:
    shown = ("id", "name", "sport_type", "visibility", "manual", "hidden_start", "workout_type")
    return {name: getattr(activity, name) for name in shown} | {"started_at": iso_z(activity.started_at)}
