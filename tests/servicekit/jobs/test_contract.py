"""What every job queue does, whatever keeps its jobs."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from servicekit.base.correlation import REQUEST_ID, TRACEPARENT
from servicekit.base.metrics import Metrics
from servicekit.jobs import Fatal, Job, Snooze, queue
from servicekit.jobs.embedded.table import RUNNING
from servicekit.jobs.measured import measure_queue
from servicekit.jobs.queue import RERUN_WITHIN_S, upkeep_s
from tests.servicekit.jobs.conftest import LEASE_S, TABLE, Bench, open_queue

_SQL_LOST = "UPDATE job SET claims = claims + 1, worker = NULL, lease_until = '2026-01-01 00:00:00'"
LOSE = {
    "sql-sqlite": _SQL_LOST,
    "sql-postgres": _SQL_LOST,
    "procrastinate": "UPDATE procrastinate_jobs SET worker_id = NULL",
}
_SQL_CRASHED = "UPDATE job SET status = 'running', crashes = 4, lease_until = '2026-01-01 00:00:00'"
CRASHED = {
    "sql-sqlite": _SQL_CRASHED,
    "sql-postgres": _SQL_CRASHED,
    "procrastinate": """UPDATE procrastinate_jobs SET status = 'doing', args = args || '{"crashes": 4}'""",
}


class Recorder:
    """A handler that remembers when and with what it was called."""

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = list(errors)
        self.calls: list[Mapping[str, Any]] = []
        self.at: list[float] = []

    async def __call__(self, args: Mapping[str, Any]) -> None:
        self.calls.append(args)
        self.at.append(time.monotonic())
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error


class Mourner:
    """Told of dead jobs; puts a job in the same transaction, and breaks it off as often as is wanted."""

    def __init__(self, bench: Bench, *, breaks: int = 0) -> None:
        self.names: list[str] = []
        self._bench = bench
        self._breaks = breaks

    def __call__(self, args: Mapping[str, Any], session: Session) -> None:
        self._bench.queue.add(session, "mourn", dict(args), delay_s=3600)
        if self._breaks:
            self._breaks -= 1
            raise LookupError("broken off")
        self.names.append(args.get("name", "bomb"))


class Broken(Recorder):
    async def __call__(self, args: Mapping[str, Any]) -> None:
        await super().__call__(args)
        raise ConnectionError("The far side is down.")


async def test_a_job_runs_once_with_its_arguments_and_is_gone(bench: Bench):
    seen = Recorder()
    await bench.queue.put("greet", {"name": "Ann", "of": [1, {"two": None}]})
    async with bench.working(Job("greet", seen)):
        await bench.until_idle()
    assert seen.calls == [{"name": "Ann", "of": [1, {"two": None}]}]
    assert (await bench.queue.stats()).dead == 0


async def test_a_job_put_while_the_worker_idles_starts_at_once(bench: Bench):
    seen = Recorder()
    async with bench.working(Job("greet", seen)):
        await asyncio.sleep(0.15)
        put = time.monotonic()
        await bench.queue.put("greet", {})
        await bench.until(lambda: bool(seen.calls))
    assert seen.at[0] - put < 0.5


async def test_a_worker_leaves_jobs_of_other_kinds_alone(bench: Bench):
    mine = Recorder()
    await bench.queue.put("theirs", {})
    await bench.queue.put("mine", {})
    async with bench.working(Job("mine", mine)):
        await bench.until(lambda: bool(mine.calls))
        await asyncio.sleep(0.05)
    assert (await bench.queue.stats()).by_name == {"theirs": 1}


async def test_a_failing_job_runs_on_its_ladder_and_then_dies(bench: Bench):
    ladder = (0.05, 0.15, 0.25)
    broken = Broken()
    await bench.queue.put("call", {"to": "mars"})
    async with bench.working(Job("call", broken, retry_delays_s=ladder)):
        await bench.until_idle()
    waits = [later - earlier for earlier, later in zip(broken.at, broken.at[1:], strict=False)]
    assert len(broken.calls) == 4
    assert all(delay <= wait for delay, wait in zip(ladder, waits, strict=True)), waits
    (dead,) = await bench.queue.dead()
    assert (dead.name, dead.args, dead.attempts) == ("call", {"to": "mars"}, 4)
    assert dead.error == "ConnectionError: The far side is down."
    assert dead.died_at is not None


async def test_a_fatal_error_is_not_retried(bench: Bench):
    seen = Recorder(Fatal("No such athlete."))
    await bench.queue.put("read", {})
    async with bench.working(Job("read", seen, retry_delays_s=(0.01, 0.01))):
        await bench.until_idle()
    assert len(seen.calls) == 1
    assert [dead.error for dead in await bench.queue.dead()] == ["Fatal: No such athlete."]


async def test_a_snooze_costs_no_attempt(bench: Bench):
    seen = Recorder(*[Snooze(0.01, "quota") for _ in range(5)], OSError("one"), Snooze(0.01, "quota"), OSError("two"))
    await bench.queue.put("read", {})
    async with bench.working(Job("read", seen, retry_delays_s=(0.01, 0.01))):
        await bench.until_idle()
    assert len(seen.calls) == 9
    assert await bench.queue.dead() == []


async def test_a_job_that_takes_too_long_is_stopped_and_counts_as_failed(bench: Bench):
    async def hang(_args: Mapping[str, Any]) -> None:
        await asyncio.Event().wait()

    await bench.queue.put("hang", {})
    async with bench.working(Job("hang", hang, timeout_s=0.05)):
        await bench.until_idle()
    (dead,) = await bench.queue.dead()
    assert dead.error == "TimeoutError: The job did not end within 0.05 s."


async def test_no_more_of_a_kind_run_at_once_than_its_cap(bench: Bench):
    live, most, done = 0, 0, 0

    async def busy(_args: Mapping[str, Any]) -> None:
        nonlocal live, most, done
        live += 1
        most = max(most, live)
        await asyncio.sleep(0.03)
        live -= 1
        done += 1

    for number in range(8):
        await bench.queue.put("busy", {"number": number})
    async with bench.working(Job("busy", busy, concurrency=3)):
        await bench.until(lambda: done == 8)
    assert most == 3


async def test_a_capped_kind_does_not_hold_up_the_others(bench: Bench):
    release = asyncio.Event()
    quick = Recorder()

    async def slow(_args: Mapping[str, Any]) -> None:
        await release.wait()

    for _ in range(5):
        await bench.queue.put("slow", {}, priority=9)
    await bench.queue.put("quick", {})
    async with bench.working(Job("slow", slow, concurrency=1), Job("quick", quick)):
        await bench.until(lambda: bool(quick.calls))
        release.set()
        await bench.until_idle()


async def test_a_job_of_a_transaction_that_rolled_back_never_was(bench: Bench):
    with pytest.raises(LookupError), bench.database.transaction() as session:  # noqa: PT012 - the block is the transaction
        bench.queue.add(session, "notify", {})
        raise LookupError
    stats = await bench.queue.stats()
    assert (stats.ready, stats.delayed) == (0, 0)


async def test_a_job_runs_when_its_transaction_committed_and_not_before(bench: Bench):
    seen = Recorder()
    async with bench.working(Job("notify", seen)):
        with bench.database.transaction() as session:
            bench.queue.add(session, "notify", {})
            await asyncio.sleep(0.08)
            assert seen.calls == []
        await bench.until_idle()
    assert len(seen.calls) == 1


async def test_a_savepoint_that_was_released_starts_no_job(bench: Bench):
    seen = Recorder()
    async with bench.working(Job("notify", seen)):
        with bench.database.transaction() as session:
            with session.begin_nested():
                bench.queue.add(session, "notify", {})
            await asyncio.sleep(0.08)
            assert seen.calls == []
        await bench.until(lambda: bool(seen.calls), within_s=1)


async def test_a_worker_starts_at_once_on_what_another_thread_committed(place: tuple[str, str], bench: Bench):
    """However seldom it looks by itself."""
    bench.queue = open_queue(place[0], bench.database, "patient")
    seen = Recorder()
    async with bench.working(Job("notify", seen)):
        await bench.queue.put("notify", {})
        await bench.until(lambda: len(seen.calls) == 1, within_s=5)
        async with asyncio.timeout(60):
            while len(seen.calls) < 2:  # a worker that is still coming up does not hear the first
                await bench.database.write(lambda session: bench.queue.add(session, "notify", {}))
                with contextlib.suppress(TimeoutError):
                    await bench.until(lambda: len(seen.calls) >= 2, within_s=5)


async def test_jobs_are_forgotten_by_an_argument_whether_it_is_text_or_a_number(bench: Bench):
    async with bench.working(Job("call", Broken())):
        await bench.queue.put("call", {"name": "ann", "number": 1})
        await bench.until_idle()
    await bench.queue.put("call", {"name": "ann", "number": 7})
    await bench.queue.put("call", {"name": "ann", "number": "7"})
    await bench.queue.put("call", {"name": "bob", "number": 77})
    await bench.queue.put("call", {"of": "ann"})

    def forget(name: str, value: str) -> Awaitable[int]:
        return bench.database.write(lambda session: bench.queue.forget(session, name, value))

    assert await forget("number", "7") == 2
    assert await forget("name", "7") == 0
    assert await forget("name", "ann") == 1, "the dead one"
    assert await forget("name", 'x"') == 0
    assert await waiting(bench) == {"call": 2}
    assert await bench.queue.dead() == []


async def test_a_job_that_runs_is_not_forgotten(bench: Bench):
    started, release = asyncio.Event(), asyncio.Event()

    async def busy(_args: Mapping[str, Any]) -> None:
        started.set()
        await release.wait()

    await bench.queue.put("busy", {"name": "ann"})
    async with bench.working(Job("busy", busy)):
        await started.wait()
        assert await bench.database.write(lambda session: bench.queue.forget(session, "name", "ann")) == 0
        release.set()
        await bench.until_idle()


async def test_of_one_unique_key_only_one_job_waits(bench: Bench):
    seen = Recorder()
    for number in range(3):
        await bench.queue.put("sync", {"number": number}, unique="athlete:1")
    await bench.queue.put("sync", {"number": 9}, unique="athlete:2")
    with bench.database.transaction() as session:
        bench.queue.add(session, "sync", {"number": 3}, unique="athlete:1")
        bench.queue.add(session, "sync", {"number": 4})
    async with bench.working(Job("sync", seen)):
        await bench.until_idle()
    assert sorted(call["number"] for call in seen.calls) == [0, 4, 9]


async def test_a_unique_job_may_be_put_again_while_it_runs_and_both_retry(bench: Bench):
    started, release = asyncio.Event(), asyncio.Event()
    calls: list[int] = []

    async def sync(args: Mapping[str, Any]) -> None:
        calls.append(args["number"])
        if calls == [0]:
            started.set()
            await release.wait()
            raise OSError("once")

    await bench.queue.put("sync", {"number": 0}, unique="athlete:1")
    async with bench.working(Job("sync", sync, retry_delays_s=(0.01,), concurrency=1)):
        await started.wait()
        await bench.queue.put("sync", {"number": 1}, unique="athlete:1", delay_s=0.3)
        release.set()
        await bench.until(lambda: sorted(calls) == [0, 0, 1])
        await bench.until_idle()


class OneByOne:
    """A handler of which one call lasts until it is released, and which notes how many there were at once."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls: list[int] = []
        self.most = self.now = 0
        self.started, self.release = asyncio.Event(), asyncio.Event()

    async def __call__(self, args: Mapping[str, Any]) -> None:
        self.calls.append(args["number"])
        self.now += 1
        self.most = max(self.most, self.now)
        self.started.set()
        try:
            await self.release.wait()
            if self.errors:
                raise self.errors.pop()
        finally:
            self.now -= 1


