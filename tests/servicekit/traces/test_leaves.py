"""Units of work and files that are read are leaves of the trace they are for, and tell nothing of their content."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from kernel.errors import DomainError
from kernel.tracks import BadTrack
from servicekit.base.correlation import REQUEST_ID, TRACEPARENT
from servicekit.base.metrics import Metrics
from servicekit.base.spans import EndedSpan
from servicekit.data.database import Database
from servicekit.data.trouble import DatabaseUnavailable
from servicekit.web.sent_files import Sent
from servicekit.web.track_files import FileReader
from tests.servicekit.data.conftest import METADATA, PARENT, add
from trackfiles.questions import Content

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
OURS = f"00-{TRACE}-{SPAN}-01"
CANARY = "canary0value"
HERE = "tests.servicekit.traces.test_leaves"


@pytest.fixture
async def database(url: str, metrics: Metrics) -> AsyncIterator[Database]:
    database = Database(url, metrics=metrics)
    METADATA.create_all(database.engine)
    yield database
    await database.close()


@pytest.fixture
async def within_a_request() -> AsyncIterator[None]:
    identity, trace = REQUEST_ID.set("abcd1234"), TRACEPARENT.set(OURS)
    yield
    TRACEPARENT.reset(trace)
    REQUEST_ID.reset(identity)


class Looked(DomainError):
    """An answer that is an error."""

    sentence = CANARY


def look(session: Session, number: int) -> int | None:
    return session.scalars(select(PARENT.c.id).where(PARENT.c.id == number)).first()


def refuse(session: Session, word: str) -> None:
    session.execute(text("SELECT :word"), {"word": word})
    raise Looked


def missing(session: Session) -> None:
    session.execute(text("SELECT canary0value FROM nowhere"))


@pytest.mark.usefixtures("within_a_request")
async def test_a_unit_of_work_is_told_by_the_function_it_is(database: Database, told: list[EndedSpan]):
    await database.write(add(7))
    assert await database.read(partial(look, number=7)) == 7
    assert await database.read(lambda session: look(session, 7)) == 7
    said = {"db.system.name": database.dialect, "ayda.request_id": "abcd1234"}
    assert [(span.name, span.attributes) for span in told] == [
        ("database write", {**said, "code.function.name": "tests.servicekit.data.conftest.add.unit"}),
        ("database read", {**said, "code.function.name": f"{HERE}.look"}),
        (
            "database read",
            {**said, "code.function.name": f"{HERE}.test_a_unit_of_work_is_told_by_the_function_it_is"},
        ),
    ]
    assert {(span.trace_id, span.parent_id, span.kind, span.failed) for span in told} == {
        (TRACE, SPAN, "client", False)
    }
    assert len({span.span_id for span in told} - {SPAN}) == 3


@pytest.mark.usefixtures("within_a_request")
async def test_what_a_unit_leaves_behind_is_caused_by_the_request_itself(database: Database):
    assert await database.write(lambda _session: TRACEPARENT.get()) == OURS
    assert TRACEPARENT.get() == OURS


@pytest.mark.usefixtures("within_a_request")
async def test_only_trouble_of_the_database_is_a_failure_and_none_is_quoted(database: Database, told: list[EndedSpan]):
    with pytest.raises(Looked):
        await database.read(partial(refuse, word=CANARY))
    with pytest.raises(DatabaseUnavailable):
        await database.read(missing)
    assert [(span.attributes["error.type"], span.failed) for span in told] == [
        ("Looked", False),
        ("DatabaseUnavailable", True),
    ]
    assert CANARY not in repr(told)


@pytest.mark.parametrize("listens", [True, False])
async def test_without_a_trace_or_a_listener_there_is_no_span(
    listens: bool, database: Database, metrics: Metrics, told: list[EndedSpan]
):
    trace = TRACEPARENT.set(None if listens else OURS)
    metrics.spans = told.append if listens else None
    await database.write(lambda session: session.execute(insert(PARENT).values(id=1)) and None)
    TRACEPARENT.reset(trace)
    assert told == []


@pytest.mark.usefixtures("within_a_request")
async def test_a_file_is_told_by_what_was_asked_of_its_reader(metrics: Metrics, told: list[EndedSpan]):
    files = FileReader(metrics=metrics)
    try:
        with pytest.raises(BadTrack):
            await files.course(Sent(Content(CANARY.encode()), CANARY), CANARY)
    finally:
        await files.close()
    assert [(span.name, span.kind, span.failed, span.attributes) for span in told] == [
        ("DrawCourse", "internal", False, {"ayda.file": "light", "ayda.request_id": "abcd1234"})
    ]
    assert (told[0].trace_id, told[0].parent_id) == (TRACE, SPAN)
    assert CANARY not in repr(told)
