"""The admin paths under /_sim about the service as a whole: clock, limits, settings, trouble on order, request log."""

from __future__ import annotations

from typing import Any

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException

from simulators.strava.fault_menu import PlannedFault
from simulators.strava.simulator import Simulator
from simulators.strava.switches import change
from simulators.strava.web.admin_bodies import Advance, Limits, apply_limits
from simulators.strava.web.answers import Answer, AnyRequest, body_as, html_answer, json_answer
from simulators.strava.web.explanation import explaining_page
from simulators.strava.web.trouble import FAULTS


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
    return json_answer(apply_limits(simulator, await body_as(request, Limits)))


@post("/_sim/settings", operation_id="SetSettings", status_code=200)
async def set_settings(request: AnyRequest, simulator: NamedDependency[Simulator]) -> Answer:
    """All settings, after those in the body have been changed."""
    return json_answer(change(simulator.switches, await body_as(request, dict[str, Any])))


@get("/_sim/faults", operation_id="ShowFaults")
async def show_faults(simulator: NamedDependency[Simulator]) -> Answer:
    return json_answer(simulator.faults.planned())


@post("/_sim/faults", operation_id="OrderFault", status_code=201)
async def order_fault(request: AnyRequest, simulator: NamedDependency[Simulator]) -> Answer:
    order = await body_as(request, PlannedFault)
    if order.kind not in FAULTS:
        raise ClientException(f"kind must be one of {', '.join(FAULTS)}.", status_code=422)
    simulator.faults.order(order)
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
