"""The write side of /api/v3: activities by hand, and uploads of files with their polling."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from litestar import get, post, put
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from simulators.strava.application.refusals import bad_request, not_found
from simulators.strava.web.answers import Answer, AnyRequest, Strava, authorized, json_answer, parameters
from simulators.strava.world.activity import SPORT_TYPES, ManualEntry
from trackfiles import MAX_FILE_BYTES

_IN_ANY_CASE = {each.lower(): each for each in SPORT_TYPES}
_DATA_TYPES = frozenset({"fit", "fit.gz", "tcx", "tcx.gz", "gpx", "gpx.gz"})


@post("/api/v3/activities", operation_id="CreateActivity", status_code=201)
async def create_activity(request: AnyRequest, simulator: Strava) -> Answer:
    """The detail of a manual activity: no recording, no streams."""
    access = authorized(request, simulator, "activity:write")
    form = await parameters(request)
    athlete = simulator.athlete(access.athlete_id)
    local = _local_start(form)
    made = simulator.new_activity(
        athlete.id,
        name=_required(form, "name"),
        sport_type=_sport_type(form),
        started_at=local - timedelta(seconds=athlete.utc_offset_s),
        source=ManualEntry(_amount(form, "distance", "0"), int(_amount(form, "elapsed_time"))),
        description=form.get("description"),
        trainer=_ticked(form, "trainer"),
    )
    return json_answer(simulator.detail(made), 201)


@put("/api/v3/activities/{activity_id:int}", operation_id="UpdateActivity")
async def update_activity(request: AnyRequest, simulator: Strava, activity_id: FromPath[int]) -> Answer:
    """The changed detail; name, sport type, description and trainer can be changed."""
    access = authorized(request, simulator, "activity:write")
    activity = simulator.visible_activity(activity_id, access)
    if activity is None:
        raise not_found("Activity")
    form = await parameters(request)
    changes: dict[str, object] = {field: form[field] for field in ("name", "description") if field in form}
    if "sport_type" in form or "type" in form:
        changes["sport_type"] = _sport_type(form)
    if "trainer" in form:
        changes["trainer"] = _ticked(form, "trainer")
    return json_answer(simulator.detail(simulator.edit_activity(activity_id, **changes)))


@post("/api/v3/uploads", operation_id="CreateUpload", status_code=201)
async def create_upload(request: AnyRequest, simulator: Strava) -> Answer:
    access = authorized(request, simulator, "activity:write")
    form = await parameters(request)
    if form.get("data_type") not in _DATA_TYPES:
        raise bad_request("Upload", "data_type")
    if "sport_type" in form and form["sport_type"] not in SPORT_TYPES:
        raise bad_request("Upload", "sport_type")
    content = await _file(request)
    simulator.settle_uploads()
    accepted = simulator.uploads.accept(access.athlete_id, content, form, simulator.clock.now_s())
    return json_answer(accepted.body(deleted=False), 201)


@get("/api/v3/uploads/{upload_id:int}", operation_id="GetUpload")
async def poll_upload(request: AnyRequest, simulator: Strava, upload_id: FromPath[int]) -> Answer:
    access = authorized(request, simulator, "activity:write")
    simulator.settle_uploads()
    upload = simulator.uploads.find(upload_id, access.athlete_id)
    if upload is None:
        raise not_found("Upload", "id", "invalid")
    deleted = upload.activity_id is not None and simulator.activity(upload.activity_id) is None
    return json_answer(upload.body(deleted=deleted))


def _required(form: Mapping[str, str], name: str) -> str:
    if not form.get(name):
        raise bad_request("Activity", name, "missing")
    return form[name]


def _sport_type(form: Mapping[str, str]) -> str:
    """By the field of today or the older one, which client libraries write in any case."""
    sport_type = form.get("sport_type") or _IN_ANY_CASE.get(form.get("type", "").lower(), "")
    if sport_type not in SPORT_TYPES:
        raise bad_request("Activity", "sport_type")
    return sport_type


def _local_start(form: Mapping[str, str]) -> datetime:
    """Wall time where the athlete is, whatever offset the text claims."""
    try:
        return datetime.fromisoformat(_required(form, "start_date_local")).replace(tzinfo=UTC)
    except ValueError:
        raise bad_request("Activity", "start_date_local") from None


def _amount(form: Mapping[str, str], name: str, default: str = "") -> float:
    try:
        value = float(form.get(name) or default or _required(form, name))
    except ValueError:
        raise bad_request("Activity", name) from None
    if not 0 <= value < 1e9:
        raise bad_request("Activity", name)
    return value


def _ticked(form: Mapping[str, str], name: str) -> bool:
    return form.get(name, "").lower() in {"1", "true"}


async def _file(request: AnyRequest) -> bytes:
    file = (await request.form()).get("file")
    if not isinstance(file, UploadFile):
        raise bad_request("Upload", "file")
    content = await file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise bad_request("Upload", "file", "too large")
    return content