async def test_of_jobs_that_must_be_alone_one_runs_and_the_next_follows(bench: Bench):
    seen = OneByOne()
    async with bench.working(Job("send", seen)):
        await bench.queue.put("send", {"number": 0}, unique="chat:1", alone=True)
        await seen.started.wait()
        await bench.queue.put("send", {"number": 1}, unique="chat:1", alone=True)
        await bench.queue.put("send", {"number": 9}, unique="chat:2", alone=True)
        await bench.until(lambda: seen.calls == [0, 9])
        assert (await bench.queue.stats()).ready == 1
        seen.release.set()
        await bench.until_idle()
    assert seen.calls == [0, 9, 1]


@pytest.mark.parametrize("error", [OSError("once"), Snooze(0.05, "not now")])
async def test_one_that_must_be_alone_and_comes_back_goes_before_the_one_that_waits(bench: Bench, error: Exception):
    seen = OneByOne(error)
    async with bench.working(Job("send", seen, retry_delays_s=(0.05,))):
        await bench.queue.put("send", {"number": 0}, unique="chat:1", alone=True)
        await seen.started.wait()
        await bench.queue.put("send", {"number": 1}, unique="chat:1", alone=True)
        seen.release.set()
        await bench.until_idle()
    assert seen.calls[:2] == [0, 0]
    assert seen.most == 1


