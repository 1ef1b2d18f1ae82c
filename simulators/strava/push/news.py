"""What an application hears of a change, by what its token may see."""

from __future__ import annotations

from collections.abc import Collection

from simulators.strava.records import Activity

READ_SCOPES = frozenset({"activity:read", "activity:read_all"})


def may_see(activity: Activity | None, scopes: Collection[str]) -> bool:
    """Whether the granted scopes show this activity; Only Me ones need activity:read_all."""
    if activity is None or not READ_SCOPES.intersection(scopes):
        return False
    return activity.visibility != "only_me" or "activity:read_all" in scopes


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
