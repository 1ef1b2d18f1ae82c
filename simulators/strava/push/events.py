"""The event log: what was told to the application, and how each delivery went."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

DeliveryState = Literal["waiting", "delivered", "given_up", "lost"]
MOST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Subscription:
    """The one callback of the application."""

    id: int
    callback_url: str
    verify_token: str = field(repr=False)
    created_at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Event:
    """One change, as it is posted."""

    id: int
    object_type: str
    object_id: int
    aspect_type: str
    owner_id: int
    subscription_id: int
    event_time: int
    updates: dict[str, str]

    def body(self, *, updates_absent: bool = False) -> dict[str, Any]:
        posted: dict[str, Any] = {
            "aspect_type": self.aspect_type,
            "event_time": self.event_time,
            "object_id": self.object_id,
            "object_type": self.object_type,
            "owner_id": self.owner_id,
            "subscription_id": self.subscription_id,
        }
        return posted if updates_absent and not self.updates else posted | {"updates": self.updates}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST: the status answered in time, or None and what happened instead."""

    at_s: float
    status: int | None
    trouble: str | None = None


@dataclass(slots=True)
class Delivery:
    """One event on its way; a duplicate is a delivery of its own."""

    id: int
    event_id: int
    due_s: float
    duplicate: bool = False
    state: DeliveryState = "waiting"
    attempts: list[Attempt] = field(default_factory=list)

    def note(self, attempt: Attempt, retry_after_s: float) -> None:
        """Count the attempt: 200 ends it, anything else is tried again, three times in all."""
        self.attempts.append(attempt)
        if attempt.status == 200:
            self.state = "delivered"
        elif len(self.attempts) >= MOST_ATTEMPTS:
            self.state = "given_up"
        else:
            self.due_s = attempt.at_s + retry_after_s