async def test_higher_priority_runs_first(bench: Bench):
    seen = Recorder()
    for priority in (0, 5, -3, 9):
        await bench.queue.put("read", {"priority": priority}, priority=priority)
    async with bench.working(Job("read", seen, concurrency=1)):
        await bench.until_idle()
    assert [call["priority"] for call in seen.calls] == [9, 5, 0, -3]


async def test_a_delayed_job_waits_whatever_its_priority(bench: Bench):
    seen = Recorder()
    async with bench.working(Job("read", seen, concurrency=1)):
        put_at_s = time.monotonic()
        await bench.queue.put("read", {}, priority=99, delay_s=0.4)
        await bench.until_idle()
    assert seen.at[0] - put_at_s >= 0.39


async def test_a_dead_job_can_be_replayed_with_all_its_attempts(bench: Bench):
    seen = Recorder(OSError("1"), OSError("2"), OSError("3"), None)
    job = Job("read", seen, retry_delays_s=(0.01,))
    await bench.queue.put("read", {"id": 7})
    async with bench.working(job):
        await bench.until_idle()
        (dead,) = await bench.queue.dead()
        assert await bench.queue.replay(dead.id)
        await bench.until_idle()
    assert [call["id"] for call in seen.calls] == [7, 7, 7, 7]
    assert await bench.queue.dead() == []
    assert not await bench.queue.replay(dead.id)
    assert not await bench.queue.replay("no such job")


