"""SQL about push events and the subscription they come from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import case, delete, false, func, or_, select, true, tuple_, union_all, update
from sqlalchemy.orm import Session

from ayda_service.members.models import Member
from ayda_service.strava.models import StravaToken
from ayda_service.webhooks.models import EventState, WebhookEvent, WebhookSubscription
from servicekit.data.one_of import one_of
from servicekit.data.rows import changed
from servicekit.data.upsert import insert_absent

STRAVA: Final = "strava"
_ERROR_LENGTH: Final = 500
_LOOKED_AT: Final = 1_000
"""Events of others, at most, that one batch looks through for what may go along."""
_ATHLETE: Final = WebhookEvent.object_type == "athlete"
_TOKENS, _SUBSCRIPTIONS = StravaToken.__table__.c, WebhookSubscription.__table__.c
_CONNECTED: Final = (
    select(_TOKENS.athlete_id)
    .where(one_of(_TOKENS.athlete_id, "owner_ids"))
    # keeps out who ends the connection, and not who refreshes its tokens
    .with_for_update(read=True, key_share=True)
    .subquery()
)
# made once, without the mapper and one question for two: it is asked for each event
_KNOWN: Final = union_all(
    select(true().label("is_athlete"), _CONNECTED.c.athlete_id),
    select(false(), _SUBSCRIPTIONS.subscription_id).where(_SUBSCRIPTIONS.name == STRAVA),
)


class InboxStore:
    """Events inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
        """The ids of the events that were new, also among themselves."""
        return set(insert_absent(self._session, WebhookEvent, rows))

    def known(self, owner_ids: Iterable[int]) -> tuple[int | None, set[int]]:
        """The subscription that events have to come from, once known, and those athletes whom members connected.

        They stay connected until the transaction ends.
        """
        rows = self._session.execute(_KNOWN, {"owner_ids": list(owner_ids)}).all()
        subscription_id = next((number for is_athlete, number in rows if not is_athlete), None)
        return subscription_id, {number for is_athlete, number in rows if is_athlete}

    def waiting(self, owner_id: int, *, about_athlete: bool, limit: int) -> list[WebhookEvent]:
        """The athlete's events still to be worked on, in the order they arrived."""
        kind = _ATHLETE if about_athlete else ~_ATHLETE
        mine = select(WebhookEvent).where(WebhookEvent.owner_id == owner_id, WebhookEvent.state == "new", kind)
        ordered = mine.order_by(WebhookEvent.received_at, WebhookEvent.id).limit(limit)
        return list(self._session.scalars(ordered))

    def others_waiting(self, but: Collection[int], activities: int) -> list[tuple[WebhookEvent, int]]:
        """What waits about so many activities of other connected athletes, with their members' ids, oldest first.

        Each activity with all its events, as one of them speaks for all; none of which an event was refused before.
        """
        is_new = (WebhookEvent.state == "new", WebhookEvent.object_type == "activity")
        named = WebhookEvent.owner_id, WebhookEvent.object_id
        oldest = select(*named, WebhookEvent.received_at, WebhookEvent.tries)
        oldest = oldest.join(StravaToken, StravaToken.athlete_id == WebhookEvent.owner_id)
        oldest = oldest.where(*is_new, WebhookEvent.owner_id.not_in(but)).order_by(WebhookEvent.received_at)
        some = oldest.limit(_LOOKED_AT).subquery().c
        grouped = select(some.owner_id, some.object_id).group_by(some.owner_id, some.object_id)
        grouped = grouped.having(func.max(some.tries) == 0).order_by(func.min(some.received_at))
        wanted = grouped.limit(activities).subquery().c
        theirs = select(WebhookEvent, Member.telegram_id)
        theirs = theirs.join(StravaToken, StravaToken.athlete_id == WebhookEvent.owner_id)
        theirs = theirs.join(Member, Member.id == StravaToken.member_id)
        theirs = theirs.where(*is_new, tuple_(*named).in_(select(wanted.owner_id, wanted.object_id)))
        ordered = theirs.order_by(WebhookEvent.received_at, WebhookEvent.id).limit(_LOOKED_AT)
        return [(event, telegram_id) for event, telegram_id in self._session.execute(ordered)]

    def settle(self, event_ids: Sequence[UUID], state: EventState, reason: str | None = None) -> None:
        """Ends events that still wait."""
        if not event_ids:
            return
        waits = update(WebhookEvent).where(WebhookEvent.id.in_(event_ids), WebhookEvent.state == "new")
        self._session.execute(waits.values(state=state, error=reason))

    def settle_about_athlete(self, owner_id: int, state: EventState, *, until: datetime) -> None:
        """Ends all events about an athlete that arrived by `until`: one answer of Strava settles them all."""
        waits = update(WebhookEvent).where(WebhookEvent.owner_id == owner_id, WebhookEvent.state == "new", _ATHLETE)
        self._session.execute(waits.where(WebhookEvent.received_at <= until).values(state=state))

    def count_try(self, event_ids: Sequence[UUID], error: str, *, most: int) -> None:
        """One more failure of events that still wait; the last one makes them dead letters."""
        tries = WebhookEvent.tries + 1
        waits = update(WebhookEvent).where(WebhookEvent.id.in_(event_ids), WebhookEvent.state == "new")
        state = case((tries >= most, "dead"), else_="new")
        self._session.execute(waits.values(tries=tries, state=state, error=error[:_ERROR_LENGTH]))

    def left_behind(self, before: datetime, limit: int) -> list[tuple[int, bool]]:
        """Athletes whose events have waited since before `before`, and whether those are about the athlete."""
        old = select(WebhookEvent.owner_id, _ATHLETE).where(
            WebhookEvent.state == "new", WebhookEvent.received_at < before
        )
        return [(owner_id, bool(about)) for owner_id, about in self._session.execute(old.distinct().limit(limit))]

    def purge(self, *, settled_before: datetime, dead_before: datetime) -> None:
        """Forgets what was worked on long ago."""
        settled = (WebhookEvent.state.in_(("done", "ignored"))) & (WebhookEvent.received_at < settled_before)
        dead = (WebhookEvent.state == "dead") & (WebhookEvent.received_at < dead_before)
        self._session.execute(delete(WebhookEvent).where(or_(settled, dead)))

    def trim(self, state: EventState, most: int, at_once: int) -> int:
        """Forgets the oldest events of a state beyond so many, some at once; how many were forgotten."""
        of_state = select(WebhookEvent.id).where(WebhookEvent.state == state)
        beyond = of_state.order_by(WebhookEvent.received_at.desc()).offset(most).limit(at_once)
        return changed(self._session, delete(WebhookEvent).where(WebhookEvent.id.in_(beyond)))

    def dead(self, limit: int) -> list[WebhookEvent]:
        """Dead letters, newest first."""
        given_up = select(WebhookEvent).where(WebhookEvent.state == "dead")
        return list(self._session.scalars(given_up.order_by(WebhookEvent.received_at.desc()).limit(limit)))

    def revive(self, event_id: UUID) -> WebhookEvent | None:
        """Gives a dead letter its tries back."""
        given_up = update(WebhookEvent).where(WebhookEvent.id == event_id, WebhookEvent.state == "dead")
        revived = given_up.values(state="new", tries=0).returning(WebhookEvent)
        return self._session.scalars(revived).one_or_none()


class SubscriptionStore:
    """What is known of the subscription, inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self) -> WebhookSubscription | None:
        """The row; None before Strava was ever asked."""
        return self._session.get(WebhookSubscription, STRAVA)

    def check_soon(self, now: datetime, *, every: timedelta, pause: timedelta, most_calls: int) -> None:
        """Makes the next check due, unless one failed, was made within `pause`, or the day has had more calls.

        Checks are `every` apart.
        """
        in_order = WebhookSubscription.failures == 0
        due = update(WebhookSubscription).where(in_order, WebhookSubscription.next_at > now)
        due = due.where(WebhookSubscription.next_at <= now + every - pause)
        due = due.where(or_(WebhookSubscription.day < now.date(), WebhookSubscription.calls <= most_calls))
        self._session.execute(due.values(next_at=now))

    def put(self, row: WebhookSubscription) -> None:
        """Stores what was found out."""
        self._session.merge(row)
