"""What ayda relies on when it tells of connections, their ends and events: each through the job that does it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from pact import match

from ayda_service.webhooks.forwarding import NotPassedOn
from ayda_service.webhooks.models import WebhookEvent
from ayda_service.webhooks.store import InboxStore
from servicekit.http.errors import UpstreamRefused
from servicekit.jobs import Snooze
from tests.contracts.ayda_asks import shapes
from tests.contracts.ayda_asks.refusals import UNAVAILABLE
from tests.contracts.ayda_asks.shapes import (
    INTERNAL,
    KNOWN_EVENT,
    LEFT,
    LINKED,
    MEMBER,
    MEMBER_ID,
    NOTHING_OF_MEMBER,
    PROFILED,
)
from tests.contracts.houses import ATHLETE, NOW, Ayda
from tests.contracts.houses import OpenAyda as Open
from tests.contracts.support import Exchange, PactWriter, problem

CONNECTED = {"telegram_id": MEMBER, "athlete_id": ATHLETE}
NOTICE = ("POST", f"{INTERNAL}/strava/connected")
END = ("POST", f"{INTERNAL}/strava/disconnected")
HAPPENED = ("POST", f"{INTERNAL}/strava/events/batch")


@pytest.mark.parametrize("state", [NOTHING_OF_MEMBER, PROFILED], ids=["new", "known"])
async def test_a_connection_triggers_a_sync(writer: PactWriter, ayda_at: Open, state: str):
    described = f"a connection notice when {state}"
    exchange = Exchange(described, NOTICE, 200, shapes.SYNC_TRIGGERED, state=state, body=CONNECTED)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            await ayda.run("notify_connected", **CONNECTED)
            assert len(ayda.wire.asked) == 1


async def test_a_connection_told_of_twice_triggers_a_sync_again(writer: PactWriter, ayda_at: Open):
    exchange = Exchange(
        "a connection notice told again", NOTICE, 200, shapes.SYNC_TRIGGERED, state=LINKED, body=CONNECTED
    )
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            await ayda.run("notify_connected", **CONNECTED)
            await ayda.run("notify_connected", **CONNECTED)
            assert len(ayda.wire.asked) == 2


async def test_a_notice_says_who_the_member_is(writer: PactWriter, ayda_at: Open):
    body = {**CONNECTED, "member_id": MEMBER_ID}
    exchange = Exchange("a connection notice of a member", NOTICE, 200, shapes.SYNC_TRIGGERED, state=LINKED, body=body)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            await ayda.run("notify_connected", **body)


async def test_a_late_notice_brings_back_nobody_who_was_erased(writer: PactWriter, ayda_at: Open):
    body, answer = {**CONNECTED, "member_id": MEMBER_ID}, {"status": "erased", "user_id": ""}
    exchange = Exchange("a connection notice that is late", NOTICE, 200, answer, state=LEFT, body=body)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            await ayda.run("notify_connected", **body)


@dataclass(frozen=True)
class Notice:
    """A job that tells of a connection's beginning or end, and the member as it leaves her."""

    name: str
    job: str
    request: tuple[str, str]
    connected: bool


NOTICES = [
    Notice("a connection notice", "notify_connected", NOTICE, connected=True),
    Notice("the end of a connection", "notify_disconnected", END, connected=False),
]


@pytest.mark.parametrize("notice", NOTICES, ids=[each.job for each in NOTICES])
@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_a_notice_that_cannot_be_taken_waits_or_is_given_up(
    writer: PactWriter, ayda_at: Open, notice: Notice, why: str, how: dict[str, Any]
):
    described = f"{notice.name} with {why}"
    exchange = replace(Exchange(described, notice.request, 0, None, state=LINKED, body=CONNECTED), **how)
    with writer.interaction(exchange) as url:
        async with ayda_at(url, connected=notice.connected, **exchange.caller) as ayda:
            with pytest.raises(Snooze if exchange.status >= 500 else UpstreamRefused) as ended:
                await ayda.run(notice.job, **CONNECTED)
    if exchange.status == 503:
        assert isinstance(ended.value, Snooze)
        assert ended.value.delay_s >= exchange.wait_s


@pytest.mark.parametrize("notice", NOTICES, ids=[each.job for each in NOTICES])
async def test_a_notice_about_an_alias_is_refused(writer: PactWriter, ayda_at: Open, notice: Notice):
    body = {**CONNECTED, "telegram_id": "0123456"}
    answer = problem(422, "validation_failed", "telegram_id")
    exchange = Exchange(f"{notice.name} with an alias", notice.request, 422, answer, state=LINKED, body=body)
    with writer.interaction(exchange) as url:
        async with ayda_at(url, connected=notice.connected) as ayda:
            with pytest.raises(UpstreamRefused):
                await ayda.run(notice.job, **body)


