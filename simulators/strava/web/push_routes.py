"""/push_subscriptions: one per application, asked for with its secret."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from simulators.base.client import Caller
from simulators.strava.application.refusals import bad_request, not_found
from simulators.strava.push.events import Subscription
from simulators.strava.simulator import Simulator
from simulators.strava.web.answers import Answer, AnyRequest, Strava, json_answer, parameters
from simulators.strava.web.oauth import check_client
from simulators.strava.world.activity import iso_z


@post("/api/v3/push_subscriptions", operation_id="CreateSubscription", status_code=201)
async def create_subscription(request: AnyRequest, simulator: Strava, caller: NamedDependency[Caller]) -> Answer:
    """The subscription, once its callback has echoed the challenge within two seconds, during this request."""
    fields = await parameters(request)
    check_client(simulator, fields)
    if not fields.get("verify_token"):
        raise bad_request("PushSubscription", "verify_token")
    made = await simulator.push.subscribe(fields.get("callback_url", ""), fields["verify_token"], caller)
    return json_answer(_shown(simulator, made), 201)


@get("/api/v3/push_subscriptions", operation_id="ListSubscriptions")
async def list_subscriptions(request: AnyRequest, simulator: Strava) -> Answer:
    check_client(simulator, await parameters(request))
    subscription = simulator.push.subscription
    return json_answer([] if subscription is None else [_shown(simulator, subscription)])


@delete("/api/v3/push_subscriptions/{subscription_id:int}", operation_id="DeleteSubscription", status_code=204)
async def delete_subscription(request: AnyRequest, simulator: Strava, subscription_id: FromPath[int]) -> Response[None]:
    check_client(simulator, await parameters(request))
    if not simulator.push.unsubscribe(subscription_id):
        raise not_found("PushSubscription", "id", "invalid")
    return Response(None, status_code=204)


def _shown(simulator: Simulator, subscription: Subscription) -> dict[str, Any]:
    created = iso_z(datetime.fromtimestamp(subscription.created_at_s, UTC))
    return {
        "id": subscription.id,
        "resource_state": 2,
        "application_id": simulator.client_id,
        "callback_url": subscription.callback_url,
        "created_at": created,
        "updated_at": created,
    }
