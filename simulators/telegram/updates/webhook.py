"""Who brings updates to the bot's webhook, and again until they are taken."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import msgspec

from simulators.base.client import Caller, CallFailed
from simulators.base.clock import SimulatorClock
from simulators.telegram.trouble import Trouble
from simulators.telegram.updates.line import Handover, Update, UpdateLine

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
LONGEST_BACKOFF_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where updates go; without an address the bot fetches them."""

    url: str = ""
    secret: str = field(default="", repr=False)
    max_connections: int = 40


class WebhookCourier:
    """At most `max_connections` updates are on their way, and of one chat only one."""

    def __init__(self, clock: SimulatorClock, line: UpdateLine, trouble: Trouble) -> None:
        self.webhook = Webhook()
        self._clock = clock
        self._line = line
        self._trouble = trouble
        self._flying: set[int] = set()
        self._last_error: tuple[int, str] | None = None

    def set(self, webhook: Webhook) -> None:
        self.webhook, self._last_error = webhook, None

    def info(self) -> dict[str, Any]:
        """What getWebhookInfo answers."""
        told: dict[str, Any] = {
            "url": self.webhook.url,
            "has_custom_certificate": False,
            "pending_update_count": self._line.pending(),
        }
        if self.webhook.url:
            told["max_connections"] = self.webhook.max_connections
        if self._last_error is not None:
            told["last_error_date"], told["last_error_message"] = self._last_error
        return told | ({"allowed_updates": list(self._line.allowed)} if self._line.allowed else {})

    def next_due_s(self) -> float | None:
        """When the next delivery may begin, None while nothing waits or no connection is free."""
        if not self._may_deliver() or len(self._flying) >= self.webhook.max_connections:
            return None
        return self._line.next_due_s(self._flying)

    async def deliver_due(self, caller: Caller) -> int:
        """The number of deliveries tried, after which nothing more is due or others are seeing to it."""
        tried = 0
        while self._may_deliver():
            free = self.webhook.max_connections - len(self._flying)
            chosen = self._line.heads(self._flying)[: max(free, 0)]
            if not chosen:
                break
            self._flying |= {update.chat_id for update in chosen}
            await asyncio.gather(*(self._deliver(update, caller) for update in chosen))
            tried += len(chosen)
        return tried

    def _may_deliver(self) -> bool:
        return bool(self.webhook.url) and not self._trouble.outage

    async def _deliver(self, update: Update, caller: Caller) -> None:
        webhook = self.webhook
        secret = {SECRET_HEADER: webhook.secret} if webhook.secret else {}
        headers = {"Content-Type": "application/json"} | secret
        status, trouble = None, None
        try:
            body = msgspec.json.encode(update.body())
            status, _ = await caller.call("POST", webhook.url, self._trouble.webhook_within_s, body, headers)
        except CallFailed as failed:
            trouble = str(failed)
        finally:
            self._flying.discard(update.chat_id)
        self._note(update, Handover(self._clock.now_s(), status, trouble))

    def _note(self, update: Update, how: Handover) -> None:
        update.handovers.append(how)
        if update.state != "waiting":
            return
        if how.status is not None and 200 <= how.status < 300:
            self._line.take(update)
        else:
            failures = sum(1 for each in update.handovers if each.status is None or each.status >= 300)
            update.retry_s = how.at_s + min(2.0 ** (failures - 1), LONGEST_BACKOFF_S)
            self._last_error = (int(how.at_s), _said_of(how))


def _said_of(how: Handover) -> str:
    if how.status is None:
        return "Read timeout expired" if (how.trouble or "").startswith("no answer") else "Connection failed"
    phrase = HTTPStatus(how.status).phrase if how.status in set(HTTPStatus) else ""
    return f"Wrong response from the webhook: {how.status} {phrase}".rstrip()