ENDINGS = [
    ("the end of a connection", f"{LINKED} and has a profile", shapes.ERASED),
    ("the end of a connection told again", PROFILED, shapes.NOTHING_ERASED),
    ("the end of a stranger's connection", NOTHING_OF_MEMBER, shapes.NOTHING_ERASED),
]


@pytest.mark.parametrize(("described", "state", "answer"), ENDINGS, ids=[each[0] for each in ENDINGS])
async def test_the_end_of_a_connection_is_answered_with_a_receipt(
    writer: PactWriter, ayda_at: Open, described: str, state: str, answer: dict[str, Any]
):
    with writer.interaction(Exchange(described, END, 200, answer, state=state, body=CONNECTED)) as url:
        async with ayda_at(url, connected=False) as ayda:
            await ayda.run("notify_disconnected", **CONNECTED)
            assert len(ayda.wire.asked) == 1


EVENT_ID = "018f6b2a-0000-7000-8000-00000000000e"
EVENT: dict[str, Any] = {
    "event_id": EVENT_ID,
    "telegram_id": MEMBER,
    "athlete_id": ATHLETE,
    "object_type": "activity",
    "object_id": 16_000_000_001,
    "aspect_type": "create",
    "updates": {},
    "event_time": 1_516_126_040,
}
UPDATE = {**EVENT, "aspect_type": "update", "updates": {"type": "Run", "private": "true"}}
EARLY_ID = "018f6b2a-0000-7000-8000-0000000000ee"
EVENTS = [
    ("an event about a new activity", LINKED, EVENT, "accepted"),
    ("an event about a changed activity", LINKED, UPDATE, "accepted"),
    ("an event about a deleted activity", LINKED, {**EVENT, "aspect_type": "delete"}, "accepted"),
    ("an event told again", KNOWN_EVENT, EVENT, "duplicate"),
    ("an event about a stranger", NOTHING_OF_MEMBER, EVENT, "ignored"),
]


def _arrive(ayda: Ayda, body: dict[str, Any]) -> None:
    row = {
        "id": UUID(body["event_id"]), "subscription_id": 1, "object_type": "activity", "object_id": body["object_id"],
        "aspect_type": body["aspect_type"], "event_time_s": body["event_time"], "updates_digest": "0" * 64,
        "owner_id": body["athlete_id"], "updates": body["updates"], "signed": False, "state": "new", "tries": 0,
        "received_at": NOW,
    }  # fmt: skip
    with ayda.parts.database.transaction() as session:
        InboxStore(session).add([row])


def _state_of_event(ayda: Ayda) -> str:
    with ayda.parts.database.reading() as session:
        return session.get_one(WebhookEvent, UUID(EVENT_ID)).state


@pytest.mark.parametrize(("described", "state", "body", "status"), EVENTS, ids=[each[0] for each in EVENTS])
async def test_an_event_is_taken(
    writer: PactWriter, ayda_at: Open, described: str, state: str, body: dict[str, Any], status: str
):
    batch, results = {"events": [body]}, {"results": [{"event_id": EVENT_ID, "status": status}]}
    with writer.interaction(Exchange(described, HAPPENED, 202, results, state=state, body=batch)) as url:
        async with ayda_at(url) as ayda:
            _arrive(ayda, body)
            await ayda.run("forward_events", owner_id=ATHLETE)
            assert len(ayda.wire.asked) == 1
            assert _state_of_event(ayda) == "done"


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_an_event_that_cannot_be_taken_stays_in_the_inbox(
    writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]
):
    exchange = replace(
        Exchange(f"an event with {why}", HAPPENED, 0, None, state=LINKED, body={"events": [EVENT]}), **how
    )
    with writer.interaction(exchange) as url:
        async with ayda_at(url, **exchange.caller) as ayda:
            _arrive(ayda, EVENT)
            with pytest.raises(Snooze if exchange.status >= 500 else NotPassedOn):
                await ayda.run("forward_events", owner_id=ATHLETE)
            assert _state_of_event(ayda) == "new"


async def test_one_event_of_a_batch_is_refused_by_its_name(writer: PactWriter, ayda_at: Open):
    early = {**EVENT, "event_id": EARLY_ID, "object_id": 16_000_000_002, "event_time": -1}
    refusal = {"event_id": EARLY_ID, "status": "refused", "code": "validation_failed", "detail": match.str("Why.")}
    answer = {"results": [{"event_id": EVENT_ID, "status": "accepted"}, refusal]}
    described, batch = "two events, one before all time", {"events": [EVENT, early]}
    with writer.interaction(Exchange(described, HAPPENED, 202, answer, state=LINKED, body=batch)) as url:
        async with ayda_at(url) as ayda:
            _arrive(ayda, EVENT)
            _arrive(ayda, early)
            with pytest.raises(NotPassedOn):
                await ayda.run("forward_events", owner_id=ATHLETE)
            assert _state_of_event(ayda) == "done"
            with ayda.parts.database.reading() as session:
                assert session.get_one(WebhookEvent, UUID(EARLY_ID)).tries == 1