async def test_a_job_goes_on_with_the_request_and_the_trace_of_whoever_put_it_or_begins_its_own(bench: Bench):
    seen: list[tuple[str, str]] = []

    async def note(_args: Mapping[str, Any]) -> None:
        seen.append((str(REQUEST_ID.get()), str(TRACEPARENT.get())))

    tokens = REQUEST_ID.set("req-42"), TRACEPARENT.set(f"00-{'a' * 32}-{'b' * 16}-01")
    await bench.queue.put("note", {})
    REQUEST_ID.reset(tokens[0])
    TRACEPARENT.reset(tokens[1])
    async with bench.working(Job("note", note)):
        await bench.until_idle()
        await bench.queue.put("note", {})
        await bench.until_idle()
    (request, trace), (own_request, own_trace) = seen
    assert (request, trace[:36], trace[-3:]) == ("req-42", f"00-{'a' * 32}-", "-01")
    assert "b" * 16 not in trace  # a span of its own
    assert len(own_request) == 32
    assert own_trace.split("-")[1] not in {"a" * 32, "0" * 32}


async def test_runs_are_counted_by_how_they_end(bench: Bench):
    metrics = Metrics()
    measure_queue(bench.queue, metrics)
    ends: list[Exception | None] = [Snooze(0.01, "not now"), ValueError("no"), None]

    async def end(_args: Mapping[str, Any]) -> None:
        if (error := ends.pop(0)) is not None:
            raise error

    await bench.queue.put("end", {})
    async with bench.working(Job("end", end, retry_delays_s=(0.01,))):
        await bench.until_idle()
    await bench.queue.put("end", {})
    text = (await metrics.render()).decode()
    for outcome in ("put_off", "failed", "done"):
        assert f'job_runs_total{{job="end",outcome="{outcome}"}} 1.0' in text
    assert 'jobs_of_kind{job="end"} 1.0' in text
    assert 'jobs_of_kind_oldest_ready_seconds{job="end"}' in text


