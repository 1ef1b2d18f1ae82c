"""POST /uploads and its polling."""

from __future__ import annotations

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from simulators.strava.records import SPORT_TYPES
from simulators.strava.refusals import bad_request, not_found
from simulators.strava.simulator import Simulator
from simulators.strava.web.answers import Answer, AnyRequest, authorized, json_answer, parameters
from trackfiles import MAX_FILE_BYTES

_DATA_TYPES = frozenset({"fit", "fit.gz", "tcx", "tcx.gz", "gpx", "gpx.gz"})


@post("/api/v3/uploads", operation_id="CreateUpload", status_code=201)
async def create_upload(request: AnyRequest, simulator: NamedDependency[Simulator]) -> Answer:
    access = authorized(request, simulator, "activity:write")
    form = await parameters(request)
    if form.get("data_type") not in _DATA_TYPES:
        raise bad_request("Upload", "data_type")
    if "sport_type" in form and form["sport_type"] not in SPORT_TYPES:
        raise bad_request("Upload", "sport_type")
    content = await _file(request)
    simulator.settle_uploads()
    accepted = simulator.uploads.accept(
        simulator.next_upload_id(), access.athlete_id, content, form, simulator.clock.now_s()
    )
    return json_answer(accepted.body(deleted=False), 201)


@get("/api/v3/uploads/{upload_id:int}", operation_id="GetUpload")
async def poll_upload(request: AnyRequest, simulator: NamedDependency[Simulator], upload_id: FromPath[int]) -> Answer:
    access = authorized(request, simulator, "activity:write")
    simulator.settle_uploads()
    upload = simulator.uploads.find(upload_id, access.athlete_id)
    if upload is None:
        raise not_found("Upload", "id", "invalid")
    deleted = upload.activity_id is not None and simulator.activity(upload.activity_id) is None
    return json_answer(upload.body(deleted=deleted))


async def _file(request: AnyRequest) -> bytes:
    file = (await request.form()).get("file")
    if not isinstance(file, UploadFile):
        raise bad_request("Upload", "file")
    content = await file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise bad_request("Upload", "file", "too large")
    return content
