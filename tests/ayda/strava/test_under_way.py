"""Whoever begins connecting again and again leaves no more than the newest beginnings."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from ayda_service.strava.models import Handover, OAuthState
from ayda_service.strava.store import MOST_UNDER_WAY, ConnectionStore, HandoverStore
from ayda_service.webhooks.models import WebhookEvent
from ayda_service.webhooks.store import InboxStore
from servicekit.data.columns import uuid7
from servicekit.strava.consents import digest_of
from tests.ayda.activities.support import database
from tests.ayda.support import MEMBER, OTHER, Ayda


async def test_of_one_members_authorizations_and_secrets_the_newest_are_kept(ayda: Ayda):
    now = ayda.clock.now()
    with database(ayda).transaction() as session:
        states, secrets = ConnectionStore(session), HandoverStore(session)
        states.add_state("other", OTHER, browser="b", in_telegram=False, now=now, expires_at=now + timedelta(minutes=1))
        for number in range(MOST_UNDER_WAY + 5):
            until = now + timedelta(minutes=2, seconds=number)
            states.add_state(f"s{number}", MEMBER, browser="b", in_telegram=False, now=now, expires_at=until)
            secrets.add(f"h{number}", MEMBER, "sealed", now=now, expires_at=until)
    with database(ayda).transaction() as session:
        count = select(func.count()).select_from
        assert session.execute(count(OAuthState)).scalar_one() == MOST_UNDER_WAY + 1
        assert session.execute(count(Handover)).scalar_one() == MOST_UNDER_WAY
        kept = set(session.scalars(select(OAuthState.digest)))
    assert digest_of("s4") not in kept
    assert {digest_of("s5"), digest_of("other")} <= kept


async def test_of_the_events_of_a_state_the_oldest_beyond_its_bound_go(ayda: Ayda):
    row = {"subscription_id": 1, "object_type": "activity", "aspect_type": "create", "event_time_s": 1, "owner_id": 9}
    more = {"updates_digest": "d", "updates": {}, "signed": False, "tries": 0, "error": None}
    with database(ayda).transaction() as session:
        store = InboxStore(session)
        for number in range(10):
            at = ayda.clock.now() + timedelta(seconds=number)
            state = "ignored" if number < 8 else "new"
            store.add([{**row, **more, "id": uuid7(), "object_id": number, "state": state, "received_at": at}])
        assert [store.trim("ignored", 3, 4), store.trim("ignored", 3, 4), store.trim("ignored", 3, 4)] == [4, 1, 0]
        left = session.scalars(select(WebhookEvent.object_id).order_by(WebhookEvent.object_id))
        assert list(left) == [5, 6, 7, 8, 9]