async def test_a_periodic_job_runs_again_and_again_even_when_it_fails(bench: Bench):
    seen = Recorder(OSError("once"))
    async with bench.working(Job("tick", seen, every_s=0.05)):
        await bench.until(lambda: len(seen.calls) >= 3)
    gaps = [later - earlier for earlier, later in zip(seen.at, seen.at[1:], strict=False)]
    assert min(gaps) >= 0.05
    assert (await bench.queue.stats()).by_name == {"tick": 1}
    assert await bench.queue.dead() == []


async def test_two_workers_run_each_job_once_and_one_chain_of_a_periodic_job(bench: Bench):
    seen, tick = Recorder(), Recorder()
    jobs = (Job("read", seen), Job("tick", tick, every_s=30))
    for number in range(40):
        await bench.queue.put("read", {"number": number})
    async with bench.working(*jobs), bench.working(*jobs):
        await bench.until(lambda: len(seen.calls) >= 40 and bool(tick.calls))
        await asyncio.sleep(0.1)
    assert sorted(call["number"] for call in seen.calls) == list(range(40))
    assert len(tick.calls) == 1


async def test_a_job_that_runs_longer_than_a_lease_is_not_taken_away(bench: Bench):
    runs = 0

    async def long(_args: Mapping[str, Any]) -> None:
        nonlocal runs
        runs += 1
        await asyncio.sleep(1.6)

    await bench.queue.put("long", {})
    async with bench.working(Job("long", long)), bench.working(Job("long", long)):
        await bench.until_idle()
    assert runs == 1


async def test_a_stopped_worker_gives_its_unfinished_job_back_at_no_cost(bench: Bench):
    started = asyncio.Event()

    async def endless(_args: Mapping[str, Any]) -> None:
        started.set()
        await asyncio.Event().wait()

    second = Recorder()
    await bench.queue.put("work", {})
    async with bench.working(Job("work", endless)):
        await started.wait()
    assert (await bench.queue.stats()).ready == 1
    async with bench.working(Job("work", second)):
        await bench.until_idle()
    assert len(second.calls) == 1


async def test_a_job_that_ends_within_the_grace_time_is_not_cut_off(bench: Bench):
    started = asyncio.Event()
    ended = False

    async def short(_args: Mapping[str, Any]) -> None:
        nonlocal ended
        started.set()
        await asyncio.sleep(0.05)
        ended = True

    await bench.queue.put("work", {})
    async with bench.working(Job("work", short)):
        await started.wait()
    assert ended
    assert (await bench.queue.stats()).by_name == {}


