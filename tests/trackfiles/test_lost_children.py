"""Children that are killed, frozen, or end by themselves: what becomes of the file they had in hand."""

from __future__ import annotations

import contextlib
import io
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.trackfiles.asking import outing_in, refusal_of, reply
from tests.trackfiles.at_work import LONG, POINT, children_of_this_process, cpu_s, working
from tests.trackfiles.malformed.writers import gpx_of
from tests.trackfiles.outings import outing
from trackfiles.child import Bounds
from trackfiles.children import Children, ChildrenStalled, Stop, Stopped
from trackfiles.questions import Content, OutingRead, ReadOuting, Refused
from trackfiles.wire import BrokenPipe, Hangup, Language, Ready

pytestmark = pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="Processes are looked at in /proc.")

GOOD = gpx_of(outing(length_m=900))


@contextmanager
def doing(strike: Callable[[], object]) -> Iterator[None]:
    thread = threading.Thread(target=strike, daemon=True)
    thread.start()
    yield
    thread.join(30)


def in_its_time(children: Children, heavy: bytes) -> object:
    """What is answered to a heavy file, which gets to nothing while everybody else on the machine is at work."""
    while True:
        with contextlib.suppress(ChildrenStalled):
            return children.ask(ReadOuting(Content(heavy), ""), heavy=True).answer


@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGSTOP])
def test_a_child_lost_while_it_waits_costs_nobody_an_answer(signal_: signal.Signals) -> None:
    with Children(1) as children:
        outing_in(children, GOOD)
        (child,) = children_of_this_process()
        os.kill(child, signal_)
        assert outing_in(children, GOOD)
        assert child not in children_of_this_process()


@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
def test_a_file_whose_child_is_lost_is_tried_again(signal_: signal.Signals) -> None:
    lost: list[int] = []

    def strike() -> None:
        lost.append(working())
        os.kill(lost[0], signal_)

    with Children(1) as children, doing(strike):
        assert refusal_of(children, LONG).code == "zero_length"  # and not that its child was lost
        assert lost
        assert lost[0] not in children_of_this_process()


def test_a_file_that_loses_two_children_is_refused_and_the_next_one_is_read() -> None:
    lost: list[int] = []

    def strike() -> None:
        while len(lost) < 2:
            if (child := working()) not in lost:
                os.kill(child, signal.SIGKILL)
                lost.append(child)

    with Children(1) as children:
        with doing(strike):
            assert refusal_of(children, LONG).code == "file_unreadable"
        assert outing_in(children, GOOD)


@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGSTOP])
def test_children_that_never_come_up_are_no_fault_of_the_file(signal_: signal.Signals) -> None:
    over = threading.Event()

    def strike() -> None:
        while not over.is_set():
            for child in children_of_this_process():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal_)
            time.sleep(0.01)

    with Children(1) as children, doing(strike):
        try:
            with pytest.raises(ChildrenStalled):
                reply(children, LONG)
        finally:
            over.set()


def test_a_file_that_uses_up_its_processor_time_is_not_tried_again() -> None:
    with Children(1, Bounds(cpu_s=1)) as children:
        begun_s = os.times().children_user
        assert refusal_of(children, LONG).code == "too_slow"
        assert os.times().children_user - begun_s < 2.9


def test_whoever_stops_waiting_ends_the_work() -> None:
    stop, pulled = Stop(), list[float]()

    def strike() -> None:
        working()
        pulled.append(os.times().children_user)
        stop.pull()

    with Children(1) as children:
        with doing(strike), pytest.raises(Stopped):
            children.ask(ReadOuting(Content(LONG), ""), stop)
        with pytest.raises(Stopped):
            children.ask(ReadOuting(Content(GOOD), ""), stop)
        assert outing_in(children, GOOD)


def test_a_child_that_was_woken_is_the_one_that_answers() -> None:
    with Children(2) as children:
        children.wake()
        (woken,) = children_of_this_process()
        assert outing_in(children, GOOD)
        assert children_of_this_process() == [woken]


def test_a_heavy_file_leaves_the_child_alone_that_the_others_are_read_by() -> None:
    with Children(2) as children:
        children.wake()
        (woken,) = children_of_this_process()
        for _ in range(2):
            before = cpu_s(woken)
            assert isinstance(in_its_time(children, LONG), Refused)
            assert cpu_s(woken) - before < 0.5  # the file takes more than a second
        assert outing_in(children, GOOD)
        assert woken in children_of_this_process()


def test_heavy_files_keep_to_the_child_that_has_read_one() -> None:
    heavy = b"<gpx><trk><trkseg>" + POINT * 40_000 + b"</trkseg></trk></gpx>"
    with Children(2) as children:
        children.wake()
        (woken,) = children_of_this_process()
        before = cpu_s(woken)
        for _ in range(4):
            reply = children.ask(ReadOuting(Content(heavy), ""), heavy=True)
            assert not reply.leaving
        assert cpu_s(woken) - before < 0.05  # one of them takes twice as long
        assert outing_in(children, GOOD)
        assert cpu_s(woken) > before


def test_heavy_files_are_read_behind_the_light_ones() -> None:
    def standing(pid: int) -> list[int]:
        group = Path(f"/proc/{pid}/autogroup")  # where each session has its share, it is the session that counts
        there = [int(group.read_text(encoding="ascii").rpartition(" ")[2])] if group.exists() else []
        return [os.getpriority(os.PRIO_PROCESS, pid), *there]

    with Children(2) as children:
        children.wake()
        (light,) = children_of_this_process()
        assert outing_in(children, GOOD)
        assert isinstance(children.ask(ReadOuting(Content(GOOD), ""), heavy=True).answer, OutingRead)
        (heavy,) = set(children_of_this_process()) - {light}
        assert all(behind > before for behind, before in zip(standing(heavy), standing(light), strict=True))


def test_waking_after_the_end_starts_nobody() -> None:
    children = Children(1)
    children.close()
    children.wake()
    assert children_of_this_process() == []


@contextmanager
def no_more_descriptors() -> Iterator[None]:
    """None is left for the pipes of one more process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with Path(os.devnull).open("rb") as lowest_free:
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free.fileno() + 1, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_machine_without_room_for_a_process_is_no_fault_of_the_file() -> None:
    with Children(1) as children:
        with no_more_descriptors(), pytest.raises(ChildrenStalled):
            reply(children, GOOD)
        assert outing_in(children, GOOD)


@pytest.mark.parametrize("sent", [b"", b"\0\0", b"\0\0\0\x09half"])
def test_a_message_that_ends_early_is_told_from_one_that_is_nonsense(sent: bytes) -> None:
    # of the first kind the sender is dying, and why it does is waited for
    with pytest.raises(Hangup):
        Language(Ready).receive(io.BytesIO(sent), 1024)
    with pytest.raises(BrokenPipe) as nonsense:
        Language(Ready).receive(io.BytesIO(b"\0\0\0\x01\xc1"), 1024)
    assert not isinstance(nonsense.value, Hangup)
