"""Logs that cannot be flooded: what repeats itself is counted, and nothing is lost without a word."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from servicekit.base import logs
from servicekit.base.repeats import MOST_KINDS, MOST_LINES, RepeatFilter, Repeats, Said, crash_site

WARNING = logging.WARNING


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stream(clock: Clock) -> Iterator[io.StringIO]:
    """Where the whole pipeline writes as JSON, while its window ends when the clock says so."""
    root, written = logging.getLogger(), io.StringIO()
    before = (root.handlers[:], root.level)
    logs.configure_logs("INFO", "json", stream=written, repeats=Repeats(clock))
    yield written
    logs.write_repeats()
    root.handlers[:], root.level = before
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def crash(number: int) -> None:
    raise ValueError(f"crash {number}")


def say_crash(name: str, number: int) -> None:
    try:
        crash(number)
    except ValueError as error:
        structlog.get_logger(name).error("request_crashed", exc_info=error)


def test_the_first_of_a_kind_is_written_in_full_and_the_rest_is_counted(stream: io.StringIO):
    for number in range(50):
        say_crash("a", number)
    logs.write_repeats()
    first, told = lines(stream)
    assert "crash 0" in first["exception"]
    assert (told["event"], told["level"], told["logger"], told["repeated"]) == ("request_crashed", "error", "a", 49)
    assert "exception" not in told


def test_a_window_that_has_ended_is_told_with_the_next_line(stream: io.StringIO, clock: Clock):
    for _ in range(3):
        structlog.get_logger("a").warning("away")
    clock.now_s += 61
    structlog.get_logger("b").error("other")
    structlog.get_logger("a").warning("away")
    assert [(line["event"], line.get("repeated")) for line in lines(stream)] == [
        ("away", None), ("away", 2), ("other", None), ("away", None),
    ]  # fmt: skip


def test_a_flood_before_a_silence_is_told_all_the_same(clock: Clock):
    told = threading.Event()

    class Told(RepeatFilter):
        def write_counts(self) -> None:
            super().write_counts()
            told.set()

    counted = Told(Repeats(clock, window_s=0.01))
    for _ in range(2):
        counted.filter(logging.LogRecord("a", WARNING, "", 1, "x", None, None))
    assert told.wait(20)


def test_libraries_are_counted_by_what_they_say_and_not_by_its_details(stream: io.StringIO):
    library = logging.getLogger("library")
    for number in range(10):
        library.warning("address %s is away", f"192.0.2.{number}")
        library.info("not counted %d", number)
    try:
        crash(1)
    except ValueError:
        library.exception("address %s is away", "192.0.2.99")
    logs.write_repeats()
    said = Counter((line["event"].partition(" ")[0], line.get("repeated")) for line in lines(stream))
    assert said == {("address", None): 2, ("not", None): 10, ("address", 9): 1}


def test_other_problems_neighbours_and_people_are_other_kinds(stream: io.StringIO):
    log = structlog.get_logger("a")
    for _ in range(5):
        for service in ("strava", "predictor"):
            log.warning("upstream_failed", service=service, reason="x")
        for athlete in (7001, 7002, 7003):
            log.error("stored_token_without_its_key", athlete_id=athlete)
    logs.write_repeats()
    found = lines(stream)
    assert Counter(line["event"] for line in found if "repeated" not in line) == {
        "upstream_failed": 2, "stored_token_without_its_key": 3,
    }  # fmt: skip
    assert [line["repeated"] for line in found if "repeated" in line] == [4] * 5
    assert len({line["athlete_id"] for line in found if "athlete_id" in line}) == 3
    assert "7001" not in stream.getvalue()


def test_database_trouble_of_a_kind_is_one_line_and_a_count(stream: io.StringIO):
    for kind in ("locked", "locked", "locked", "full"):
        structlog.get_logger("a").error("database_unavailable", kind=kind, reason="OperationalError")
    logs.write_repeats()
    found = [(line["kind"], line.get("repeated")) for line in lines(stream)]
    assert found == [("locked", None), ("full", None), ("locked", 2)]


def test_crashes_in_other_places_are_other_kinds():
    sites = set()
    for raising in (lambda: crash(1), lambda: {}[1], lambda: int("x")):
        try:
            raising()
        except (ValueError, KeyError) as error:
            sites.add(crash_site(error))
    assert len(sites) == 3


@pytest.mark.parametrize(
    "say",
    [
        lambda log: log.info("token_handed_out", number=1),
        lambda log: log.error("stored_token_changed", athlete_id=1),
        lambda log: log.error("people_enumerated", api_key_id="k", people=61),
        lambda log: log.info("strava_connected", athlete_id=1),
    ],
)
def test_evidence_is_written_each_time(stream: io.StringIO, say: Any):
    for _ in range(5_000):
        say(structlog.get_logger("a"))
    assert len(lines(stream)) == 5_000


def access(status: int, path: str = "/api/v1/x") -> None:
    structlog.get_logger("servicekit.access").info("request", method="GET", path=path, status=status, duration_ms=1.0)


def test_refused_requests_are_written_until_they_are_many(stream: io.StringIO):
    for _ in range(1_000):
        access(404)
        access(401)
    logs.write_repeats()
    found = lines(stream)
    assert Counter(line["status"] for line in found if "repeated" not in line) == {404: 30, 401: 30}
    assert [(line["status"], line["path"], line["repeated"]) for line in found if "repeated" in line] == [
        (404, "/api/v1/x", 970), (401, "/api/v1/x", 970),
    ]  # fmt: skip


def test_an_ordinary_day_is_written_whole(stream: io.StringIO, clock: Clock):
    for _ in range(600):
        access(200)
        clock.now_s += 0.5
    assert len(lines(stream)) == 600
    assert not any("repeated" in line for line in lines(stream))


def test_a_flood_of_everything_grows_the_log_by_no_more_than_32_kb_a_second(stream: io.StringIO, clock: Clock):
    """Windows in which all that strangers and neighbours can cause is said as often as they like."""
    for _ in range(3):
        for number in range(4_000):
            access((200, 400, 401, 404, 413, 429, 503)[number % 7], f"/api/v1/{number % 40}")
            structlog.get_logger("a").warning("upstream_failed", service="strava", reason="x" * 200)
            logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
        for number in range(1_000):
            logging.getLogger(f"library{number}").error("made up")
        clock.now_s += 60
    logs.write_repeats()
    assert len(stream.getvalue()) / (3 * 60) < 32_000


def test_memory_and_lines_are_bounded_whatever_is_said(clock: Clock):
    repeats = Repeats(clock)
    written = sum(
        repeats.admits((number % 10_000,), 10, Said("a", WARNING, str(number), {})) for number in range(100_000)
    )
    told = repeats.end()
    assert written <= MOST_LINES
    assert len(told) <= MOST_KINDS + 1
    assert written + sum(tally.repeated for tally in told) == 100_000, "all are written or counted"


def test_threads_lose_nothing(clock: Clock):
    repeats, written = Repeats(clock), []

    def say() -> None:
        written.append(sum(repeats.admits(("same",), 1, Said("a", WARNING, "same", {})) for _ in range(2_000)))

    threads = [threading.Thread(target=say) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(written) == 1
    assert sum(tally.repeated for tally in repeats.end()) == 15_999