async def test_the_grace_time_holds_whatever_other_kinds_the_worker_stops_first(bench: Bench):
    started = asyncio.Event()
    ended = False

    async def short(_args: Mapping[str, Any]) -> None:
        nonlocal ended
        started.set()
        await asyncio.sleep(0.15)
        ended = True

    before = asyncio.all_tasks()
    await bench.queue.put("work", {})
    async with bench.working(Job("work", short, concurrency=1), Job("idle", short), Job("other", short, concurrency=1)):
        await started.wait()
    assert ended
    assert (await bench.queue.stats()).by_name == {}
    assert asyncio.all_tasks() <= before


async def test_a_worker_that_is_stopped_while_it_starts_leaves_nothing_running(bench: Bench):
    before = asyncio.all_tasks()
    for delay_s in (0.0, 0.002, 0.005, 0.01, 0.02, 0.04):
        async with bench.working(Job("work", Recorder()), Job("other", Recorder(), concurrency=1)):
            await asyncio.sleep(delay_s)
        assert asyncio.all_tasks() <= before, delay_s


async def test_the_state_of_the_queue_can_be_read(bench: Bench):
    await bench.queue.put("read", {})
    await bench.queue.put("read", {}, delay_s=60)
    await bench.queue.put("write", {})
    await asyncio.sleep(0.05)
    stats = await bench.queue.stats()
    assert (stats.ready, stats.delayed, stats.running, stats.dead) == (2, 1, 0, 0)
    assert stats.by_name == {"read": 2, "write": 1}
    assert 0.04 < stats.oldest_ready_s < 10


async def begin_mark(bench: Bench, folder: Path, pace: str) -> asyncio.subprocess.Process:
    """A process of its own that works on a job `mark` for ever."""
    await bench.queue.put("mark", {"folder": str(folder)})
    command = [sys.executable, "-m", "tests.servicekit.jobs.victim", bench.kind, bench.url, pace]
    victim = await asyncio.create_subprocess_exec(*command, cwd=Path(__file__).parents[3])
    await bench.until((folder / "started").exists, within_s=20)
    return victim


async def leave_behind(bench: Bench, folder: Path, pace: str) -> None:
    """A job `mark`, begun by a worker that was killed then."""
    victim = await begin_mark(bench, folder, pace)
    victim.kill()
    await victim.wait()


async def test_what_a_killed_worker_left_another_finishes(bench: Bench, tmp_path: Path):
    seen = Recorder()
    victim = await begin_mark(bench, tmp_path, "quick")
    async with bench.working(Job("mark", seen)):
        victim.kill()
        await victim.wait()
        killed = time.monotonic()
        await bench.until_idle()
    assert len(seen.calls) == 1
    # a lease, the time to the next look, and what a busy machine takes
    assert seen.at[0] - killed < LEASE_S + upkeep_s(LEASE_S) + 1


async def test_what_a_killed_worker_left_runs_again_within_a_minute(bench: Bench, tmp_path: Path):
    """J1, at the pace of production: a worker that looks as late as it may finds the job free."""
    await leave_behind(bench, tmp_path, "production")
    await age(bench, RERUN_WITHIN_S - upkeep_s(queue.LEASE_S) - 1)
    seen = Recorder()
    bench.queue = open_queue(bench.kind, bench.database, "production")
    async with bench.working(Job("mark", seen)):
        await bench.until(lambda: bool(seen.calls), within_s=5)


async def test_a_worker_that_gave_a_sign_of_life_twenty_seconds_ago_keeps_its_jobs(bench: Bench, tmp_path: Path):
    await leave_behind(bench, tmp_path, "production")
    await age(bench, 20)
    seen = Recorder()
    bench.queue = open_queue(bench.kind, bench.database, "production")
    async with bench.working(Job("mark", seen)):
        await asyncio.sleep(1)
    assert seen.calls == []


async def age(bench: Bench, seconds: float) -> None:
    """As if the workers had been silent for so long."""
    with bench.database.transaction() as session:
        if bench.kind == "procrastinate":
            silent = "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - make_interval(secs => :s)"
            session.execute(text(silent), {"s": seconds})
            return
        (until,) = session.scalars(select(TABLE.c.lease_until).where(TABLE.c.status == RUNNING)).all()
        session.execute(update(TABLE).values(lease_until=until - timedelta(seconds=seconds)))


