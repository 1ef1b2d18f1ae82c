"""The event log: what is told to the application, and how each delivery went."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from simulators.strava.world.activity import Activity

DeliveryState = Literal["waiting", "delivered", "given_up", "lost"]
MOST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Subscription:
    """A callback of the application; one that has not ended is the only one."""

    id: int
    callback_url: str
    verify_token: str = field(repr=False)
    created_at_s: float = 0.0
    ended: bool = False


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
        unsaid = {"id", "updates"} if updates_absent and not self.updates else {"id"}
        return {name: value for name, value in asdict(self).items() if name not in unsaid}


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


def may_see(activity: Activity | None, scopes: Collection[str]) -> bool:
    """Whether the granted scopes show this activity; Only Me ones need activity:read_all."""
    if activity is None:
        return False
    return "activity:read_all" in scopes or (activity.visibility != "only_me" and "activity:read" in scopes)


def news_of(
    before: Activity | None, after: Activity | None, scopes: Collection[str]
) -> tuple[str, dict[str, str]] | None:
    """Aspect and updates of the event, None when there is nothing to hear.

    What leaves the token's sight is a delete, what comes into it a create; only title, type and privacy are told.
    """
    seen_before, seen_after = may_see(before, scopes), may_see(after, scopes)
    if seen_before != seen_after:
        return ("create" if seen_after else "delete"), {}
    if before is None or after is None or not seen_after:
        return None
    updates = {}
    if before.name != after.name:
        updates["title"] = after.name
    if before.sport_type != after.sport_type:
        updates["type"] = after.type
    if (before.visibility == "only_me") != (after.visibility == "only_me"):
        updates["private"] = "true" if after.visibility == "only_me" else "false"
    return ("update", updates) if updates else None
