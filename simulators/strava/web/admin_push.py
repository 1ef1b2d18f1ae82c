"""The admin paths under /_sim about push events."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from simulators.strava.simulator import Simulator
from simulators.strava.switches import change
from simulators.strava.web.answers import Answer, AnyRequest, body_as, json_answer
from simulators.strava.web.rounds import Reach


@get("/_sim/push", operation_id="ShowPush")
async def show_push(simulator: NamedDependency[Simulator]) -> Answer:
    return json_answer(_push_view(simulator))


@post("/_sim/push", operation_id="SetPush", status_code=200)
async def set_push(request: AnyRequest, simulator: NamedDependency[Simulator]) -> Answer:
    """All push settings, after those in the body have been changed."""
    change(simulator.push.switches, await body_as(request, dict[str, Any]))
    return json_answer(_push_view(simulator))


@get("/_sim/events", operation_id="ShowEvents")
async def show_events(simulator: NamedDependency[Simulator]) -> Answer:
    """Every event since the subscription, oldest first, with each of its deliveries and their attempts."""
    deliveries: dict[int, list[dict[str, Any]]] = {}
    for delivery in simulator.push.deliveries():
        deliveries.setdefault(delivery.event_id, []).append(asdict(delivery))
    return json_answer([asdict(e) | {"deliveries": deliveries.get(e.id, [])} for e in simulator.push.events()])


@post("/_sim/events/deliver", operation_id="DeliverEvents", status_code=200)
async def deliver_events(simulator: NamedDependency[Simulator], reach: NamedDependency[Reach]) -> Answer:
    """Deliver what has fallen due now, instead of waiting for the next round."""
    return json_answer({"attempts": await simulator.tick(reach())})


@post("/_sim/events/{event_id:int}/repeat", operation_id="RepeatEvent", status_code=200)
async def repeat_event(simulator: NamedDependency[Simulator], event_id: FromPath[int]) -> Answer:
    """Put one more delivery of an event on its way."""
    if not simulator.push.repeat(event_id):
        raise NotFoundException(f"There is no event {event_id}.")
    return json_answer({"repeated": event_id})


def _push_view(simulator: Simulator) -> dict[str, Any]:
    subscription = simulator.push.subscription
    shown = None if subscription is None else {"id": subscription.id, "callback_url": subscription.callback_url}
    settings = change(simulator.push.switches, {})
    return {"subscription": shown, "settings": settings | {"signing_secrets": len(settings["signing_secrets"])}}
