"""SIM-9: push subscriptions, from the handshake to the third attempt."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.base.client import CallFailed, HttpCaller
from simulators.base.clock import SimulatorClock
from simulators.strava.application.switches import PushSwitches
from simulators.strava.push.courier import Courier
from simulators.strava.push.signature import sign, signature_headers
from simulators.strava.store import Store
from tests.simulators.strava.conformance import START, Callback, Strava, fault, strava_with

CLIENT = {"client_id": "4242", "client_secret": "simulated-secret"}


async def _subscribed(**push: object) -> tuple[Strava, int]:
    strava = strava_with()
    athlete = strava.simulator.add_athlete()
    await strava.connect(athlete)
    assert (await strava.subscribe()).status_code == 201
    for name, value in push.items():
        setattr(strava.simulator.push.switches, name, value)
    return strava, athlete


async def test_sim_9_the_handshake_happens_inside_the_post_and_keeps_the_callbacks_query() -> None:
    strava = strava_with()
    made = await strava.subscribe()
    assert made.status_code == 201
    (asked,) = strava.callback.asked
    assert dict(asked.params) == {
        "secret": "s",
        "hub.mode": "subscribe",
        "hub.challenge": asked.params["hub.challenge"],
        "hub.verify_token": "v",
    }
    assert made.json() == {
        "id": made.json()["id"],
        "resource_state": 2,
        "application_id": 4242,
        "callback_url": "http://app.test/hook?secret=s",
        "created_at": "2026-06-15T10:01:00Z",
        "updated_at": "2026-06-15T10:01:00Z",
    }
    assert made.headers["X-RateLimit-Usage"] == "0,0"


@pytest.mark.parametrize(
    ("handshake", "code"),
    [
        ("silence", "not verifiable"),
        ("wrong", "not verifiable"),
        ("500", "GET to callback URL does not return 200"),
    ],
)
async def test_sim_9_a_callback_that_does_not_echo_gets_no_subscription(handshake: str, code: str) -> None:
    strava = strava_with()
    strava.callback.handshake = handshake
    assert fault(await strava.subscribe()) == (400, "Bad Request", "PushSubscription", "callback url", code)
    assert (await strava.http.get("/api/v3/push_subscriptions", params=CLIENT)).json() == []


async def test_sim_9_an_application_has_one_subscription_until_it_is_deleted() -> None:
    strava = strava_with()
    first = (await strava.subscribe()).json()
    again = (400, "Bad Request", "PushSubscription", "", "already exists")
    assert fault(await strava.subscribe(callback_url="http://other.test/")) == again
    assert (await strava.http.get("/api/v3/push_subscriptions", params=CLIENT)).json() == [first]
    gone = await strava.http.delete(f"/api/v3/push_subscriptions/{first['id']}", params=CLIENT)
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await strava.http.delete(f"/api/v3/push_subscriptions/{first['id']}", params=CLIENT)).status_code == 404
    assert (await strava.subscribe()).json()["id"] != first["id"]


async def test_sim_9_subscriptions_need_the_client_and_usable_fields() -> None:
    strava = strava_with()
    assert (await strava.subscribe(client_secret="guess")).status_code == 401
    assert (await strava.http.get("/api/v3/push_subscriptions", params={"client_id": "4242"})).status_code == 400
    assert fault(await strava.subscribe(callback_url="http://x/" + "a" * 250))[3] == "callback url"
    assert fault(await strava.subscribe(callback_url="app://hook"))[3] == "callback url"
    assert fault(await strava.subscribe(verify_token=""))[3] == "verify_token"
    logged = strava.simulator.request_log.matching("GET", "/api/v3/push_subscriptions")
    assert all("secret" not in str(entry.query.values()) for entry in logged)


async def test_sim_9_an_inactive_application_may_not_even_look_at_its_subscription() -> None:
    strava = strava_with()
    strava.simulator.switches.inactive = True
    assert (await strava.http.get("/api/v3/push_subscriptions", params=CLIENT)).status_code == 403


async def test_sim_9_three_attempts_two_minutes_apart_and_then_never_again() -> None:
    strava, athlete = await _subscribed()
    strava.callback.statuses = [500, None, 404]
    strava.simulator.generate_activities(athlete, 1)
    for wait_s in (0, 119, 1, 119, 1):
        await strava.deliver(wait_s)
    assert len(strava.callback.posted) == 3
    assert await strava.deliver(86_400) == []
    (delivery,) = strava.simulator.push.deliveries()
    assert delivery.state == "given_up"
    assert [(a.status, a.trouble) for a in delivery.attempts] == [
        (500, None),
        (None, "no answer within 2 s"),
        (404, None),
    ]


async def test_sim_9_a_200_ends_the_attempts() -> None:
    strava, athlete = await _subscribed()
    strava.callback.statuses = [503, 200]
    strava.simulator.generate_activities(athlete, 1)
    first = await strava.deliver()
    assert await strava.deliver(120) == first
    assert await strava.deliver(86_400) == []


async def test_sim_9_a_duplicate_comes_minutes_later_even_after_a_200() -> None:
    strava, athlete = await _subscribed(duplicate_share=1.0, duplicate_after_s=180.0)
    strava.simulator.generate_activities(athlete, 1)
    first = await strava.deliver()
    assert await strava.deliver(179) == []
    assert await strava.deliver(1) == first


async def test_sim_9_a_lost_event_is_logged_and_never_sent() -> None:
    strava, athlete = await _subscribed(loss_share=1.0)
    strava.simulator.generate_activities(athlete, 2)
    assert await strava.deliver(86_400) == []
    assert len(strava.simulator.push.events()) == 2
    assert {d.state for d in strava.simulator.push.deliveries()} == {"lost"}


async def test_sim_9_events_can_come_late_and_in_another_order() -> None:
    strava, athlete = await _subscribed(delay_s=420.0, newest_first=True)
    made = strava.simulator.generate_activities(athlete, 3)
    assert await strava.deliver(419) == []
    assert [event["object_id"] for event in await strava.deliver(1)] == made[::-1]
    assert set(strava.callback.called) == {"http://app.test/hook?secret=s"}


async def test_sim_9_jitter_spreads_what_happened_together() -> None:
    strava, athlete = await _subscribed(jitter_s=900.0)
    made = strava.simulator.generate_activities(athlete, 20)
    arrived = [event["object_id"] for _ in range(900) for event in await strava.deliver(1)]
    assert sorted(arrived) == made
    assert arrived != made


async def test_sim_9_shares_decide_how_many_are_lost_or_doubled() -> None:
    strava, athlete = await _subscribed(loss_share=0.2, duplicate_share=0.3)
    strava.simulator.generate_activities(athlete, 400)
    sent = await strava.deliver(0) + await strava.deliver(60)
    lost = 400 - len({event["object_id"] for event in sent})
    doubled = len(sent) - (400 - lost)
    assert 50 < lost < 110
    assert 65 < doubled < 130


async def test_sim_9_the_signature_is_the_one_of_the_reference() -> None:
    assert sign("s3cr3t", 1_700_000_000, b'{"a":1}') == (
        "8dbbbbf4523b10bbb793e74d854144c45acccc2d233667b1c06b805b6ded8a84"
    )
    event = (
        b'{"aspect_type":"create","event_time":1516126040,"object_id":1360128428,"object_type":"activity",'
        b'"owner_id":134815,"subscription_id":120475,"updates":{}}'
    )
    assert signature_headers("signed", ["s3cr3t"], 1_700_000_000.9, event) == {
        "X-Strava-Signature": "t=1700000000,v1=1fb84646b10923f8db7086f582abc87c5e2c059456c6eff0ff8b643eb9b72f8a"
    }


async def test_sim_9_events_are_unsigned_signed_by_every_secret_forged_or_stale_as_ordered() -> None:
    strava, athlete = await _subscribed(signing_secrets=("new", "old"))
    for mode in ("off", "signed", "forged", "stale"):
        strava.simulator.push.switches.signature = mode  # type: ignore[assignment]
        strava.simulator.generate_activities(athlete, 1)
        await strava.deliver()
    headers = [dict(sent).get("X-Strava-Signature") for sent in strava.callback.headers]
    assert headers[0] is None
    now_s = int(strava.simulator.clock.now_s())
    for header, secret_fits, at_s in zip(headers[1:], (True, False, True), (now_s, now_s, now_s - 3600), strict=True):
        assert header is not None
        body = strava.callback.bodies[headers.index(header)]
        expected = [hmac.new(s, f"{at_s}.".encode() + body, hashlib.sha256).hexdigest() for s in (b"new", b"old")]
        assert (header == f"t={at_s},v1={expected[0]},v1={expected[1]}") == secret_fits


@given(count=st.integers(1, 12), answers=st.lists(st.sampled_from([200, 200, 500, None]), max_size=40))
def test_sim_9_whatever_is_answered_no_delivery_is_tried_more_than_three_times(
    count: int, answers: list[int | None]
) -> None:
    async def run() -> None:
        clock, callback = SimulatorClock(lambda: START), Callback(statuses=list(answers))
        courier = Courier(clock, PushSwitches(retry_after_s=1.0, duplicate_share=0.5), Store(), seed=1)
        await courier.subscribe("http://app.test/", "v", callback)
        for number in range(count):
            courier.tell("activity", number, "create", 1, {})
        for _ in range(70):
            clock.advance(1)
            await courier.deliver_due(callback)
        for delivery in courier.deliveries():
            assert len(delivery.attempts) <= 3
            assert (delivery.state == "delivered") == (delivery.attempts[-1].status == 200)
            assert delivery.state in {"delivered", "given_up"}
            assert len(delivery.attempts) == 3 or delivery.state == "delivered"

    asyncio.run(run())


async def test_sim_9_a_callback_that_is_too_slow_has_not_answered() -> None:
    async def never(_request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    caller = HttpCaller(httpx.MockTransport(never))
    with pytest.raises(CallFailed, match="no answer within"):
        await caller.call("POST", "http://app.test/", 0.01, b"{}")
    await caller.close()


async def test_sim_9_a_redirect_is_not_followed_and_a_refusal_is_no_answer() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/refused":
            raise httpx.ConnectError("refused")
        return httpx.Response(302, headers={"Location": "http://app.test/elsewhere"})

    caller = HttpCaller(httpx.MockTransport(answer))
    assert (await caller.call("POST", "http://app.test/", 2.0, b"{}"))[0] == 302
    with pytest.raises(CallFailed, match="ConnectError"):
        await caller.call("GET", "http://app.test/refused", 2.0)
    await caller.close()


async def test_sim_9_everything_about_events_can_be_ordered_and_read_over_http() -> None:
    strava, athlete = await _subscribed()
    settings = {"duplicate_share": 0.0, "signature": "signed", "signing_secrets": ["k"], "delay_s": 5}
    shown = (await strava.http.post("/_sim/push", json=settings)).json()
    assert (shown["settings"]["delay_s"], shown["settings"]["signing_secrets"]) == (5, 1)
    assert (await strava.http.get("/_sim/push")).json() == shown
    assert (await strava.http.post("/_sim/push", json={"loss_share": 2})).status_code == 422
    strava.simulator.generate_activities(athlete, 1)
    assert (await strava.http.post("/_sim/events/deliver")).json() == {"attempts": 0}
    await strava.http.post("/_sim/clock", json={"advance_s": 5})
    assert (await strava.http.post("/_sim/events/deliver")).json() == {"attempts": 1}
    (event,) = (await strava.http.get("/_sim/events")).json()
    assert event["deliveries"][0]["state"] == "delivered"
    assert (await strava.http.post(f"/_sim/events/{event['id']}/repeat")).status_code == 200
    assert (await strava.http.post("/_sim/events/deliver")).json() == {"attempts": 1}
    assert strava.callback.posted[0] == strava.callback.posted[1]
    assert (await strava.http.post("/_sim/events/99/repeat")).status_code == 404
    assert json.loads(strava.callback.bodies[0])["subscription_id"] == shown["subscription"]["id"]
