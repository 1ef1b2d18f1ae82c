"""POST and PUT of activities."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from litestar import post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from simulators.strava.records import SPORT_TYPES, Activity, ManualEntry
from simulators.strava.refusals import bad_request, not_found
from simulators.strava.shapes.detail import detail_of
from simulators.strava.simulator import Simulator
from simulators.strava.web.answers import Answer, AnyRequest, authorized, json_answer, parameters

_EDITABLE = ("name", "description")


@post("/api/v3/activities", operation_id="CreateActivity", status_code=201)
async def create_activity(request: AnyRequest, simulator: NamedDependency[Simulator]) -> Answer:
    """The detail of a manual activity: no recording, no streams."""
    access = authorized(request, simulator, "activity:write")
    form = await parameters(request)
    athlete = simulator.athlete(access.athlete_id)
    local = _local_start(form)
    made = Activity(
        id=next(simulator.activity_ids),
        athlete_id=athlete.id,
        name=_required(form, "name"),
        sport_type=_sport_type(form, form.get("type")),
        started_at=local - timedelta(seconds=athlete.utc_offset_s),
        utc_offset_s=athlete.utc_offset_s,
        timezone=athlete.timezone,
        source=ManualEntry(_amount(form, "distance", 0.0), int(_amount(form, "elapsed_time", None))),
        description=form.get("description"),
        trainer=_ticked(form, "trainer"),
        device_name=None,
        created_at=simulator.clock.now(),
    )
    simulator.add_activity(made)
    return _detail(simulator, made, 201)


@put("/api/v3/activities/{activity_id:int}", operation_id="UpdateActivity")
async def update_activity(
    request: AnyRequest, simulator: NamedDependency[Simulator], activity_id: FromPath[int]
) -> Answer:
    """The changed detail; name, sport type, description and trainer can be changed."""
    access = authorized(request, simulator, "activity:write")
    activity = simulator.visible_activity(activity_id, access)
    if activity is None:
        raise not_found("Activity")
    form = await parameters(request)
    changes: dict[str, object] = {field: form[field] for field in _EDITABLE if field in form}
    if "sport_type" in form or "type" in form:
        changes["sport_type"] = _sport_type(form, form.get("type"))
    if "trainer" in form:
        changes["trainer"] = _ticked(form, "trainer")
    return _detail(simulator, simulator.edit_activity(activity_id, **changes), 200)


def _detail(simulator: Simulator, activity: Activity, status: int) -> Answer:
    weight_kg = simulator.athlete(activity.athlete_id).traits.weight_kg
    return json_answer(detail_of(activity, simulator.track(activity), weight_kg), status)


def _required(form: Mapping[str, str], name: str) -> str:
    if not form.get(name):
        raise bad_request("Activity", name, "missing")
    return form[name]


def _sport_type(form: Mapping[str, str], older: str | None) -> str:
    sport_type = form.get("sport_type") or older or ""
    if sport_type not in SPORT_TYPES:
        raise bad_request("Activity", "sport_type")
    return sport_type


def _local_start(form: Mapping[str, str]) -> datetime:
    """Wall time where the athlete is, whatever offset the text claims."""
    try:
        return datetime.fromisoformat(_required(form, "start_date_local")).replace(tzinfo=UTC)
    except ValueError:
        raise bad_request("Activity", "start_date_local") from None


def _amount(form: Mapping[str, str], name: str, default: float | None) -> float:
    text = form.get(name) or ("" if default is None else str(default))
    try:
        value = float(text)
    except ValueError:
        raise bad_request("Activity", name, "invalid" if text else "missing") from None
    if not 0 <= value < 1e9:
        raise bad_request("Activity", name)
    return value


def _ticked(form: Mapping[str, str], name: str) -> bool:
    return form.get(name, "").lower() in {"1", "true"}
