"""No state of a job is without a way out: it runs, another worker takes it, or it lies where an operator replays it."""

from __future__ import annotations

from typing import Final

import pytest
from procrastinate.jobs import Status
from sqlalchemy import text

from servicekit.jobs import Job
from servicekit.jobs.embedded.table import DEAD, READY, RUNNING, STATES
from tests.servicekit.jobs.conftest import Bench
from tests.servicekit.jobs.test_contract import LOSE, Recorder

WORDS: Final = {"ready": {"sql": READY, "procrastinate": "todo"}, "running": {"sql": RUNNING, "procrastinate": "doing"},
                "dead": {"sql": DEAD, "procrastinate": "failed"}}  # fmt: skip
OVER: Final = {"succeeded", "cancelled", "aborting", "aborted"}
"""Of procrastinate's: jobs that are done are deleted, and nobody cancels one or breaks one off."""


def word(bench: Bench, state: str) -> str:
    return WORDS[state][bench.kind.partition("-")[0]]


def test_every_state_of_the_table_is_accounted_for():
    assert set(STATES) == {each["sql"] for each in WORDS.values()}


def test_every_state_of_procrastinate_is_accounted_for():
    assert {each.value for each in Status} == {each["procrastinate"] for each in WORDS.values()} | OVER


async def put_in(bench: Bench, state: str) -> None:
    """One job in this state, whoever had it gone for good."""
    await bench.queue.put("read", {"id": 7})
    table = "procrastinate_jobs" if bench.kind == "procrastinate" else "job"
    with bench.database.transaction() as session:
        session.execute(text(f"UPDATE {table} SET status = '{word(bench, state)}'"))  # noqa: S608 - constants only
        if state == "running":
            session.execute(text(LOSE[bench.kind]))
        if state == "dead" and bench.kind == "procrastinate":
            session.execute(text("""UPDATE procrastinate_jobs SET args = args || '{"died_at": "2026-01-01"}'"""))
        elif state == "dead":
            session.execute(text("UPDATE job SET died_at = '2026-01-01 00:00:00'"))


@pytest.mark.parametrize("state", WORDS)
async def test_a_job_in_any_state_runs_by_itself_or_once_it_is_replayed(bench: Bench, state: str):
    await put_in(bench, state)
    seen = Recorder()
    async with bench.working(Job("read", seen)):
        if state == "dead":
            await bench.until_idle()
            assert seen.calls == [], "what was given up is for an operator"
            (dead,) = await bench.queue.dead()
            assert await bench.queue.replay(dead.id)
        await bench.until(lambda: bool(seen.calls))
        await bench.until_idle()
    assert seen.calls == [{"id": 7}]
    assert await bench.queue.dead() == []
