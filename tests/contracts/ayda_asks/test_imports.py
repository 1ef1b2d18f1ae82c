"""What ayda relies on when a member's recordings, one or many, are to be learned from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ayda_service.errors import ImportUnknown, RefusedByPredictor
from kernel.contracts.activity import ImportState, SportTag
from tests.contracts.ayda_asks import shapes
from tests.contracts.ayda_asks.courses import archive, recording
from tests.contracts.ayda_asks.refusals import UNAVAILABLE, refused
from tests.contracts.ayda_asks.shapes import (
    IMPORT_ID,
    INTERNAL,
    MEMBER,
    NO_ROUTE_ID,
    NOTHING_OF_MEMBER,
    RECORDED,
    RECORDED_AT_STRAVA,
    STRANGER,
)
from tests.contracts.houses import NOW, Ayda
from tests.contracts.houses import OpenAyda as Open
from tests.contracts.support import Exchange, PactWriter, problem

ADD = ("POST", f"{INTERNAL}/imports")
SHOW = ("GET", f"{INTERNAL}/imports/{IMPORT_ID}")
LEARN = ("POST", f"{INTERNAL}/activities")
WHOSE = {"telegram_id": MEMBER}
ZIP: dict[str, Any] = {"text": archive(recording()), "text_type": "application/zip"}
NO_ZIP: dict[str, Any] = {"text": b"PK no archive", "text_type": "application/zip"}
GPX: dict[str, Any] = {"text": recording(), "text_type": "application/octet-stream"}


async def add(ayda: Ayda, content: bytes = ZIP["text"]) -> ImportState:
    return await ayda.imports.add(int(MEMBER), NOW, ayda.sent(content, zipped=True))


async def test_an_archive_becomes_an_import(writer: PactWriter, ayda_at: Open):
    answer = {**shapes.import_state("queued"), "dropped": {}, "files_total": 0, "files_read": 0}
    exchange = Exchange("an archive to read", ADD, 202, answer, state=NOTHING_OF_MEMBER, query=WHOSE, **ZIP)
    with writer.interaction(replace(exchange, answer={**answer, "added": 0, "duplicates": 0})) as url:
        async with ayda_at(url) as ayda:
            state = await add(ayda)
    assert (state.status, state.added, state.finished_at) == ("queued", 0, None)


async def test_what_is_no_archive_is_the_members_to_mend(writer: PactWriter, ayda_at: Open):
    exchange = Exchange("no archive to read", ADD, 422, problem(422, "bad_gpx"), query=WHOSE, **NO_ZIP)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            with pytest.raises(RefusedByPredictor) as refusal:
                await add(ayda, NO_ZIP["text"])
    assert refusal.value.problem.code == "bad_gpx"


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_an_archive_that_is_not_taken(writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]):
    exchange = replace(Exchange(f"an archive to read with {why}", ADD, 0, None, query=WHOSE, **ZIP), **how)
    await refused(writer, ayda_at, exchange, add)


STANDING = [("running", shapes.IMPORTING), ("done", shapes.IMPORTED), ("failed", shapes.IMPORT_FAILED)]


@pytest.mark.parametrize(("status", "state"), STANDING, ids=[each[0] for each in STANDING])
async def test_how_an_import_stands_is_told(writer: PactWriter, ayda_at: Open, status: str, state: str):
    answer = shapes.import_state(status, import_id=IMPORT_ID)
    with writer.interaction(
        Exchange(f"an import that is {status}", SHOW, 200, answer, state=state, query=WHOSE)
    ) as url:
        async with ayda_at(url) as ayda:
            told = await ayda.imports.show(int(MEMBER), IMPORT_ID)
    assert (told.id, told.status) == (IMPORT_ID, status)
    assert (told.detail is None) is (status != "failed")
    assert (told.finished_at is None) is (status == "running")
    assert dict(told.dropped) == ({"other_sport": 1} if status == "done" else {})


ELSEWHERE = [
    ("of somebody else", SHOW, STRANGER, shapes.IMPORTED),
    ("that is unknown", ("GET", f"{INTERNAL}/imports/{NO_ROUTE_ID}"), MEMBER, NOTHING_OF_MEMBER),
]


@pytest.mark.parametrize(("whose", "request_", "asker", "state"), ELSEWHERE, ids=[each[0] for each in ELSEWHERE])
async def test_an_import_is_told_of_its_member_alone(
    writer: PactWriter, ayda_at: Open, whose: str, request_: tuple[str, str], asker: str, state: str
):
    query, answer = {"telegram_id": asker}, problem(404, "import_not_found")
    with writer.interaction(Exchange(f"an import {whose}", request_, 404, answer, state=state, query=query)) as url:
        async with ayda_at(url) as ayda:
            with pytest.raises(ImportUnknown):
                await ayda.imports.show(int(asker), request_[1].rsplit("/", 1)[1])


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_an_import_that_is_not_told(writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]):
    exchange = replace(Exchange(f"an import with {why}", SHOW, 0, None, query=WHOSE), **how)
    await refused(writer, ayda_at, exchange, lambda ayda: ayda.imports.show(int(MEMBER), IMPORT_ID))


async def learn(ayda: Ayda, content: bytes = GPX["text"], sport: SportTag = "run", *, in_chat: bool = False) -> Any:
    provenance = "telegram_upload" if in_chat else "user_file"
    return await ayda.predictor.add_activity(MEMBER, content, sport, provenance)  # type: ignore[arg-type]


def asked(sport: str = "run", provenance: str = "user_file") -> dict[str, str]:
    return {**WHOSE, "sport": sport, "provenance": provenance}


@pytest.mark.parametrize("sport", ["run", "trail_run", "hike", "walk"])
async def test_a_recording_is_learned_as_the_sport_it_is_known_for(writer: PactWriter, ayda_at: Open, sport: Any):
    answer, described = shapes.stored_activity("created", sport), f"a recording to learn from as {sport}"
    exchange = Exchange(described, LEARN, 201, answer, state=NOTHING_OF_MEMBER, query=asked(sport), **GPX)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            assert (await learn(ayda, sport=sport)).status == "created"


async def test_a_recording_from_the_chat_is_known_to_be_one(writer: PactWriter, ayda_at: Open):
    answer, query = shapes.stored_activity("created", "run", "telegram_upload"), asked(provenance="telegram_upload")
    described = "a recording to learn from that came in the chat"
    exchange = Exchange(described, LEARN, 201, answer, state=NOTHING_OF_MEMBER, query=query, **GPX)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            assert (await learn(ayda, in_chat=True)).provenance == "telegram_upload"


KNOWN = [(RECORDED, "user_file"), (RECORDED_AT_STRAVA, "strava_api")]


@pytest.mark.parametrize(("state", "provenance"), KNOWN, ids=[each[1] for each in KNOWN])
async def test_a_recording_is_learned_once_wherever_it_came_from_first(
    writer: PactWriter, ayda_at: Open, state: str, provenance: str
):
    described = f"a recording to learn from that is known by {provenance}"
    answer = shapes.stored_activity("duplicate", "run", provenance)
    exchange = Exchange(described, LEARN, 200, answer, state=state, query=asked(), **GPX)
    with writer.interaction(exchange) as url:
        async with ayda_at(url) as ayda:
            assert (await learn(ayda)).status == "duplicate"


async def test_a_recording_without_times_is_no_activity(writer: PactWriter, ayda_at: Open):
    sent = {**GPX, "text": recording(times=False)}
    described = "a recording to learn from without times"
    exchange = Exchange(described, LEARN, 422, problem(422, "no_time"), query=asked(), **sent)
    await refused(writer, ayda_at, exchange, lambda ayda: learn(ayda, sent["text"]))


@pytest.mark.parametrize(("why", "how"), UNAVAILABLE, ids=[each[0] for each in UNAVAILABLE])
async def test_a_recording_that_is_not_taken(writer: PactWriter, ayda_at: Open, why: str, how: dict[str, Any]):
    exchange = replace(Exchange(f"a recording to learn from with {why}", LEARN, 0, None, query=asked(), **GPX), **how)
    await refused(writer, ayda_at, exchange, learn)
