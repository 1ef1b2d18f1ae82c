"""HTTP: what a member takes along from a prediction of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, get_args

from litestar import MediaType, Response, Router, get
from litestar.params import PathParameter

from ayda_service.plans.making import Kind
from ayda_service.plans.service import FileKind, PlanService
from ayda_service.telegram.identity import Member, MemberGuards
from servicekit.web.doors import door
from takealong.crew_sheet import POLICY

PredictionId = Annotated[str, PathParameter()]
MEDIA_TYPES: Final[Mapping[Kind, str]] = {
    "card.png": "image/png",
    "plan.gpx": "application/gpx+xml",
    "plan.csv": "text/csv; charset=utf-8",
    "course.tcx": "application/vnd.garmin.tcx+xml",
    "crew.html": "text/html; charset=utf-8",
}
FILES: Final = frozenset(get_args(FileKind))
PRIVATE: Final = {"Cache-Control": "private, no-store"}


def plan_routes(service: PlanService, guards: MemberGuards) -> Router:
    """`/predictions/{id}/...`."""

    @get("/card.png", operation_id="PredictionCard", media_type="image/png")
    async def card(identity: Member, prediction_id: PredictionId) -> Response[bytes]:
        """The prediction as a picture of 1080 by 1350 pixels."""
        return taken_along("card.png", await service.card(identity.telegram_id, prediction_id))

    @get("/plan.gpx", operation_id="PlanAsGpx", media_type="application/gpx+xml")
    async def gpx(identity: Member, prediction_id: PredictionId) -> Response[bytes]:
        """The course with a time at every point: those of the plan, or the forecast's where there is none."""
        return taken_along("plan.gpx", await service.file(identity.telegram_id, prediction_id, "plan.gpx"))

    @get("/plan.csv", operation_id="PlanAsCsv", media_type="text/csv")
    async def csv(identity: Member, prediction_id: PredictionId) -> Response[bytes]:
        """The same for each kilometre and checkpoint, as a table."""
        return taken_along("plan.csv", await service.file(identity.telegram_id, prediction_id, "plan.csv"))

    @get("/course.tcx", operation_id="CourseAsTcx", media_type="application/vnd.garmin.tcx+xml")
    async def tcx(identity: Member, prediction_id: PredictionId) -> Response[bytes]:
        """The course for a watch, its checkpoints as course points."""
        return taken_along("course.tcx", await service.file(identity.telegram_id, prediction_id, "course.tcx"))

    @get("/crew.html", operation_id="CrewSheet", media_type=MediaType.HTML)
    async def crew(identity: Member, prediction_id: PredictionId) -> Response[bytes]:
        """A page to print: arrivals for the crew, and a band of paces to wear."""
        return taken_along("crew.html", await service.file(identity.telegram_id, prediction_id, "crew.html"))

    return Router(
        "/predictions/{prediction_id:str}",
        route_handlers=[card, gpx, csv, tcx, crew],
        middleware=[door(guards.recent)],
        tags=["predictions"],
    )


def taken_along(kind: Kind, content: bytes) -> Response[bytes]:
    """The answer that hands one of them out: the card and the sheet to be looked at, files to be kept."""
    shown = {"Content-Security-Policy": POLICY} if kind == "crew.html" else {}
    kept = {"Content-Disposition": f'attachment; filename="{kind}"'} if kind in FILES else {}
    return Response(content, media_type=MEDIA_TYPES[kind], headers={**PRIVATE, **shown, **kept})
