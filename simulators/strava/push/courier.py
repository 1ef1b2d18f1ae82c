"""Who brings events to the callback, as punctually and as carelessly as ordered."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

import msgspec

from simulators.base.client import Caller, CallFailed
from simulators.base.clock import SimulatorClock
from simulators.strava.application.refusals import bad_request
from simulators.strava.application.switches import PushSwitches
from simulators.strava.push.events import Attempt, Delivery, DeliveryState, Event, Subscription
from simulators.strava.push.signature import signature_headers
from simulators.strava.store import Drawer, Store

_LONGEST_CALLBACK = 255
_FIRST_SUBSCRIPTION = 131_301


class Courier:
    """The subscription, the events since it exists, and their deliveries."""

    def __init__(self, clock: SimulatorClock, switches: PushSwitches, store: Store, seed: int) -> None:
        self.switches = switches
        self._clock = clock
        self._subscriptions = Drawer[int, Subscription](store, "subscription", Subscription)
        self._events = Drawer[int, Event](store, "event", Event)
        self._deliveries = Drawer[int, Delivery](store, "delivery", Delivery)
        self._waiting = {d.id for d in self._deliveries.values() if d.state == "waiting"}
        self._flying: set[int] = set()
        self._random = random.Random(seed * 31 + len(self._events))

    @property
    def subscription(self) -> Subscription | None:
        return next((each for each in self._subscriptions.values() if not each.ended), None)

    def events(self) -> list[Event]:
        """All of them, oldest first; those that were lost too."""
        return list(self._events.values())

    def deliveries(self) -> list[Delivery]:
        return list(self._deliveries.values())

    async def subscribe(self, callback_url: str, verify_token: str, caller: Caller) -> Subscription:
        """The new subscription, after the callback has echoed the challenge. Raises the PushSubscription refusals."""
        if self.subscription is not None:
            raise bad_request("PushSubscription", "", "already exists")
        if urlsplit(callback_url).scheme not in {"http", "https"} or len(callback_url) > _LONGEST_CALLBACK:
            raise bad_request("PushSubscription", "callback url")
        await self._shake_hands(callback_url, verify_token, caller)
        if self.subscription is not None:
            raise bad_request("PushSubscription", "", "already exists")
        made_id = _FIRST_SUBSCRIPTION + len(self._subscriptions)
        made = Subscription(made_id, callback_url, verify_token, self._clock.now_s())
        self._subscriptions[made.id] = made
        return made

    def unsubscribe(self, subscription_id: int) -> bool:
        """Whether there was one; what was on its way is given up."""
        if self.subscription is None or self.subscription.id != subscription_id:
            return False
        self._subscriptions[subscription_id] = replace(self.subscription, ended=True)
        for delivery in [self._deliveries[number] for number in self._waiting]:
            delivery.state = "given_up"
            self._put(delivery)
        return True

    async def _shake_hands(self, callback_url: str, verify_token: str, caller: Caller) -> None:
        challenge = f"{self._random.getrandbits(64):016x}"
        asked = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
        joint = "&" if urlsplit(callback_url).query else "?"
        status, echoed = 200, None
        with contextlib.suppress(CallFailed, msgspec.MsgspecError):
            url = f"{callback_url}{joint}{urlencode(asked)}"
            status, body = await caller.call("GET", url, self.switches.answer_within_s)
            echoed = msgspec.json.decode(body, type=dict[str, object]).get("hub.challenge")
        if status != 200:
            raise bad_request("PushSubscription", "callback url", "GET to callback URL does not return 200")
        if echoed != challenge:
            raise bad_request("PushSubscription", "callback url", "not verifiable")

    def tell(self, object_type: str, object_id: int, aspect: str, owner_id: int, updates: dict[str, str]) -> None:
        """Put an event on its way; without a subscription nobody hears of it."""
        if self.subscription is None:
            return
        number, now_s = len(self._events) + 1, self._clock.now_s()
        self._events[number] = Event(
            number, object_type, object_id, aspect, owner_id, self.subscription.id, int(now_s), updates
        )
        due_s = now_s + self.switches.delay_s + self._random.uniform(0, self.switches.jitter_s)
        lost = self._random.random() < self.switches.loss_share
        self._send(number, due_s, state="lost" if lost else "waiting")
        if not lost and self._random.random() < self.switches.duplicate_share:
            self._send(number, due_s + self.switches.duplicate_after_s, duplicate=True)

    def tell_revoked(self, athlete_id: int) -> None:
        self.tell("athlete", athlete_id, "update", athlete_id, {"authorized": self.switches.authorized_word})

    def repeat(self, event_id: int) -> bool:
        """Send an event once more, now. False for an unknown one."""
        if event_id not in self._events:
            return False
        self._send(event_id, self._clock.now_s(), duplicate=True)
        return True

    def _send(self, event_id: int, due_s: float, *, state: DeliveryState = "waiting", duplicate: bool = False) -> None:
        self._put(Delivery(len(self._deliveries) + 1, event_id, due_s, duplicate, state))

    def next_due_s(self) -> float | None:
        """When the next delivery falls due; those under way are not counted."""
        return min((self._deliveries[number].due_s for number in self._waiting - self._flying), default=None)

    async def deliver_due(self, caller: Caller) -> int:
        """The number of POSTs made: one for each delivery that has fallen due by the simulator's clock."""
        now_s = self._clock.now_s()
        due = [d for d in (self._deliveries[number] for number in self._waiting - self._flying) if d.due_s <= now_s]
        due.sort(key=lambda d: (d.due_s, d.id), reverse=self.switches.newest_first)
        flying = {delivery.id for delivery in due}
        self._flying |= flying
        step = max(self.switches.parallel, 1)
        try:
            for start in range(0, len(due), step):
                await asyncio.gather(*(self._attempt(delivery, caller) for delivery in due[start : start + step]))
        finally:
            self._flying -= flying
        return len(due)

    async def _attempt(self, delivery: Delivery, caller: Caller) -> None:
        subscription = self.subscription
        if subscription is None or delivery.state != "waiting":
            return
        switches = self.switches
        body = msgspec.json.encode(self._events[delivery.event_id].body(updates_absent=switches.updates_absent))
        signed = signature_headers(switches.signature, switches.signing_secrets, self._clock.now_s(), body)
        headers = {"Content-Type": "application/json; charset=utf-8"} | signed
        status, trouble = None, None
        try:
            url = subscription.callback_url
            status, _ = await caller.call("POST", url, switches.answer_within_s, body, headers)
        except CallFailed as failed:
            trouble = str(failed)
        if delivery.state == "waiting":
            delivery.note(Attempt(self._clock.now_s(), status, trouble), switches.retry_after_s)
        self._put(delivery)

    def _put(self, delivery: Delivery) -> None:
        self._deliveries[delivery.id] = delivery
        (self._waiting.add if delivery.state == "waiting" else self._waiting.discard)(delivery.id)
