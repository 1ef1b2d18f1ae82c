"""Which connections a server keeps: fake ones, and a clock that is told what time it is."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from servicekit.web.connections import OpenConnections
from servicekit.web.limits import Limits

LIMITS = Limits(
    head_s=10, write_idle_s=20, drain_s=30, head_bytes=1000, connections=20, connections_per_address=5
)  # fmt: skip


@dataclass
class FakeTransport:
    written: bytes = b""
    unsent: int = 0
    is_closed: bool = False
    is_aborted: bool = False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_aborted = True

    def is_closing(self) -> bool:
        return self.is_closed or self.is_aborted

    def get_write_buffer_size(self) -> int:
        return self.unsent


@dataclass
class FakeCycle:
    response_complete: bool = False
    more_body: bool = False


@dataclass(eq=False)
class FakeConnection:
    transport: FakeTransport = field(default_factory=FakeTransport)
    cycle: FakeCycle | None = None


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connections(clock: Clock) -> OpenConnections:
    return OpenConnections(LIMITS, clock, lambda address: address == "10.0.0.1")


def come(connections: OpenConnections, address: str = "192.0.2.1") -> FakeConnection:
    made = FakeConnection()
    assert connections.admit(made, address)
    return made


def pass_time(connections: OpenConnections, clock: Clock, seconds: int) -> None:
    """As the server does it: a look each second."""
    for _ in range(seconds):
        clock.now_s += 1
        connections.sweep()


def test_headers_that_do_not_come_end_a_connection_with_a_word(connections: OpenConnections, clock: Clock):
    made = come(connections)
    pass_time(connections, clock, 9)
    assert not made.transport.is_closing()
    connections.received(made, 1)
    pass_time(connections, clock, 1)
    assert made.transport.is_closed
    assert made.transport.written.startswith(b"HTTP/1.1 408 ")


def test_drops_of_headers_do_not_buy_time(connections: OpenConnections, clock: Clock):
    made = come(connections)
    for _ in range(10):
        connections.received(made, 1)
        pass_time(connections, clock, 1)
    assert made.transport.is_closed


def test_a_request_under_way_may_take_its_time(connections: OpenConnections, clock: Clock):
    made = come(connections)
    made.cycle = FakeCycle()
    pass_time(connections, clock, 100)
    assert not made.transport.is_closing()


def test_requests_that_follow_each_other_between_two_looks_are_no_silence(connections: OpenConnections, clock: Clock):
    made = come(connections)
    for _ in range(50):
        made.cycle = FakeCycle(response_complete=True)
        pass_time(connections, clock, 1)
    assert not made.transport.is_closing()


def test_after_an_answer_the_next_headers_have_as_long_as_the_first(connections: OpenConnections, clock: Clock):
    made = come(connections)
    made.cycle = FakeCycle()
    pass_time(connections, clock, 30)
    made.cycle.response_complete = True
    pass_time(connections, clock, 10)
    assert not made.transport.is_closing()
    pass_time(connections, clock, 1)
    assert made.transport.is_closed


def test_the_rest_of_a_refused_body_is_heard_out_and_no_longer(connections: OpenConnections, clock: Clock):
    made = come(connections)
    made.cycle = FakeCycle(response_complete=True, more_body=True)
    connections.received(made, 5_000_000)
    pass_time(connections, clock, 30)
    assert not made.transport.is_closing()
    pass_time(connections, clock, 1)
    assert made.transport.is_closing()


def test_headers_without_an_end_are_refused_before_they_fill_the_memory(connections: OpenConnections):
    made = come(connections)
    connections.received(made, 900)
    assert not made.transport.is_closing()
    connections.received(made, 101)
    assert made.transport.written.startswith(b"HTTP/1.1 431 ")
    assert made.transport.is_closed


def test_a_body_is_no_header(connections: OpenConnections):
    made = come(connections)
    made.cycle = FakeCycle(more_body=True)
    connections.received(made, 1_000_000)
    made.cycle.response_complete, made.cycle.more_body = True, False
    connections.received(made, 900)
    assert not made.transport.is_closing()


def test_who_reads_nothing_of_an_answer_is_cut(connections: OpenConnections, clock: Clock):
    made = come(connections)
    made.cycle = FakeCycle()
    made.transport.unsent = 100_000
    pass_time(connections, clock, 20)
    assert not made.transport.is_closing()
    pass_time(connections, clock, 1)
    assert made.transport.is_aborted


def test_who_reads_slowly_is_not(connections: OpenConnections, clock: Clock):
    made = come(connections)
    made.cycle = FakeCycle()
    for unsent in range(100_000, 0, -10_000):
        made.transport.unsent = unsent
        pass_time(connections, clock, 19)
    assert not made.transport.is_closing()


def test_the_end_of_an_answer_may_be_read_slowly_too(connections: OpenConnections, clock: Clock):
    made = come(connections)
    made.cycle = FakeCycle(response_complete=True)
    for unsent in range(60_000, 0, -1_000):
        made.transport.unsent = unsent
        pass_time(connections, clock, 1)
    assert not made.transport.is_closing()
    made.transport.unsent = 0
    pass_time(connections, clock, 11)
    assert made.transport.is_closed


def test_who_does_not_take_the_last_word_is_cut(connections: OpenConnections, clock: Clock):
    made = come(connections)
    pass_time(connections, clock, 10)
    assert made.transport.is_closed
    pass_time(connections, clock, 1)
    assert made.transport.is_aborted


def test_one_address_holds_its_share_and_gets_it_back(connections: OpenConnections):
    first = [come(connections) for _ in range(5)]
    assert not connections.admit(FakeConnection(), "192.0.2.1")
    come(connections, "192.0.2.2")
    connections.leave(first[0])
    come(connections)


def test_a_proxy_is_all_its_visitors(connections: OpenConnections):
    for _ in range(20):
        come(connections, "10.0.0.1")


def test_who_asked_nothing_makes_room_and_who_is_served_does_not(connections: OpenConnections):
    served = [come(connections, f"192.0.2.{number}") for number in range(10)]
    for each in served:
        each.cycle = FakeCycle()
    served[0].cycle = FakeCycle(response_complete=True)
    served[0].transport.unsent = 1  # an answer that is still being read
    silent = [come(connections, f"198.51.100.{number}") for number in range(10)]
    late = come(connections, "203.0.113.1")
    assert not late.transport.is_closing()
    assert not any(each.transport.is_closing() for each in served)
    assert all(each.transport.is_aborted for each in silent)
    assert len(connections) == 11


def test_a_full_house_of_served_visitors_takes_nobody(connections: OpenConnections):
    for number in range(20):
        come(connections, f"192.0.2.{number}").cycle = FakeCycle()
    assert not connections.admit(FakeConnection(), "203.0.113.1")


def test_nothing_is_remembered_of_who_has_left(connections: OpenConnections):
    for number in range(1000):
        made = come(connections, f"2001:db8:{number:x}::/64")
        connections.leave(made)
        connections.leave(made)
    assert len(connections) == 0
    assert not connections._of_address


def test_at_the_end_all_are_cut(connections: OpenConnections):
    made = [come(connections, f"192.0.2.{number}") for number in range(3)]
    connections.cut()
    assert all(each.transport.is_aborted for each in made)
