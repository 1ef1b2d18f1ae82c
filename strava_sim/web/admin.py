"""The admin paths under /_sim about the service as a whole: clock, limits, settings, trouble on order, request log."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException

from strava_sim.fault_menu import PlannedFault
from strava_sim.quota import RateLimits
from strava_sim.simulator import Simulator
from strava_sim.switches import Switches
from strava_sim.web.admin_bodies import Advance, FaultOrder, Limits, SimulatorSettings
from strava_sim.web.answers import Answer, AnyRequest, body_as, html_answer, json_answer
from strava_sim.web.explanation import explaining_page


@get(["/", "/_sim"], operation_id="ExplainSimulator")
async def explain(request: AnyRequest, simulator: NamedDependency[Simulator]) -> Answer:
    return html_answer(explaining_page(simulator.client_id, str(request.base_url), simulator.athletes()))


@get("/_sim/clock", operation_id="ShowClock")
async def show_clock(simulator: NamedDependency[Simulator]) -> Answer:
    return json_answer({"now": simulator.clock.now(), "now_s": simulator.clock.now_s()})


@post("/_sim/clock", operation_id="AdvanceClock", status_code=200)
async def advance_clock(request: AnyRequest, simulator: NamedDependency[Simulator]) -> Answer:
    simulator.clock.advance((await body_as(request, Advance)).advance_s)
    return json_answer({"now": simulator.clock.now(), "now_s": simulator.clock.now_s()})


@post("/_sim/limits", operation_id="SetLimits", status_code=200)
async def set_limits(request: AnyRequest, simulator: NamedDependency[Simulator]) -> Answer:
    wanted = await body_as(request, Limits)
    limits = msgspec.structs.asdict(wanted)
    overall, read = limits.pop("overall_usage"), limits.pop("read_usage")
    changed = {name: value for name, value in limits.items() if value is not None}
    simulator.quota.limits = RateLimits(**(_fields(simulator.quota.limits) | changed))
    now_s = simulator.clock.now_s()
    simulator.quota.set_usage(now_s, overall=overall, read=read)
    return json_answer(_fields(simulator.quota.limits) | {"headers": simulator.quota.headers(now_s, read=True)})


@post("/_sim/settings", operation_id="SetSettings", status_code=200)
async def set_settings(request: AnyRequest, simulator: NamedDependency[Simulator]) -> Answer:
    """All settings, after those in the body have been changed."""
    wanted = await body_as(request, SimulatorSettings)
    targets: dict[str, tuple[Any, str]] = {field.name: (simulator.switches, field.name) for field in fields(Switches)}
    targets |= {
        "rotation": (simulator.authorizations, "rotation"),
        "grace_s": (simulator.authorizations, "grace_s"),
        "athlete_capacity": (simulator.authorizations, "capacity"),
        "callback_domain": (simulator, "callback_domain"),
        "upload_processing_s": (simulator.uploads, "processing_s"),
        "link_in_duplicate_text": (simulator.uploads, "link_in_duplicate_text"),
    }
    for name, value in msgspec.structs.asdict(wanted).items():
        if value is not None:
            setattr(*targets[name], value)
    return json_answer({name: getattr(*target) for name, target in targets.items()})


@get("/_sim/faults", operation_id="ShowFaults")
async def show_faults(simulator: NamedDependency[Simulator]) -> Answer:
    return json_answer(simulator.faults.planned())


@post("/_sim/faults", operation_id="OrderFault", status_code=201)
async def order_fault(request: AnyRequest, simulator: NamedDependency[Simulator]) -> Answer:
    simulator.faults.order(PlannedFault(**msgspec.structs.asdict(await body_as(request, FaultOrder))))
    return json_answer(simulator.faults.planned(), 201)


@delete("/_sim/faults", operation_id="ClearFaults", status_code=200)
async def clear_faults(simulator: NamedDependency[Simulator]) -> Answer:
    simulator.faults.clear()
    return json_answer([])


@get("/_sim/requests", operation_id="ShowRequests")
async def show_requests(request: AnyRequest, simulator: NamedDependency[Simulator]) -> Answer:
    """Newest last; `?method=`, `?path=` (prefix) and `?limit=` (default 1000) narrow it down."""
    query = {name: str(value) for name, value in request.query_params.items()}
    limit = query.get("limit", "1000")
    if not limit.isdecimal():
        raise ClientException("limit must be a whole number.", status_code=422)
    entries = simulator.request_log.matching(query.get("method"), query.get("path"))
    return json_answer({"total": len(entries), "requests": entries[-int(limit) :] if int(limit) else []})


@delete("/_sim/requests", operation_id="ClearRequests", status_code=200)
async def clear_requests(simulator: NamedDependency[Simulator]) -> Answer:
    simulator.request_log.clear()
    return json_answer({"total": 0})


def _fields(limits: RateLimits) -> dict[str, Any]:
    return {name: getattr(limits, name) for name in ("overall_quarter", "overall_day", "read_quarter", "read_day")}
