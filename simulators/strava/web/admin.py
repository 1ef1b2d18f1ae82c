"""The admin paths under /_sim about the service: clock, limits, settings, trouble on order, requests, push events."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath

from simulators.base.client import Caller
from simulators.base.switches import change
from simulators.strava.application.fault_menu import PlannedFault
from simulators.strava.simulator import Simulator
from simulators.strava.web.admin_bodies import Advance, Limits, apply_limits
from simulators.strava.web.answers import Answer, AnyRequest, Strava, body_as, html_answer, json_answer, query_of
from simulators.strava.web.explanation import explaining_page
from simulators.strava.web.trouble import FAULTS


@get(["/", "/_sim"], operation_id="ExplainSimulator")
async def explain(request: AnyRequest, simulator: Strava) -> Answer:
    return html_answer(explaining_page(simulator.client_id, str(request.base_url), simulator.athletes()))


@get("/_sim/clock", operation_id="ShowClock")
async def show_clock(simulator: Strava) -> Answer:
    return json_answer({"now": simulator.clock.now(), "now_s": simulator.clock.now_s()})


@post("/_sim/clock", operation_id="AdvanceClock", status_code=200)
async def advance_clock(request: AnyRequest, simulator: Strava) -> Answer:
    simulator.clock.advance((await body_as(request, Advance)).advance_s)
    return json_answer({"now": simulator.clock.now(), "now_s": simulator.clock.now_s()})


@post("/_sim/limits", operation_id="SetLimits", status_code=200)
async def set_limits(request: AnyRequest, simulator: Strava) -> Answer:
    return json_answer(apply_limits(simulator, await body_as(request, Limits)))


@post("/_sim/settings", operation_id="SetSettings", status_code=200)
async def set_settings(request: AnyRequest, simulator: Strava) -> Answer:
    """All settings, after those in the body have been changed."""
    return json_answer(change(simulator.switches, await body_as(request, dict[str, Any])))


@get("/_sim/faults", operation_id="ShowFaults")
async def show_faults(simulator: Strava) -> Answer:
    return json_answer(simulator.faults.planned())


@post("/_sim/faults", operation_id="OrderFault", status_code=201)
async def order_fault(request: AnyRequest, simulator: Strava) -> Answer:
    order = await body_as(request, PlannedFault)
    if order.kind not in FAULTS:
        raise ClientException(f"kind must be one of {', '.join(FAULTS)}.", status_code=422)
    simulator.faults.order(order)
    return json_answer(simulator.faults.planned(), 201)


@delete("/_sim/faults", operation_id="ClearFaults", status_code=200)
async def clear_faults(simulator: Strava) -> Answer:
    simulator.faults.clear()
    return json_answer([])


@get("/_sim/requests", operation_id="ShowRequests")
async def show_requests(request: AnyRequest, simulator: Strava) -> Answer:
    """Newest last; `?method=`, `?path=` (prefix) and `?limit=` (default 1000) narrow it down."""
    query = query_of(request)
    limit = query.get("limit", "1000")
    if not limit.isdecimal():
        raise ClientException("limit must be a whole number.", status_code=422)
    entries = simulator.request_log.matching(query.get("method"), query.get("path"))
    return json_answer({"total": len(entries), "requests": entries[-int(limit) :] if int(limit) else []})


@delete("/_sim/requests", operation_id="ClearRequests", status_code=200)
async def clear_requests(simulator: Strava) -> Answer:
    simulator.request_log.clear()
    return json_answer({"total": 0})


@get("/_sim/push", operation_id="ShowPush")
async def show_push(simulator: Strava) -> Answer:
    return json_answer(_push_view(simulator))


@post("/_sim/push", operation_id="SetPush", status_code=200)
async def set_push(request: AnyRequest, simulator: Strava) -> Answer:
    """All push settings, after those in the body have been changed."""
    change(simulator.push.switches, await body_as(request, dict[str, Any]))
    return json_answer(_push_view(simulator))


@get("/_sim/events", operation_id="ShowEvents")
async def show_events(simulator: Strava) -> Answer:
    """Every event since the subscription, oldest first, with each of its deliveries and their attempts."""
    deliveries: dict[int, list[dict[str, Any]]] = {}
    for delivery in simulator.push.deliveries():
        deliveries.setdefault(delivery.event_id, []).append(asdict(delivery))
    return json_answer([asdict(e) | {"deliveries": deliveries.get(e.id, [])} for e in simulator.push.events()])


@post("/_sim/events/deliver", operation_id="DeliverEvents", status_code=200)
async def deliver_events(simulator: Strava, caller: NamedDependency[Caller]) -> Answer:
    """Deliver what has fallen due now, instead of waiting for the next round."""
    return json_answer({"attempts": await simulator.tick(caller)})


@post("/_sim/events/{event_id:int}/repeat", operation_id="RepeatEvent", status_code=200)
async def repeat_event(simulator: Strava, event_id: FromPath[int]) -> Answer:
    """Put one more delivery of an event on its way."""
    if not simulator.push.repeat(event_id):
        raise NotFoundException(f"There is no event {event_id}.")
    return json_answer({"repeated": event_id})


def _push_view(simulator: Simulator) -> dict[str, Any]:
    subscription = simulator.push.subscription
    shown = None if subscription is None else {"id": subscription.id, "callback_url": subscription.callback_url}
    settings = change(simulator.push.switches, {})
    return {"subscription": shown, "settings": settings | {"signing_secrets": len(settings["signing_secrets"])}}