async def test_the_result_of_a_worker_that_lost_the_job_is_refused(bench: Bench):
    """J6: what a frozen worker finds when it wakes up is that another has its job."""
    runs = 0

    async def freeze(_args: Mapping[str, Any]) -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            with bench.database.transaction() as session:
                session.execute(text(LOSE[bench.kind]))

    await bench.queue.put("freeze", {})
    async with bench.working(Job("freeze", freeze)):
        await bench.until_idle()
    assert runs == 2


async def test_a_job_that_takes_its_workers_down_dies_in_the_end(bench: Bench):
    with bench.database.transaction() as session:
        bench.queue.add(session, "bomb", {})
        session.execute(text(CRASHED[bench.kind]))
    seen, mourned = Recorder(), Mourner(bench)
    async with bench.working(Job("bomb", seen, on_dead=mourned)):
        await bench.until(lambda: bool(mourned.names))
    assert seen.calls == []
    assert mourned.names == ["bomb"]
    (dead,) = await bench.queue.dead()
    assert dead.error == "5 workers died or froze while running this job."


async def waiting(bench: Bench) -> Mapping[str, int]:
    return (await bench.queue.stats()).by_name


async def test_who_waits_for_a_job_is_told_of_its_death_in_the_same_transaction(bench: Bench):
    mourned = Mourner(bench)
    await bench.queue.put("read", {"name": "last"})
    await bench.queue.put("call", {"name": "fatal"})
    async with bench.working(
        Job("read", Broken(), retry_delays_s=(0.01,), on_dead=mourned),
        Job("call", Recorder(Fatal("no")), on_dead=mourned),
        Job("fine", Recorder(), on_dead=mourned),
    ):
        await bench.queue.put("fine", {})
        await bench.until(lambda: len(mourned.names) == 2)
        await asyncio.sleep(0.1)
    assert sorted(mourned.names) == ["fatal", "last"]
    assert await waiting(bench) == {"mourn": 2}


async def test_a_death_that_cannot_be_told_is_tried_again_and_holds_up_no_other_job(bench: Bench):
    with bench.database.transaction() as session:
        bench.queue.add(session, "bomb", {})
        session.execute(text(CRASHED[bench.kind]))
    mourned, seen = Mourner(bench, breaks=2), Recorder()
    async with bench.working(Job("bomb", Recorder(), on_dead=mourned), Job("read", seen)):
        await bench.until(lambda: bool(mourned.names))
        await bench.queue.put("read", {})
        await bench.until(lambda: bool(seen.calls))
    assert await waiting(bench) == {"mourn": 1}
    assert len(await bench.queue.dead()) == 1


async def test_a_job_whose_outcome_cannot_be_written_does_not_count_as_running_for_ever(bench: Bench):
    mourned, release = Mourner(bench, breaks=1), asyncio.Event()

    async def busy(_args: Mapping[str, Any]) -> None:
        await release.wait()

    await bench.queue.put("busy", {})
    await bench.queue.put("call", {"name": "fatal"})
    async with bench.working(Job("busy", busy), Job("call", Broken(), on_dead=mourned)):
        await bench.until(lambda: bool(mourned.names))
        release.set()
        await bench.until(lambda: mourned.names == ["fatal"])
    assert await waiting(bench) == {"mourn": 1}


async def test_a_worker_leaves_what_another_kind_of_worker_must_bury(bench: Bench):
    with bench.database.transaction() as session:
        bench.queue.add(session, "bomb", {})
        session.execute(text(CRASHED[bench.kind]))
    async with bench.working(Job("other", Recorder())):
        await asyncio.sleep(2 * upkeep_s(LEASE_S))
    assert (await bench.queue.stats()).running == 1
